import { statSync } from 'node:fs';
import type { DatabaseBackup } from 'nexusai-hub/ports';
import { LedgerError } from '../sql/ledger-error.ts';
import { checkCopy } from './check-copy.ts';
import { checkInThread } from './check-in-thread.ts';
import type { SqliteDriver } from './driver.ts';
import { findDriver } from './find-driver.ts';
import { restoreFile } from './restore-file.ts';
import { sqliteError } from './sqlite-error.ts';

/** How long a copy waits for whoever has the database for itself at the moment. */
const BUSY_MS = 5_000;

/** Copies of the database in this file. */
export function fileBackup(file: string, driver: SqliteDriver | undefined, thread: boolean): DatabaseBackup {
  const found = async (): Promise<SqliteDriver> => driver ?? (await findDriver());
  return {
    kind: 'sqlite',
    extension: 'db',
    size: async () => bytesOf(file) + bytesOf(`${file}-wal`),
    async create(copy, { signal, onProgress }) {
      if (bytesOf(file) === 0)
        throw new LedgerError('unavailable', `There is no database "${file}" yet. Check the path.`);
      await copyTo(await found(), file, copy, (share) => {
        signal?.throwIfAborted();
        onProgress?.(share);
      });
      signal?.throwIfAborted();
      onProgress?.(1);
    },
    async check(copy, { signal, onProgress }) {
      const schemaVersion = thread ? await checkInThread(copy, signal) : checkCopy(await found(), copy);
      signal?.throwIfAborted();
      onProgress?.(1);
      return { schemaVersion };
    },
    restore: async (copy, { force = false }) => restoreFile(await found(), copy, file, force),
  };
}

async function copyTo(
  { open }: SqliteDriver,
  file: string,
  copy: string,
  onProgress: (share: number) => void,
): Promise<void> {
  const connection = open(file);
  try {
    connection.exec(`pragma busy_timeout = ${BUSY_MS}`);
    // It looks at one moment all the time. Otherwise it would begin anew whenever somebody has written.
    connection.exec('begin');
    connection.prepare('select count(*) from sqlite_master').all([]);
    await connection.backup(copy, onProgress);
    connection.exec('commit');
  } catch (cause) {
    throw sqliteError(cause, file);
  } finally {
    connection.close();
  }
}

function bytesOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
