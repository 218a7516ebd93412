import { LedgerError, type LedgerErrorCode } from '../sql/ledger-error.ts';

/** SQLite's primary result codes that say something to the owner of a ledger: https://sqlite.org/rescode.html */
const MEANINGS: Readonly<Record<number, readonly [LedgerErrorCode, string]>> = {
  5: ['locked', 'another process held it for longer than the busy timeout.'],
  6: ['locked', 'another connection of this process holds a table of it.'],
  8: ['read_only', 'it may not be written to. Check the rights of the file and of its folder.'],
  10: ['unavailable', 'its disk does not read or write. Check it, and the log of the system.'],
  11: ['corrupt', 'its file is damaged. Restore a backup.'],
  13: ['full', 'no room is left on its disk. What was to be written can be written again when there is.'],
  14: ['unavailable', 'it cannot be opened. Check the path, and the rights of the file and of its folder.'],
  26: ['corrupt', 'the file is no SQLite database. Restore a backup, or name another file.'],
};

/** Names that drivers give to the same codes. */
const NUMBERS: Readonly<Record<string, number>> = {
  SQLITE_BUSY: 5,
  SQLITE_LOCKED: 6,
  SQLITE_READONLY: 8,
  SQLITE_IOERR: 10,
  SQLITE_CORRUPT: 11,
  SQLITE_FULL: 13,
  SQLITE_CANTOPEN: 14,
  SQLITE_NOTADB: 26,
};

/** What a driver threw, as a ledger says it; what is known to nobody stays as it is. */
export function sqliteError(cause: unknown, file: string): unknown {
  const meaning = MEANINGS[primaryCodeOf(cause)];
  if (!meaning) return cause;
  const [code, message] = meaning;
  return new LedgerError(code, `The database "${file}": ${message}`, cause);
}

/** The low byte of an extended code; 0 where there is none. */
function primaryCodeOf(cause: unknown): number {
  if (typeof cause !== 'object' || cause === null) return 0;
  const { errcode, sqliteExtendedCode, code } = cause as Record<string, unknown>;
  for (const number of [errcode, sqliteExtendedCode]) if (typeof number === 'number') return number & 0xff;
  const [, name = ''] = typeof code === 'string' ? (/^(SQLITE_[A-Z]+)/.exec(code) ?? []) : [];
  return NUMBERS[name] ?? 0;
}
