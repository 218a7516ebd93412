import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { z } from 'zod';
import { NexusError } from '../errors.ts';
import { storageError } from './storage-error.ts';

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
export async function readBackupManifest(backup: string): Promise<BackupManifest> {
  const file = backupManifestFile(backup);
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw storageError(`The manifest "${file}", which belongs to the backup, cannot be read`, cause);
  });
  const manifest = parsed(text);
  if (!manifest) throw new NexusError('file_damaged', `"${file}" is no manifest of a backup, or is damaged.`);
  if (manifest.format > FORMAT)
    throw new NexusError(
      'file_damaged',
      `"${backup}" was made by a newer version of nexusai-hub (format ${String(manifest.format)}; this one reads ` +
        `${String(FORMAT)}). Use that version.`,
    );
  if (manifest.file !== basename(backup))
    throw new NexusError('file_damaged', `"${file}" belongs to ${manifest.file}. Backups keep their names.`);
  return manifest;
}

function parsed(text: string): BackupManifest | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
