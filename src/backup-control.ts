import type { Backup } from './data/backup-folder.ts';
import type { BackupSchedule } from './data/backup-schedule.ts';
import { NexusError } from './errors.ts';
import type { Actor, Audit } from './request-audit.ts';

/** The backups of a hub as whoever runs it sees and makes them. */
export interface BackupControl {
  /**
   * All there are, the newest first.
   * @throws NexusError `storage_failed`
   */
  list(): Promise<readonly Backup[]>;
  /**
   * Makes one now. Resolves when it was read again and is on the disk.
   * @throws NexusError `conflict` while one is made, `storage_failed`, `audit_unavailable`
   */
  create(): Promise<Backup>;
  /**
   * Reads a whole backup again. What is wrong with it is its `problem`.
   * @throws NexusError `not_found`, `storage_failed`
   */
  verify(name: string): Promise<Backup>;
}

/**
 * The backups of a hub, for a caller that may see or make them; the audit log tells who made one.
 * @throws NexusError `operation_unsupported` where it makes none.
 */
export function backupControlFor(actor: Actor, backups: BackupSchedule | undefined, audit: Audit): BackupControl {
  if (backups)
    return {
      list: () => backups.list(),
      create: () => audit.change({ action: 'backups.create', target: 'backups', by: actor }, () => backups.create()),
      verify: (name) => backups.verify(name),
    };
  throw new NexusError('operation_unsupported', 'This hub makes no backups. Set its option "backups".');
}
