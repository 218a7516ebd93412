import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { z } from 'zod';
import { NexusError } from '../errors.ts';
import { storageError } from './storage-error.ts';

/** What every manifest says of itself. */
interface ManifestHead {
  readonly format: number;
  /** The name of what it is about. */
  readonly file: string;
}

/** What there is to know of a kind of manifest, to read one. */
export interface ManifestKind<Manifest extends ManifestHead> {
  readonly schema: z.ZodType<Manifest>;
  /** The latest format this version reads. */
  readonly format: number;
  /** How messages tell of what it is about: `the archive`, `an archive`, `Archives`, and how they come to be: `written`. */
  readonly words: { readonly its: string; readonly one: string; readonly all: string; readonly came: string };
}

/**
 * Reads the manifest of `owner` in `file`.
 * @throws NexusError `file_damaged`, `storage_failed`
 */
export async function readManifest<Manifest extends ManifestHead>(
  file: string,
  owner: string,
  { schema, format, words }: ManifestKind<Manifest>,
): Promise<Manifest> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw storageError(`The manifest "${file}", which belongs to ${words.its}, cannot be read`, cause);
  });
  const manifest = parsed(text, schema);
  if (!manifest) throw new NexusError('file_damaged', `"${file}" is no manifest of ${words.one}, or is damaged.`);
  if (manifest.format > format)
    throw new NexusError(
      'file_damaged',
      `"${owner}" was ${words.came} by a newer version of nexusai-hub (format ${String(manifest.format)}; this one reads ` +
        `${String(format)}). Use that version.`,
    );
  if (manifest.file !== basename(owner))
    throw new NexusError('file_damaged', `"${file}" belongs to ${manifest.file}. ${words.all} keep their names.`);
  return manifest;
}

function parsed<Manifest>(text: string, schema: z.ZodType<Manifest>): Manifest | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
