import { NexusError } from '../errors.ts';
import type { Ledger } from '../ports/index.ts';
import { inChunks } from './in-chunks.ts';
import { LEDGER_ARCHIVE } from './ledger-archive.ts';
import { readArchive } from './read-archive.ts';
import { storageError } from './storage-error.ts';
import { verifyArchive } from './verify-archive.ts';

/** What became of putting an archive back. */
export interface ArchiveRestored {
  /** Entries of the archive. */
  readonly entries: number;
  /** Those that were not in the ledger. */
  readonly restored: number;
}

/** Entries that are put back at once. */
const CHUNK = 200;

/**
 * Puts what is in an archive back into a ledger, after the whole archive was found to be right. Entries that are there
 * already are left as they are, so that it may be done again when it was broken off.
 * @param onProgress is told how far it has got, from 0 to 1.
 * @throws NexusError `file_damaged`, `operation_unsupported`, `storage_failed`
 */
export async function restoreArchive(
  ledger: Ledger,
  file: string,
  onProgress?: (share: number) => void,
): Promise<ArchiveRestored> {
  if (!ledger.restore)
    throw new NexusError('operation_unsupported', 'This ledger cannot take back what was archived: it has no "restore".');
  const { entries } = await verifyArchive(file);
  let read = 0;
  let restored = 0;
  for await (const chunk of inChunks(readArchive(file, LEDGER_ARCHIVE), CHUNK)) {
    restored += await ledger.restore(chunk).catch((cause: unknown) => {
      throw storageError(`After ${String(read)} of ${String(entries)} entries the ledger took no more`, cause);
    });
    read += chunk.length;
    onProgress?.(read / entries);
  }
  return { entries, restored };
}
