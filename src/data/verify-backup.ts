import { NexusError } from '../errors.ts';
import type { BackupContext, DatabaseBackup } from '../ports/index.ts';
import { type BackupManifest, readBackupManifest } from './backup-manifest.ts';
import { checksumOf } from './checksum.ts';
import { storageError } from './storage-error.ts';

/**
 * Holds a backup against its manifest, byte by byte, and lets its database read all of it.
 * @throws NexusError `file_damaged`, `storage_failed`
 */
export async function verifyBackup(
  database: DatabaseBackup,
  file: string,
  context: BackupContext = {},
): Promise<BackupManifest> {
  const manifest = await readBackupManifest(file);
  if (manifest.database !== database.kind)
    throw new NexusError(
      'file_damaged',
      `"${file}" is a backup of ${manifest.database}, and the database here is ${database.kind}.`,
    );
  const { bytes, sha256 } = await checksumOf(file, context.signal).catch((cause: unknown) => {
    throw storageError(`The backup "${file}" cannot be read`, cause);
  });
  if (bytes !== manifest.bytes)
    throw damaged(file, `it has ${String(bytes)} bytes, and its manifest says ${String(manifest.bytes)}`);
  if (sha256 !== manifest.sha256) throw damaged(file, 'its SHA-256 is not the one of its manifest');
  await database.check(file, context).catch((cause: unknown) => {
    if (context.signal?.aborted) throw cause;
    throw damaged(file, cause instanceof Error ? cause.message.replace(/\.$/, '') : String(cause), cause);
  });
  return manifest;
}

function damaged(file: string, how: string, cause?: unknown): NexusError {
  return new NexusError('file_damaged', `The backup "${file}" cannot be used: ${how}. Nothing was changed.`, {}, cause);
}
