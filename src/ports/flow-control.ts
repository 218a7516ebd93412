import type { Target } from './router.ts';

/** A place among the running attempts of a provider. */
export interface Slot {
  /**
   * Gives the place to the next in the queue. The hub calls it exactly once per slot. What it throws, or rejects with, is
   * logged and goes no further.
   */
  release(): void;
}

/** How somebody waits for a place. */
export interface Waiting {
  /** Takes the waiter out of the queue at once when it aborts. */
  readonly signal: AbortSignal;
  /** What is left of the request's own time, in milliseconds; 0: a place now or none. */
  readonly maxWaitMs: number;
  /** Higher goes first, equals in their order; nobody waits for ever behind higher ones. Callers without one have 0. */
  readonly priority: number;
}

/** Bounds how many attempts a provider runs at once and how many wait for it. */
export interface FlowControl {
  /**
   * Waits for a place, no longer than the waiter says or its own limit, whichever is shorter.
   * @throws NexusError `overloaded` (no place, queue full, or waited too long) or `provider_rate_limited` (its own pace
   * is used up), each with `details.retryAfterMs`.
   */
  enter(target: Target, waiting: Waiting): Slot | Promise<Slot>;
  /** Stops timers. */
  close?(): void;
}
