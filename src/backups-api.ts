import type { BackupControl } from './backup-control.ts';
import type { Backup } from './data/backup-folder.ts';
import type { Gateway } from './gateway.ts';
import type { Permission } from './permissions.ts';

/** `hub.backups`: copies of the database that can be restored. */
export class Backups implements BackupControl {
  readonly #gateway: Gateway;

  constructor(gateway: Gateway) {
    this.#gateway = gateway;
  }

  /**
   * All there are, the newest first.
   * @throws NexusError `operation_unsupported`, `forbidden`, `storage_failed`
   */
  async list(): Promise<readonly Backup[]> {
    return (await this.#control('backups.read')).list();
  }

  /**
   * Makes one now. Resolves when it was read again as a whole and is on the disk.
   * @throws NexusError `conflict` while one is made, `operation_unsupported`, `forbidden`, `storage_failed`
   */
  async create(): Promise<Backup> {
    return (await this.#control('backups.write')).create();
  }

  /**
   * Reads a whole backup again, and remembers what is wrong with it: its `problem`.
   * @throws NexusError `not_found`, `operation_unsupported`, `forbidden`, `storage_failed`
   */
  async verify(name: string): Promise<Backup> {
    return (await this.#control('backups.write')).verify(name);
  }
  async #control(permission: Permission): Promise<BackupControl> {
    return this.#gateway.backupsFor(await this.#gateway.authorize({ via: 'process' }, permission));
  }
}
