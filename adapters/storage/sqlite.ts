import type { Database, DatabaseBackup, Ledger } from 'nexusai-hub/ports';
import { checkCount, checkOneOf } from 'nexusai-hub/provider-kit';
import { databaseOver } from './sql/database-over.ts';
import { ledgerOver } from './sql/ledger-over.ts';
import { fileBackup } from './sqlite/backup.ts';
import type { SqliteDriver } from './sqlite/driver.ts';
import { localSteps } from './sqlite/local-steps.ts';
import type { OpenableSteps } from './sql/openable-steps.ts';
import { threadSteps } from './sqlite/thread-steps.ts';

export type { LedgerErrorCode } from './sql/ledger-error.ts';
export { LedgerError } from './sql/ledger-error.ts';
export type { SqliteConnection, SqliteDriver, SqliteStatement, SqliteValue } from './sqlite/driver.ts';

/** Options of {@link sqliteDatabase} and {@link sqliteLedger}. */
export interface SqliteDatabaseOptions {
  /** Where it is. Folder and file are made, for their owner alone. `:memory:`: it is gone when it is closed. */
  readonly file: string;
  /** @default `node:sqlite`, else `@photostructure/sqlite`, else `better-sqlite3` */
  readonly driver?: SqliteDriver;
  /**
   * `normal`: what was written outlives the end of the process, however it comes; of a machine that loses its power the
   * last moments may be missing. `full`: it outlives that, too, at the cost of a wait for the disk for each batch.
   * @default 'normal'
   */
  readonly synchronous?: 'normal' | 'full';
  /**
   * `true`: its work is done in threads of its own, so that neither the disk nor a large question keeps requests waiting.
   * `false`: in the thread that asks, as it is with a `driver` that was passed in.
   * @default true
   */
  readonly thread?: boolean;
  /** How long another process may hold the database, in milliseconds. @default 5000 */
  readonly busyTimeoutMs?: number;
}

/**
 * A ledger in a file of SQLite, which several processes of one machine may share.
 *
 * It opens when it is first used. Where that fails the next use tries again.
 * @throws TypeError naming the option that is wrong.
 */
export function sqliteLedger(options: SqliteDatabaseOptions): Required<Ledger> {
  const { open, close, ...steps } = stepsIn('sqliteLedger', options);
  return { ...ledgerOver(steps), open, close };
}

/**
 * Everything of a hub in a file of SQLite, which several processes of one machine may share: its ledger, and what is
 * configured at run time.
 *
 * It opens when it is first used. Where that fails the next use tries again.
 * @throws TypeError naming the option that is wrong.
 */
export function sqliteDatabase(options: SqliteDatabaseOptions): Required<Database> {
  return databaseOver(stepsIn('sqliteDatabase', options));
}

function stepsIn(owner: string, options: SqliteDatabaseOptions): OpenableSteps {
  const { file, driver, synchronous = 'normal', busyTimeoutMs = 5_000, thread = driver === undefined } = options;
  if (typeof file !== 'string' || file === '') throw new TypeError(`${owner}: file must be a path, or ":memory:".`);
  checkOneOf(owner, 'synchronous', synchronous, ['normal', 'full']);
  checkCount(owner, 'busyTimeoutMs', busyTimeoutMs);
  checkOneOf(owner, 'thread', thread, [true, false]);
  if (driver !== undefined && typeof driver.open !== 'function')
    throw new TypeError(`${owner}: driver must have a function "open".`);
  if (driver !== undefined && thread)
    throw new TypeError(`${owner}: a driver that is passed in works in the thread that asks: leave thread out.`);
  const database = { file, synchronous, busyTimeoutMs };
  return thread ? threadSteps(database) : localSteps(database, driver);
}

/** Options of {@link sqliteBackup}. */
export interface SqliteBackupOptions {
  /** The file of the ledger. */
  readonly file: string;
  /** @default `node:sqlite`, else `@photostructure/sqlite`, else `better-sqlite3` */
  readonly driver?: SqliteDriver;
  /** `true`: a copy is read in a thread of its own. `false`, and with a `driver`: in the thread that asks. @default true */
  readonly thread?: boolean;
}

/**
 * Copies of a ledger in a file of SQLite, made while others write to it.
 * @throws TypeError naming the option that is wrong.
 */
export function sqliteBackup(options: SqliteBackupOptions): DatabaseBackup {
  const { file, driver, thread = driver === undefined } = options;
  if (typeof file !== 'string' || file === '' || file === ':memory:')
    throw new TypeError('sqliteBackup: file must be the path of a database.');
  if (driver !== undefined && typeof driver.open !== 'function')
    throw new TypeError('sqliteBackup: driver must have a function "open".');
  checkOneOf('sqliteBackup', 'thread', thread, driver ? [false] : [true, false]);
  return fileBackup(file, driver, thread);
}
