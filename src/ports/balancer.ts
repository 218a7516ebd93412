import type { NexusErrorCode } from '../errors.ts';
import type { RequestFacts, Target } from './router.ts';
import type { Outcome } from './stats-sink.ts';

/** What a balancer may look at besides the targets. */
export interface BalanceHints {
  readonly conversationId: string;
  /** True when this request begins its conversation. */
  readonly newConversation: boolean;
  readonly callerId: string;
  readonly facts: RequestFacts;
}

/** Hears how one attempt goes on. */
export interface AttemptObserver {
  /** The first content is in hand, or the whole answer; `ms` after the attempt began. Called at most once. */
  content(ms: number): void;
  /** The attempt is over: its answer ended, failed (`error` says of what) or was given up. Called exactly once. */
  over(outcome: Outcome, durationMs: number, error: NexusErrorCode | undefined): void;
}

/** Answers "whom first?". */
export interface Balancer {
  /**
   * Every target once, the one to ask first at the front. A balancer that throws, loses a target, returns a stranger or
   * a promise is passed over: the request then goes in the configured order. `targets` may be frozen: copy it.
   */
  order(targets: readonly Target[], hints: BalanceHints): readonly Target[];
  /**
   * An attempt at this target begins, for a request of which this is known; what is returned hears of its end. For
   * strategies that go by load or speed. Absent: the balancer needs to know nothing. What it or the
   * observer throws, or rejects with, is logged and goes no further. An observer that is promised hears nothing.
   */
  begins?(target: Target, facts: RequestFacts): AttemptObserver;
}
