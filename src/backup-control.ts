import type { Backup } from './data/backup-folder.ts';
import type { BackupSchedule } from './data/backup-schedule.ts';
import { NexusError } from './errors.ts';

/** The backups of a hub as whoever runs it sees and makes them. */
export interface BackupControl {
  /**
   * All there are, the newest first.
   * @throws NexusError `storage_failed`
   */
  list(): Promise<readonly Backup[]>;
  /**
   * Makes one now. Resolves when it was read again and is on the disk.
   * @throws NexusError `conflict` while one is made, `storage_failed`
   */
  create(): Promise<Backup>;
  /**
   * Reads a whole backup again. What is wrong with it is its `problem`.
   * @throws NexusError `not_found`, `storage_failed`
   */
  verify(name: string): Promise<Backup>;
}

/**
 * The backups of a hub.
 * @throws NexusError `operation_unsupported` where it makes none.
 */
export function backupControlOf(backups: BackupSchedule | undefined): BackupControl {
  if (backups) return backups;
  throw new NexusError('operation_unsupported', 'This hub makes no backups. Set its option "backups".');
}
