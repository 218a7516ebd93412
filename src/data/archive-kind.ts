import { z } from 'zod';
import type { ManifestKind } from './read-manifest.ts';

/** A number of things. */
export const archiveCount = z.number().int().min(0);

/** What every manifest of an archive says. */
export const ARCHIVE_HEAD = {
  /** How its lines are written. One that says a later number was made by a later version. */
  format: z.number().int().min(1),
  file: z.string(),
  /** The month, of UTC, its entries are filed under: `2026-05`. */
  month: z.string().regex(/^\d{4}-\d{2}$/),
  entries: archiveCount,
  /** The earliest and the latest time of its entries. */
  from: z.iso.datetime(),
  to: z.iso.datetime(),
  bytes: archiveCount,
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  createdAt: z.iso.datetime(),
  /** When all of it had been taken out of where it came from. `null`: that is not done yet. */
  removedAt: z.iso.datetime().nullable(),
};

/** What every manifest of an archive says, whatever is in it. */
export type ArchiveHead = Readonly<z.output<z.ZodObject<typeof ARCHIVE_HEAD>>>;

/** Sums up what goes into an archive. */
export interface ArchiveTally<Entry, Manifest> {
  add(entry: Entry): void;
  /** The manifest of all that was added. */
  manifest(head: ArchiveHead): Manifest;
}

/** What archives of one kind look like: their names, their lines, and what their manifests say. */
export interface ArchiveKind<Entry, Manifest extends ArchiveHead> {
  /** What their names begin with, before the month. */
  readonly prefix: string;
  readonly manifest: ManifestKind<Manifest>;
  /** What a line of it is, for who is told that one is none: `entry of a ledger`. */
  readonly line: string;
  /** The time an entry is filed under, in Unix milliseconds. */
  timeOf(entry: Entry): number;
  /** What stands on its line, as JSON. */
  lineOf(entry: Entry): object;
  /** The entry of a line. `undefined`: it is none. */
  entryOf(line: unknown): Entry | undefined;
  tally(): ArchiveTally<Entry, Manifest>;
}

/** An archive that is whole, under its name and on the disk. */
export interface WrittenArchive<Manifest extends ArchiveHead = ArchiveHead> {
  readonly file: string;
  readonly manifest: Manifest;
}
