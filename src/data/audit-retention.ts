import type { Clock } from '../ports/index.ts';
import type { AuditLog } from '../ports/audit-log.ts';
import { archiveAudit, type AuditArchiveRun } from './archive-audit.ts';
import type { RetentionSettings } from './ledger-retention.ts';
import type { RetentionTask } from './retention.ts';
import { startOfWholeRetention } from './retention-period.ts';

/** Takes out of an audit log what is too old, by whole months or days. */
export function auditRetention(
  { log, noted }: { readonly log: AuditLog } & Pick<AuditArchiveRun, 'noted'>,
  { period, archive: folder, everyMs }: RetentionSettings,
  clock: Clock,
): RetentionTask {
  return {
    task: 'audit-retention',
    what: 'old entries of the audit log',
    archive: folder,
    everyMs,
    run: (signal, goesOn) => {
      const beforeMs = startOfWholeRetention(clock.now(), period);
      return archiveAudit({ log, noted, folder, beforeMs, clock, signal, goesOn });
    },
  };
}
