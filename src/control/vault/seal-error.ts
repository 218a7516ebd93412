/**
 * Why a sealed text does not open.
 *
 * - `key_missing`: the master key it wants is not here.
 * - `key_failed`: the owner's own functions for that key failed; it may open later.
 * - `damaged`: a letter of it was changed, or it was sealed for another place.
 * - `missing`: there is none.
 */
export type SealReason = 'key_missing' | 'key_failed' | 'damaged' | 'missing';

/** A sealed text that does not open. Holds no part of it. */
export class SealError extends Error {
  override readonly name = 'SealError';
  readonly reason: SealReason;
  /** The master key it wants, where that can be told. */
  readonly keyId: string | undefined;

  constructor(reason: SealReason, keyId: string | undefined, cause?: unknown) {
    super(`The sealed text does not open: ${reason}.`, cause === undefined ? undefined : { cause });
    this.reason = reason;
    this.keyId = keyId;
  }
}
