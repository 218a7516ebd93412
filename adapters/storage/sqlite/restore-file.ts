import { existsSync } from 'node:fs';
import { chmod, copyFile, link, mkdir, open as openFile, rename, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { RestoreReport } from 'nexusai-hub/ports';
import { LedgerError } from '../sql/ledger-error.ts';
import { checkCopy, schemaVersionOf } from './check-copy.ts';
import type { SqliteConnection, SqliteDriver } from './driver.ts';
import { sqliteError } from './sqlite-error.ts';

/**
 * Puts a copy in the place of a database that nobody uses. What was there is kept beside it; a crash leaves the one or
 * the other in its place, whole.
 */
export async function restoreFile(
  driver: SqliteDriver,
  copy: string,
  file: string,
  force: boolean,
): Promise<RestoreReport> {
  const written = `${file}.restoring`;
  await mkdir(dirname(resolve(file)), { recursive: true, mode: 0o700 });
  const held = existsSync(file) ? holdAlone(driver, file, force) : undefined;
  try {
    await rm(written, { force: true });
    await copyFile(copy, written);
    // It holds what people said, wherever the copy came from.
    await chmod(written, 0o600);
    // What was checked was the other file; of this one the disk may have made something else.
    checkCopy(driver, written);
    await sync(written);
    const keptAside = existsSync(file) ? await keepAside(file) : undefined;
    await rename(written, file);
    await sync(dirname(resolve(file)));
    return keptAside === undefined ? {} : { keptAside };
  } catch (cause) {
    await rm(written, { force: true });
    throw cause;
  } finally {
    held?.close();
  }
}

/**
 * Holds the database that is there, so that nobody begins to use it meanwhile. `undefined`: it is none, or damaged.
 * @throws LedgerError `locked` while somebody uses it, `not_empty` unless it is forced.
 */
function holdAlone({ open }: SqliteDriver, file: string, force: boolean): SqliteConnection | undefined {
  const connection = open(file);
  try {
    connection.exec('pragma busy_timeout = 0');
    connection.exec('pragma locking_mode = exclusive');
    // Only who is alone may leave the log behind, and with it goes into the file what was in it.
    connection.exec('pragma journal_mode = delete');
    connection.exec('begin exclusive');
    if (!force) checkEmpty(connection, file);
    return connection;
  } catch (cause) {
    connection.close();
    const error = sqliteError(cause, file);
    if (!(error instanceof LedgerError)) throw error;
    if (error.code === 'locked')
      throw new LedgerError('locked', `The database "${file}" is in use. Stop the server that uses it first.`, cause);
    if (force && error.code === 'corrupt') return undefined;
    if (error.code === 'corrupt') throw new LedgerError('corrupt', `${error.message} ${FORCE}`, cause);
    throw error;
  }
}

const FORCE = 'To replace it, force it (--force): what is there is kept aside.';

function checkEmpty(connection: SqliteConnection, file: string): void {
  if (schemaVersionOf(connection) === 0) {
    const others = connection.prepare(`select count(*) as count from sqlite_master where type = 'table'`).all([]);
    if (Number(others[0]?.['count']) === 0) return;
    throw new LedgerError('not_empty', `The database "${file}" has tables that are none of ours. ${FORCE}`);
  }
  const [row] = connection.prepare('select count(*) as count, max(started_at_ms) as ms from chat_stats').all([]);
  if (Number(row?.['count'] ?? 0) === 0) return;
  const latest = new Date(Number(row?.['ms'])).toISOString();
  throw new LedgerError('not_empty', `The database "${file}" has records up to ${latest}. ${FORCE}`);
}

/** Under another name, too; its own is free for the new one in the same moment in which that takes it. */
async function keepAside(file: string): Promise<string> {
  const aside = `${file}.replaced-${new Date().toISOString().replace(/[:.]/g, '-')}`;
  await link(file, aside).catch(() => copyFile(file, aside));
  // Of a damaged one they are still there. They would be taken for those of the new one.
  for (const end of ['-wal', '-shm']) if (existsSync(file + end)) await rename(file + end, aside + end);
  return aside;
}

async function sync(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await openFile(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
