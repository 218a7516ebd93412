import { NexusError } from '../errors.ts';
import type { ArchiveHead } from './archive-kind.ts';
import { type ManifestKind, readManifest } from './read-manifest.ts';

/** What the names of archives end in. */
export const ARCHIVE_ENDING = '.jsonl.gz';

/** Where the manifest of an archive lies. */
export function archiveManifestFile(archive: string): string {
  return archive.replace(/\.jsonl\.gz$/, '.manifest.json');
}

/**
 * Reads the manifest beside an archive.
 * @throws NexusError `file_damaged`, `storage_failed`
 */
export async function readArchiveManifest<Manifest extends ArchiveHead>(
  archive: string,
  kind: ManifestKind<Manifest>,
): Promise<Manifest> {
  if (!archive.endsWith(ARCHIVE_ENDING))
    throw new NexusError('file_damaged', `"${archive}" is no archive: expected a name that ends in ${ARCHIVE_ENDING}.`);
  return readManifest(archiveManifestFile(archive), archive, kind);
}
