import { setTimeout as pause } from 'node:timers/promises';
import { Kysely } from 'kysely';
import type { LedgerDatabase } from '../sql/dialect.ts';
import { LedgerError } from '../sql/ledger-error.ts';
import { migrate, versionOf } from '../sql/migrate.ts';
import type { LedgerTables } from '../sql/tables.ts';
import type { SqliteConnection, SqliteDriver } from './driver.ts';
import { findDriver } from './find-driver.ts';
import { kyselyDialect } from './kysely-dialect.ts';
import { IN_MEMORY, prepareFile } from './prepare-file.ts';
import { SQLITE } from './sqlite-dialect.ts';
import { sqliteError } from './sqlite-error.ts';

/** Which database, and how it is kept. All of it can be sent to another thread. */
export interface DatabaseOptions {
  readonly file: string;
  readonly synchronous: 'normal' | 'full';
  readonly busyTimeoutMs: number;
}

/** An open database with its tables up to date. */
export interface OpenDatabase {
  readonly db: LedgerDatabase;
  readonly connection: SqliteConnection;
  readonly close: () => Promise<void>;
}

/** Kept of the log of what is not in the database file yet, after it has been written there. */
const LOG_BYTES = 64 * 1024 * 1024;
/** Pages in memory: indexes are touched all over. */
const CACHE_KIB = 16 * 1024;
const LOOK_AGAIN_MS = 20;

/**
 * Opens a database, makes it where it is not there, and brings its tables up to date.
 * @throws LedgerError saying what is wrong with it, and leaves it as it is then.
 */
export async function openDatabase(
  { file, synchronous, busyTimeoutMs }: DatabaseOptions,
  driver?: SqliteDriver,
): Promise<OpenDatabase> {
  const { open } = driver ?? (await findDriver());
  prepareFile(file);
  const connection = opened(open, file);
  const db = new Kysely<LedgerTables>({ dialect: kyselyDialect(connection, file) });
  try {
    run(connection, file, `pragma busy_timeout = ${busyTimeoutMs}`);
    // Before anything is written: that of a newer version is left as it is.
    await versionOf(db, SQLITE);
    if (file !== IN_MEMORY) await useLog(connection, file, busyTimeoutMs);
    run(connection, file, `pragma synchronous = ${synchronous}`);
    run(connection, file, 'pragma foreign_keys = on');
    run(connection, file, `pragma journal_size_limit = ${LOG_BYTES}`);
    run(connection, file, `pragma cache_size = -${CACHE_KIB}`);
    await migrate(db, SQLITE);
  } catch (cause) {
    connection.close();
    throw cause;
  }
  return {
    db,
    connection,
    async close() {
      if (file !== IN_MEMORY) emptyLog(connection, file);
      await db.destroy();
    },
  };
}

/**
 * Writes out what is only in the log, unless somebody else uses it. The last to leave would do so by itself, but for
 * drivers that leave only when their statements are collected as garbage.
 */
function emptyLog(connection: SqliteConnection, file: string): void {
  try {
    run(connection, file, 'pragma busy_timeout = 0');
    run(connection, file, 'pragma wal_checkpoint(truncate)');
  } catch {
    // It stays where it is, and the next one finds it there.
  }
}

function opened(open: SqliteDriver['open'], file: string): SqliteConnection {
  try {
    return open(file);
  } catch (cause) {
    throw sqliteError(cause, file);
  }
}

function run(connection: SqliteConnection, file: string, sql: string): void {
  try {
    connection.exec(sql);
  } catch (cause) {
    throw sqliteError(cause, file);
  }
}

/** Writers and readers are not in each other's way then. Of several processes that begin at once one is refused, at once. */
async function useLog(connection: SqliteConnection, file: string, busyTimeoutMs: number): Promise<void> {
  const until = performance.now() + busyTimeoutMs;
  while (true) {
    try {
      run(connection, file, 'pragma journal_mode = wal');
      return;
    } catch (cause) {
      if (!(cause instanceof LedgerError) || cause.code !== 'locked' || performance.now() > until) throw cause;
      await pause(LOOK_AGAIN_MS);
    }
  }
}
