import { z } from 'zod';
import { NexusError } from '../errors.ts';
import { type ManifestKind, readManifest } from './read-manifest.ts';

/** How the lines of an archive are written. One that says a later number was made by a later version. */
export const ARCHIVE_FORMAT = 1;

const count = z.number().int().min(0);

const schema = z.object({
  kind: z.literal('nexusai-hub archive'),
  format: z.number().int().min(1),
  file: z.string(),
  /** The month, of UTC, in which what is in it was last of use: `2026-05`. */
  month: z.string().regex(/^\d{4}-\d{2}$/),
  entries: count,
  attempts: count,
  messages: count,
  /** The earliest and the latest time at which something in it was last of use. */
  from: z.iso.datetime(),
  to: z.iso.datetime(),
  bytes: count,
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  createdAt: z.iso.datetime(),
  /** When all of it had been taken out of the ledger. `null`: that is not done yet. */
  removedAt: z.iso.datetime().nullable(),
});

/** What is known of an archive without opening it. It lies beside it, as JSON. */
export type ArchiveManifest = Readonly<z.output<typeof schema>>;

const KIND: ManifestKind<ArchiveManifest> = {
  schema,
  format: ARCHIVE_FORMAT,
  words: { its: 'the archive', one: 'an archive', all: 'Archives', came: 'written' },
};

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
export async function readArchiveManifest(archive: string): Promise<ArchiveManifest> {
  if (!archive.endsWith(ARCHIVE_ENDING))
    throw new NexusError('file_damaged', `"${archive}" is no archive: expected a name that ends in ${ARCHIVE_ENDING}.`);
  return readManifest(archiveManifestFile(archive), archive, KIND);
}
