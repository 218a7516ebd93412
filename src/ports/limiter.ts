import type { Usage } from '../openai/types.ts';
import type { Caller } from './authenticator.ts';

/** What a request is expected to cost before it runs. */
export interface Estimate {
  /** Tokens of the prompt, roughly; a cheap guess, never an encoder's count. */
  readonly promptTokens: number;
}

/** The right to run one request. */
export interface Lease {
  /**
   * Gives the place back and replaces what was reserved by what was used. The hub calls it exactly once per lease,
   * however the request ended. `usage` is absent when nothing is known: the reservation then stands.
   */
  settle(usage: Usage | undefined): void;
}

/** Answers "may they, now?". Checking and counting is one atomic step. */
export interface Limiter {
  /**
   * Takes a place for the caller's request.
   * @throws NexusError `rate_limited` with `details.retryAfterMs`.
   */
  acquire(caller: Caller, estimate: Estimate, signal: AbortSignal): Lease | Promise<Lease>;
}
