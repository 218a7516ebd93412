import { z } from 'zod';
import { type ManifestKind, readManifest } from './read-manifest.ts';

const FORMAT = 1;

const schema = z.object({
  kind: z.literal('nexusai-hub backup'),
  format: z.number().int().min(1),
  file: z.string(),
  /** Which kind of database it is of. */
  database: z.string(),
  /** The version of its tables. */
  schemaVersion: z.number().int().min(0),
  bytes: z.number().int().min(0),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  createdAt: z.iso.datetime(),
  /** When all of it was last read and found to be right. */
  verifiedAt: z.iso.datetime(),
  /** What was found to be wrong with it since. */
  problem: z.string().nullable(),
});

/** What is known of a backup without opening it. It lies beside it, as JSON. */
export type BackupManifest = Readonly<z.output<typeof schema>>;

const KIND: ManifestKind<BackupManifest> = {
  schema,
  format: FORMAT,
  words: { its: 'the backup', one: 'a backup', all: 'Backups', came: 'made' },
};

/** Where the manifest of a backup lies. */
export function backupManifestFile(backup: string): string {
  return `${backup}.manifest.json`;
}

/** What every manifest says of itself. */
export const BACKUP_KIND = { kind: 'nexusai-hub backup', format: FORMAT } as const;

/**
 * Reads the manifest beside a backup.
 * @throws NexusError `file_damaged`, `storage_failed`
 */
export function readBackupManifest(backup: string): Promise<BackupManifest> {
  return readManifest(backupManifestFile(backup), backup, KIND);
}
