/** Why a ledger did not do what it was asked for. */
export type LedgerErrorCode =
  /** No room is left where the database is. */
  | 'full'
  /** The database, or its folder, may not be written to. */
  | 'read_only'
  /** The file is damaged, or is no database. */
  | 'corrupt'
  /** Somebody else holds the database for too long. */
  | 'locked'
  /** A newer version of this package made its tables. */
  | 'schema_newer'
  /** Something is in it that a restore would replace. */
  | 'not_empty'
  /** It cannot be reached, or went away meanwhile. */
  | 'unavailable'
  /** No driver for it is installed. */
  | 'driver_missing'
  /** It was closed. */
  | 'closed';

/**
 * What a ledger over SQL rejects with, where it knows what is wrong. Nothing is half done then: what was to be written
 * may be written again. Compare by `code`.
 */
export class LedgerError extends Error {
  override readonly name = 'LedgerError';
  readonly code: LedgerErrorCode;

  constructor(code: LedgerErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}
