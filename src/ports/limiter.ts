import type { Usage } from '../openai/types.ts';
import type { Caller } from './authenticator.ts';

/** What a request is expected to cost before it runs: cheap guesses, never an encoder's count. */
export interface Estimate {
  /** The model name the caller used. */
  readonly model: string;
  /** Tokens of the prompt, roughly. */
  readonly promptTokens: number;
  /**
   * Most tokens the caller lets the answer have (`max_completion_tokens`, `max_tokens`). A bound, not a guess: answers
   * are nearly always shorter. Absent: no bound was sent.
   */
  readonly maxCompletionTokens: number | undefined;
}

/** How a limit of the caller stands after this request was let in. */
export interface LimitState {
  readonly what: 'requests' | 'tokens';
  readonly limit: number;
  readonly remaining: number;
  /** Milliseconds until the limit is whole again. */
  readonly resetMs: number;
}

/** What became of a request, as far as limits are concerned. */
export interface Settlement {
  /** Absent: nothing is known, and the reservation stands. */
  readonly usage: Usage | undefined;
  /** In nano-dollars, all attempts together; `null`: not known, and the reservation stands. */
  readonly costNanoUsd: number | null;
}

/** The right to run one request. */
export interface Lease {
  /** For `x-ratelimit-*` headers. Absent: nothing limits this caller. */
  readonly limits?: readonly LimitState[] | undefined;
  /**
   * Tokens the answer may have before it is cut off (`budget_exhausted`). Absent: it is not cut, whatever it costs.
   */
  readonly mostCompletionTokens?: number | undefined;
  /**
   * Gives the place back and replaces what was reserved by what was used. The hub calls it exactly once per lease,
   * however the request ended.
   */
  settle(settlement: Settlement): void;
}

/** Answers "may they, now?". Checking and counting is one atomic step. */
export interface Limiter {
  /**
   * Takes a place for the caller's request.
   * @throws NexusError `rate_limited` or `budget_exhausted`, with `details.retryAfterMs`; `limiter_unavailable`.
   */
  acquire(caller: Caller, estimate: Estimate, signal: AbortSignal): Lease | Promise<Lease>;
  /** Gives back what it holds. */
  close?(): void | Promise<void>;
}
