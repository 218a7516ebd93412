/** What an answer is kept under. It cannot be made without saying whose answers it is among. */
export interface CacheKey {
  /** Whose: `caller:app`, or `hub` where the owner wants all callers to share them. A part of the key, not a hint. */
  readonly scope: string;
  /** SHA-256 of the scope and of everything in the request that an answer depends on, as base64url. */
  readonly digest: string;
}

/**
 * Keeps answers for a while, so that the same question need not be paid for twice. Values are texts of up to megabytes,
 * and hold what models said.
 *
 * It stands on the way of requests, and no request fails for it: one that rejects, or does not answer in time, counts as
 * empty and is left alone for a moment. It may forget anything at any time.
 */
export interface AnswerCache {
  /** `undefined` where there is nothing, or its time is over. */
  get(key: CacheKey): string | undefined | Promise<string | undefined>;
  /** Kept for `ttlMs` from now on at most, however often it is read. The last word on a key wins. */
  set(key: CacheKey, answer: string, ttlMs: number): void | Promise<void>;
  /** How much is kept. Absent: nobody can tell without asking others. */
  size?(): { readonly entries: number; readonly bytes: number };
  /** Gives back what it holds. */
  close?(): void | Promise<void>;
}
