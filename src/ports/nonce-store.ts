/**
 * Remembers the nonces of signed requests, so that none is taken twice. It stands on the way of each signed request, and
 * one that cannot answer lets none in.
 */
export interface NonceStore {
  /**
   * True the first time a nonce is shown, false for `ttlMs` afterwards at least. One atomic step for all who share the
   * store: of any number that show a nonce at once, one is told true. Nothing is forgotten before its time to make room:
   * without room it rejects.
   */
  claim(nonce: string, ttlMs: number): boolean | Promise<boolean>;
  /** Gives back what it holds. */
  close?(): void | Promise<void>;
}
