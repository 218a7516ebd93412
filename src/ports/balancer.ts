import type { Target } from './router.ts';

/** What a balancer may look at besides the targets. */
export interface BalanceHints {
  readonly conversationId: string;
  readonly callerId: string;
}

/** Answers "whom first?". */
export interface Balancer {
  /**
   * Every target once, the one to ask first at the front. A balancer that throws, loses a target or returns a stranger
   * is passed over: the request then goes in the configured order.
   */
  order(targets: readonly Target[], hints: BalanceHints): readonly Target[];
}
