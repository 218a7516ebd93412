import type { LimitState } from '../errors.ts';
import type { Usage } from '../openai/types.ts';
import type { Caller } from './authenticator.ts';

export type { LimitState } from '../errors.ts';

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

/** What became of a request, as far as limits are concerned. */
export interface Settlement {
  /** Absent: nothing is known, and the reservation stands. */
  readonly usage: Usage | undefined;
  /**
   * In nano-dollars, of all attempts as far as it is known. `null`: not known of the one that answered, and the
   * reservation stands.
   */
  readonly costNanoUsd: number | null;
  /**
   * The answer is whole, and of a kind of which no tokens are told or counted (most pictures and sound, moderation): no
   * fault hides its usage, there is none. Absent: it is not so.
   */
  readonly isUnmeasured?: boolean;
}

/** Nano-dollars by window; a window that is left out is not concerned. */
export interface Spent {
  readonly day?: number;
  readonly month?: number;
}

/** The right to run one request. */
export interface Lease {
  /** How the limits stand that this request counts against, for `x-ratelimit-*` headers. Absent: there are none. */
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
   * @throws NexusError `rate_limited` or `budget_exhausted`, with `details.retryAfterMs`, `limit` and `limits`;
   * `forbidden` where it cannot be told what the request would cost a budget; `limiter_unavailable`.
   */
  acquire(caller: Caller, estimate: Estimate, signal: AbortSignal): Lease | Promise<Lease>;
  /**
   * Puts what a ledger knows in place of what was counted as spent in the present day and month, in nano-dollars. Returns
   * by how much each counter was over it. Absent: it counts no money.
   */
  rebuild?(callerId: Caller['id'], spent: Spent): Promise<Spent>;
  /** Gives back what it holds. */
  close?(): void | Promise<void>;
}
