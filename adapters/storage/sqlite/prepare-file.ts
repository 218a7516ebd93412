import { accessSync, closeSync, constants, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { LedgerError } from '../sql/ledger-error.ts';

/** A database that is gone with its connection. */
export const IN_MEMORY = ':memory:';

/**
 * Makes the folder and the file where they are not there, for their owner alone: it holds what people said.
 * @throws LedgerError saying what is in the way, which SQLite does not.
 */
export function prepareFile(file: string): void {
  if (file === IN_MEMORY) return;
  const folder = dirname(resolve(file));
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    if (statSync(file, { throwIfNoEntry: false })?.isDirectory())
      throw new LedgerError('unavailable', `The database "${file}" is a folder. Name a file in it.`);
    closeSync(openSync(file, 'a', 0o600));
  } catch (cause) {
    throw fileError(file, folder, cause);
  }
}

function fileError(file: string, folder: string, cause: unknown): unknown {
  if (cause instanceof LedgerError) return cause;
  const { code = '' } = cause as NodeJS.ErrnoException;
  switch (code) {
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new LedgerError(
        'read_only',
        `The database "${file}" cannot be written to: this process has no right to write to its folder "${folder}" ` +
          `(${code}). Give it the right, or name another folder.`,
        cause,
      );
    case 'ENOTDIR':
    case 'EEXIST':
      return new LedgerError(
        'unavailable',
        `The folder "${folder}" of the database cannot be made: a file is in its way.`,
        cause,
      );
    case 'ENOSPC':
      return new LedgerError('full', `The database "${file}" cannot be made: no room is left on its disk.`, cause);
    default:
      return cause;
  }
}
