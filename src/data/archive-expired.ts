import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { NexusError } from '../errors.ts';
import type { Clock, Ledger } from '../ports/index.ts';
import {
  ARCHIVE_ENDING,
  type ArchiveManifest,
  archiveManifestFile,
  readArchiveManifest,
} from './archive-manifest.ts';
import { checksumOf } from './checksum.ts';
import { inChunks } from './in-chunks.ts';
import { Peekable } from './peekable.ts';
import { readArchive } from './read-archive.ts';
import { storageError } from './storage-error.ts';
import { monthOf, writeArchive, type WrittenArchive } from './write-archive.ts';
import { writeJson } from './write-json.ts';

/** A ledger from which things can be taken. */
export type ArchivableLedger = Ledger & Required<Pick<Ledger, 'expired' | 'remove'>>;

/** What is archived where. */
export interface ArchiveRun {
  readonly ledger: ArchivableLedger;
  readonly folder: string;
  /** What was last of use before then. */
  readonly beforeMs: number;
  /** A file is full with so many characters. @default 64 Mi */
  readonly maxLength?: number | undefined;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Called before each step: it rejects where somebody else does this now. */
  readonly goesOn: () => Promise<void>;
}

/** What a run has done. */
export interface ArchiveReport {
  /** Archives that were written, or whose entries were taken out after an earlier run was broken off. */
  readonly archives: number;
  readonly entries: number;
}

const MAX_LENGTH = 64 * 1024 * 1024;
/** Entries of one transaction. It is short, so that requests that are written meanwhile wait for milliseconds. */
const CHUNK = 100;

/**
 * Takes what is old out of a ledger, a file at a time: it is written, is on the disk and reads as it was written; only
 * then is it removed from the ledger. What a crash has left undone is done first, so that nothing is lost, and nothing is
 * in two archives.
 * @throws NexusError `storage_failed`, `file_damaged`; what the ledger and the signal reject with
 */
export async function archiveExpired(run: ArchiveRun): Promise<ArchiveReport> {
  const { ledger, folder, beforeMs, maxLength = MAX_LENGTH, clock, signal } = run;
  const report = { archives: 0, entries: 0 };
  const add = ({ entries }: ArchiveManifest): void => {
    report.archives++;
    report.entries += entries;
  };
  for (const archive of await leftOf(folder)) {
    await removeFrom(run, archive);
    add(archive.manifest);
  }
  const expired = new Peekable(ledger.expired(beforeMs));
  try {
    for (let entry = await expired.peek(); entry; entry = await expired.peek()) {
      await run.goesOn();
      const options = { folder, maxLength, now: () => clock.now(), signal };
      const archive = await writeArchive(expired, monthOf(entry), options).catch((cause: unknown) => {
        throw signal.aborted ? cause : storageError(`The archive in "${folder}" cannot be written`, cause);
      });
      await removeFrom(run, archive);
      add(archive.manifest);
    }
  } finally {
    await expired.close();
  }
  return report;
}

/** Removes what is in an archive from the ledger, in short steps and with pauses as long as the steps. */
async function removeFrom({ ledger, clock, signal, goesOn }: ArchiveRun, archive: WrittenArchive): Promise<void> {
  const { file, manifest } = archive;
  const { bytes, sha256 } = await checksumOf(file, signal);
  if (bytes !== manifest.bytes || sha256 !== manifest.sha256)
    throw new NexusError(
      'file_damaged',
      `The archive "${file}" does not read as it was written; nothing was removed. Check its disk, then delete the ` +
        'file and its manifest: what is in them is still in the ledger, and is archived again.',
    );
  for await (const chunk of inChunks(readArchive(file), CHUNK)) {
    signal.throwIfAborted();
    await goesOn();
    const begun = clock.elapsed();
    await ledger.remove(chunk);
    await pause(clock, clock.elapsed() - begun, signal);
  }
  const removedAt = new Date(clock.now()).toISOString();
  await writeJson(archiveManifestFile(file), { ...manifest, removedAt });
}

/** Archives whose entries were not all removed. What was not written to its end goes. */
async function leftOf(folder: string): Promise<WrittenArchive[]> {
  const names = await readdir(folder).catch((cause: unknown) => {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return [] as string[];
    throw storageError(`The archive in "${folder}" cannot be read`, cause);
  });
  const left: WrittenArchive[] = [];
  for (const name of names.filter((one) => /^\d{4}-\d{2}\.\d+\./.test(one)).sort()) {
    const file = join(folder, name);
    const archive = file.replace(/\.manifest\.json$/, ARCHIVE_ENDING);
    if (name.endsWith('.tmp')) await rm(file, { force: true });
    else if (archive !== file) {
      const manifest = await readArchiveManifest(archive);
      if (manifest.removedAt !== null) continue;
      if (names.includes(manifest.file)) left.push({ file: archive, manifest });
      else await rm(file, { force: true });
    }
  }
  return left;
}

/** Lets others have the ledger for as long as it was taken. */
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
