import { NexusError } from '../errors.ts';
import type { ArchiveHead, ArchiveKind } from './archive-kind.ts';
import { readArchiveManifest } from './archive-manifest.ts';
import { checksumOf } from './checksum.ts';
import { type ArchiveManifest, LEDGER_ARCHIVE } from './ledger-archive.ts';
import { readArchive } from './read-archive.ts';
import { storageError } from './storage-error.ts';

/**
 * Reads a whole archive of a ledger and holds it against its manifest: every byte and every line.
 * @throws NexusError `file_damaged`, `storage_failed`
 */
export async function verifyArchive(file: string): Promise<ArchiveManifest> {
  const manifest = await wholeArchive(file, LEDGER_ARCHIVE);
  const found = { entries: 0, attempts: 0, messages: 0 };
  for await (const { attemptLines, messageLines } of readArchive(file, LEDGER_ARCHIVE)) {
    found.entries++;
    found.attempts += attemptLines.length;
    found.messages += messageLines.length;
  }
  for (const what of ['entries', 'attempts', 'messages'] as const)
    if (found[what] !== manifest[what])
      throw damaged(file, `it has ${String(found[what])} ${what}, and its manifest says ${String(manifest[what])}`);
  return manifest;
}

/**
 * The manifest of an archive whose every byte is as it says.
 * @throws NexusError `file_damaged`, `storage_failed`
 */
export async function wholeArchive<Manifest extends ArchiveHead>(
  file: string,
  kind: Pick<ArchiveKind<never, Manifest>, 'manifest'>,
): Promise<Manifest> {
  const manifest = await readArchiveManifest(file, kind.manifest);
  const { bytes, sha256 } = await checksumOf(file).catch((cause: unknown) => {
    throw storageError(`The archive "${file}" cannot be read`, cause);
  });
  if (bytes !== manifest.bytes)
    throw damaged(file, `it has ${String(bytes)} bytes, and its manifest says ${String(manifest.bytes)}`);
  if (sha256 !== manifest.sha256) throw damaged(file, 'its SHA-256 is not the one of its manifest');
  return manifest;
}

function damaged(file: string, how: string): NexusError {
  return new NexusError('file_damaged', `The archive "${file}" is damaged: ${how}. Nothing of it was used.`);
}
