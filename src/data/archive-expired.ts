import type { Ledger } from '../ports/index.ts';
import { archiveEntries, type ArchiveReport, type ArchiveRun } from './archive-entries.ts';
import { LEDGER_ARCHIVE } from './ledger-archive.ts';

/** A ledger from which things can be taken. */
export type ArchivableLedger = Ledger & Required<Pick<Ledger, 'expired' | 'remove'>>;

/** What of a ledger is archived where. */
export interface LedgerArchiveRun extends ArchiveRun {
  readonly ledger: ArchivableLedger;
  /** What was last of use before then. */
  readonly beforeMs: number;
}

/**
 * Takes what is old out of a ledger, into archives.
 * @throws NexusError `storage_failed`, `file_damaged`; what the ledger and the signal reject with
 */
export function archiveExpired({ ledger, beforeMs, ...run }: LedgerArchiveRun): Promise<ArchiveReport> {
  const entries = (): ReturnType<typeof ledger.expired> => ledger.expired(beforeMs);
  return archiveEntries({ kind: LEDGER_ARCHIVE, entries, remove: (some) => ledger.remove(some) }, run);
}
