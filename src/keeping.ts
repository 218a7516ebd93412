import type { ArchivableLedger } from './data/archive-expired.ts';
import { BackupSchedule, type BackupSettings } from './data/backup-schedule.ts';
import { Retention, type RetentionSettings } from './data/retention.ts';
import { TaskOwner } from './data/task-owner.ts';
import type { Clock, Ledger, Logger } from './ports/index.ts';

/** What a hub does for its ledger by itself. */
interface Wanted {
  /** Asked which of the hubs that share it does what is to be done once. */
  readonly ledger?: Ledger | undefined;
  readonly retention: Omit<RetentionSettings, 'ledger'> | undefined;
  readonly backups?: BackupSettings | undefined;
}

/** Keeps what is in a ledger: takes out what is old, and makes backups, until it is closed. */
export class Keeping {
  readonly backups: BackupSchedule | undefined;
  readonly #retention: Retention | undefined;

  constructor({ ledger, retention, backups }: Wanted, parts: { readonly clock: Clock; readonly logger: Logger }) {
    const owner = new TaskOwner(ledger, parts.clock);
    this.backups = backups && new BackupSchedule(backups, owner, parts);
    if (retention && isArchivable(ledger)) this.#retention = new Retention({ ...retention, ledger }, owner, parts);
  }

  /** Breaks off what is under way, so that it can be taken up again. */
  async close(): Promise<void> {
    await Promise.allSettled([this.backups?.close(), this.#retention?.close()]);
  }
}

/** Whether things can be taken out of a ledger. */
export function isArchivable(ledger: Ledger | undefined): ledger is ArchivableLedger {
  return ledger?.expired !== undefined && ledger.remove !== undefined;
}
