import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { NexusError } from '../errors.ts';
import type { Clock } from '../ports/index.ts';
import type { ArchiveHead, ArchiveKind, WrittenArchive } from './archive-kind.ts';
import { ARCHIVE_ENDING, archiveManifestFile, readArchiveManifest } from './archive-manifest.ts';
import { checksumOf } from './checksum.ts';
import { inChunks } from './in-chunks.ts';
import { Peekable } from './peekable.ts';
import { readArchive } from './read-archive.ts';
import { storageError } from './storage-error.ts';
import { writeArchive } from './write-archive.ts';
import { writeJson } from './write-json.ts';

/** Where something is archived, and how far. */
export interface ArchiveRun {
  readonly folder: string;
  /** A file is full with so many characters. @default 64 Mi */
  readonly maxLength?: number | undefined;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Called before each step: it rejects where somebody else does this now. */
  readonly goesOn: () => Promise<void>;
}

/** What is archived, and taken out of where it was. */
export interface Archived<Entry, Manifest extends ArchiveHead> {
  readonly kind: ArchiveKind<Entry, Manifest>;
  /** What is old, the oldest first. */
  entries(): AsyncIterable<Entry>;
  /** Takes some of it out in one short step; what was taken out before is passed over. */
  remove(entries: readonly Entry[]): Promise<void>;
  /** Is handed an archive whose entries are to be taken out now, and what does it. Absent: it is just done. */
  removing?(archive: WrittenArchive<Manifest>, remove: () => Promise<void>): Promise<void>;
}

/** What a run has done. */
export interface ArchiveReport {
  /** Archives that were written, or whose entries were taken out after an earlier run was broken off. */
  readonly archives: number;
  readonly entries: number;
}

const MAX_LENGTH = 64 * 1024 * 1024;
/** Entries of one transaction. It is short, so that what is written meanwhile waits for milliseconds. */
const CHUNK = 100;

/**
 * Takes out what is old, a file at a time: it is written, is on the disk and reads as it was written; only then is it
 * removed. What a crash has left undone is done first, so that nothing is lost, and nothing is in two archives.
 * @throws NexusError `storage_failed`, `file_damaged`; what `what` and the signal reject with
 */
export async function archiveEntries<Entry, Manifest extends ArchiveHead>(
  what: Archived<Entry, Manifest>,
  run: ArchiveRun,
): Promise<ArchiveReport> {
  const { folder, maxLength = MAX_LENGTH, clock, signal } = run;
  const report = { archives: 0, entries: 0 };
  const takeOut = async (archive: WrittenArchive<Manifest>): Promise<void> => {
    await removeFrom(what, run, archive);
    report.archives++;
    report.entries += archive.manifest.entries;
  };
  for (const archive of await leftOf(folder, what.kind)) await takeOut(archive);
  const old = new Peekable(what.entries());
  try {
    while ((await old.peek()) !== undefined) {
      await run.goesOn();
      const options = { folder, maxLength, now: () => clock.now(), signal };
      const archive = await writeArchive(old, what.kind, options).catch((cause: unknown) => {
        throw signal.aborted ? cause : storageError(`The archive in "${folder}" cannot be written`, cause);
      });
      await takeOut(archive);
    }
  } finally {
    await old.close();
  }
  return report;
}

/** Removes what is in an archive, in short steps and with pauses as long as the steps. */
async function removeFrom<Entry, Manifest extends ArchiveHead>(
  what: Archived<Entry, Manifest>,
  { clock, signal, goesOn }: ArchiveRun,
  archive: WrittenArchive<Manifest>,
): Promise<void> {
  const { file, manifest } = archive;
  const { bytes, sha256 } = await checksumOf(file, signal);
  if (bytes !== manifest.bytes || sha256 !== manifest.sha256)
    throw new NexusError(
      'file_damaged',
      `The archive "${file}" does not read as it was written; nothing was removed. Check its disk, then delete the ` +
        'file and its manifest: what is in them is still where it was, and is archived again.',
    );
  const remove = async (): Promise<void> => {
    for await (const chunk of inChunks(readArchive(file, what.kind), CHUNK)) {
      signal.throwIfAborted();
      await goesOn();
      const begun = clock.elapsed();
      await what.remove(chunk);
      await pause(clock, clock.elapsed() - begun, signal);
    }
  };
  await (what.removing?.(archive, remove) ?? remove());
  const removedAt = new Date(clock.now()).toISOString();
  await writeJson(archiveManifestFile(file), { ...manifest, removedAt });
}

/** Archives whose entries were not all removed. What was not written to its end goes. */
async function leftOf<Manifest extends ArchiveHead>(
  folder: string,
  { prefix, manifest: kind }: Pick<ArchiveKind<never, Manifest>, 'prefix' | 'manifest'>,
): Promise<WrittenArchive<Manifest>[]> {
  const names = await readdir(folder).catch((cause: unknown) => {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return [] as string[];
    throw storageError(`The archive in "${folder}" cannot be read`, cause);
  });
  const left: WrittenArchive<Manifest>[] = [];
  const isOurs = (name: string): boolean =>
    name.startsWith(prefix) && /^\d{4}-\d{2}\.\d+\./.test(name.slice(prefix.length));
  for (const name of names.filter(isOurs).sort()) {
    const file = join(folder, name);
    const archive = file.replace(/\.manifest\.json$/, ARCHIVE_ENDING);
    if (name.endsWith('.tmp')) await rm(file, { force: true });
    else if (archive !== file) {
      const manifest = await readArchiveManifest(archive, kind);
      if (manifest.removedAt !== null) continue;
      if (names.includes(manifest.file)) left.push({ file: archive, manifest });
      else await rm(file, { force: true });
    }
  }
  return left;
}

/** Lets others have what is written to for as long as it was taken. */
function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  if (ms <= 0 || signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const over = (): void => {
      timer.cancel();
      signal.removeEventListener('abort', over);
      resolve();
    };
    const timer = clock.schedule(ms, over);
    signal.addEventListener('abort', over);
  });
}
