import { NexusError } from '../errors.ts';
import type { AuditLink, AuditLog, LinkedAuditEntry } from '../ports/audit-log.ts';
import { archiveEntries, type ArchiveReport, type ArchiveRun } from './archive-entries.ts';
import type { WrittenArchive } from './archive-kind.ts';
import { AUDIT_ARCHIVE, type AuditArchiveManifest } from './audit-archive.ts';
import { verifyAuditArchives } from './verify-audit-archives.ts';
import { brokenAt } from './verify-chain.ts';

/** An archive whose entries are to be taken out of the log. */
export type AuditArchive = WrittenArchive<AuditArchiveManifest>;

/** What of an audit log is archived where. */
export interface AuditArchiveRun extends ArchiveRun {
  readonly log: AuditLog;
  /** What is older, as far as nothing younger stands before it. */
  readonly beforeMs: number;
  /** Writes down what is about to be taken out, and does it then. */
  readonly noted: (archive: AuditArchive, remove: () => Promise<void>) => Promise<void>;
}

/** Entries that are read at a time: memory is bounded by them. */
const PAGE = 100;

/**
 * Takes the oldest part out of an audit log, into archives that go on from each other. Only a part whose every link holds
 * is taken out, in the log and in its archive; where one does not, all from there on stays.
 * @throws NexusError `storage_failed`, `file_damaged`; what the log, `noted` and the signal reject with
 */
export function archiveAudit({ log, beforeMs, noted, ...run }: AuditArchiveRun): Promise<ArchiveReport> {
  return archiveEntries(
    {
      kind: AUDIT_ARCHIVE,
      entries: () => oldEntries(log, beforeMs),
      remove: (some) => removeFrom(log, some.at(-1)),
      removing: async (archive, remove) => {
        const { last } = archive.manifest;
        // A crash came between, or another process has done it.
        if ((await log.head()).checkpoint.sequence >= last.sequence) return;
        await checkWhole(archive);
        await checkThere(archive, log);
        await noted(archive, remove);
      },
    },
    run,
  );
}

async function* oldEntries(log: AuditLog, beforeMs: number): AsyncGenerator<LinkedAuditEntry, undefined> {
  let last = (await log.head()).checkpoint;
  for (;;) {
    const entries = await log.after(last.sequence, PAGE);
    for (const entry of entries) {
      if (entry.atMs >= beforeMs) return undefined;
      const broken = brokenAt(entry, last);
      if (broken && (await log.head()).checkpoint.sequence > last.sequence)
        throw new Error('another process takes entries out now');
      if (broken)
        throw new NexusError('storage_failed', `The chain of the audit log is broken: ${broken.message} It is left as it is.`);
      yield entry;
      last = { sequence: entry.sequence, hash: entry.hash };
    }
    if (entries.length === 0) return undefined;
  }
}

/** Up to this place, unless that was done before. */
async function removeFrom(log: AuditLog, upTo: AuditLink | undefined): Promise<void> {
  if (!upTo || (await log.head()).checkpoint.sequence >= upTo.sequence) return;
  await log.remove({ sequence: upTo.sequence, hash: upTo.hash });
}

async function checkWhole({ file }: AuditArchive): Promise<void> {
  const { broken } = await verifyAuditArchives([file]);
  if (broken)
    throw new NexusError('file_damaged', `The chain in the archive "${file}" is broken: ${broken.message} Nothing was removed.`);
}

/** The folder may have come from elsewhere, or the database may be another one now. */
async function checkThere({ file, manifest: { last } }: AuditArchive, log: AuditLog): Promise<void> {
  const [entry] = await log.after(last.sequence - 1, 1);
  if (entry?.sequence === last.sequence && entry.hash === last.hash) return;
  throw new NexusError(
    'storage_failed',
    `The archive "${file}" was not written from this audit log, and says that its entries are still to be removed. Nothing ` +
      'was removed. Move it and its manifest elsewhere.',
  );
}
