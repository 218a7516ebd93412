import type { AuditArchive } from './data/archive-audit.ts';
import type { ArchivableLedger } from './data/archive-expired.ts';
import { auditRetention } from './data/audit-retention.ts';
import { BackupSchedule, type BackupSettings } from './data/backup-schedule.ts';
import { ledgerRetention, type RetentionSettings } from './data/ledger-retention.ts';
import { Retention } from './data/retention.ts';
import { TaskOwner } from './data/task-owner.ts';
import type { AuditLog, Clock, Ledger, Logger } from './ports/index.ts';
import type { Audit } from './request-audit.ts';

/** What a hub does for what it keeps by itself. */
interface Wanted {
  /** Asked which of the hubs that share it does what is to be done once. */
  readonly ledger?: Ledger | undefined;
  readonly retention: RetentionSettings | undefined;
  readonly backups?: BackupSettings | undefined;
  readonly audit: { readonly retention: RetentionSettings | undefined };
}

/** Parts of the hub it works with. */
interface KeepingParts {
  readonly lasting: { readonly clock: Clock; readonly logger: Logger };
  readonly audit: Pick<Audit, 'change'>;
  readonly auditLog: AuditLog;
}

/** Keeps what is in a database: takes out what is old, and makes backups, until it is closed. */
export class Keeping {
  readonly backups: BackupSchedule | undefined;
  readonly #retentions: readonly Retention[];

  constructor({ ledger, retention, backups, audit: wanted }: Wanted, { lasting, audit, auditLog }: KeepingParts) {
    const { clock } = lasting;
    const owner = new TaskOwner(ledger, clock);
    this.backups = backups && new BackupSchedule(backups, owner, lasting);
    const tasks = [
      retention && isArchivable(ledger) ? ledgerRetention(ledger, retention, clock) : undefined,
      wanted.retention && auditRetention({ log: auditLog, noted: notedIn(audit) }, wanted.retention, clock),
    ];
    this.#retentions = tasks.flatMap((task) => (task ? [new Retention(task, owner, lasting)] : []));
  }

  /** Breaks off what is under way, so that it can be taken up again. */
  async close(): Promise<void> {
    await Promise.allSettled([this.backups?.close(), ...this.#retentions.map((one) => one.close())]);
  }
}

/** Whether things can be taken out of a ledger. */
export function isArchivable(ledger: Ledger | undefined): ledger is ArchivableLedger {
  return ledger?.expired !== undefined && ledger.remove !== undefined;
}

/** What is taken out of the audit log stands there, with all that tells its archive from every other. */
function notedIn(audit: Pick<Audit, 'change'>) {
  return ({ manifest }: AuditArchive, remove: () => Promise<void>): Promise<void> => {
    const { file, month, entries, after, last, bytes, sha256 } = manifest;
    const archived = { month, entries, follows: after, last, bytes, sha256 };
    return audit.change({ action: 'audit.archive', target: file, by: undefined, after: archived }, remove);
  };
}
