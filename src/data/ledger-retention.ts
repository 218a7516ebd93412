import type { Clock } from '../ports/index.ts';
import { type ArchivableLedger, archiveExpired } from './archive-expired.ts';
import type { RetentionTask } from './retention.ts';
import { type RetentionPeriod, startOfRetention } from './retention-period.ts';

/** How long something is kept, and where it goes then. */
export interface RetentionSettings extends Pick<RetentionTask, 'archive' | 'everyMs'> {
  readonly period: RetentionPeriod;
}

/** Takes conversations out of a ledger whose latest request is too old. */
export function ledgerRetention(ledger: ArchivableLedger, settings: RetentionSettings, clock: Clock): RetentionTask {
  const { period, archive: folder, everyMs } = settings;
  return {
    task: 'retention',
    what: 'old conversations',
    archive: folder,
    everyMs,
    run: (signal, goesOn) => {
      const beforeMs = startOfRetention(clock.now(), period);
      return archiveExpired({ ledger, folder, beforeMs, clock, signal, goesOn });
    },
  };
}
