import type { Target } from './router.ts';

/** A place among the running attempts of a provider. */
export interface Slot {
  /** Gives the place to the next in the queue. The hub calls it exactly once per slot. */
  release(): void;
}

/** Bounds how many attempts a provider runs at once and how many wait for it. */
export interface FlowControl {
  /**
   * Waits for a place, no longer than `maxWaitMs` (what is left of the request's own time) or its own limit, whichever
   * is shorter. An aborted signal takes the waiter out of the queue at once.
   * @throws NexusError `overloaded` (queue full or waited too long) or `provider_rate_limited` (its own pace is used
   * up), each with `details.retryAfterMs`.
   */
  enter(target: Target, signal: AbortSignal, maxWaitMs: number): Promise<Slot>;
}
