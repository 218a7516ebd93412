import { NexusError } from '../errors.ts';
import type { Clock, DatabaseBackup, Logger } from '../ports/index.ts';
import { type Backup, BackupFolder } from './backup-folder.ts';
import { RepeatedTask } from './repeated-task.ts';
import { isWantOfRoom } from './storage-error.ts';
import type { TaskOwner } from './task-owner.ts';

/** Which database is copied where, how often, and how many copies are kept. */
export interface BackupSettings {
  readonly database: DatabaseBackup;
  readonly folder: string;
  /** Milliseconds from one to the next. `off`: only when somebody asks. */
  readonly everyMs: number | 'off';
  readonly keep: number;
}

const TASK = 'backup';
/** When to look again where it did not work, or where another hub does it. */
const AGAIN_MS = 300_000;
/** A start has better things to do. */
const FIRST_MS = 10_000;

/** Makes backups, one at a time: when they are due, by one of all hubs that share a ledger, and when somebody asks. */
export class BackupSchedule {
  readonly #settings: BackupSettings;
  readonly #owner: TaskOwner;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #folder: BackupFolder;
  readonly #task: RepeatedTask | undefined;
  readonly #end = new AbortController();
  #running: Promise<unknown> | undefined;

  constructor(settings: BackupSettings, owner: TaskOwner, { clock, logger }: { clock: Clock; logger: Logger }) {
    const { database, folder, everyMs } = settings;
    this.#settings = settings;
    this.#owner = owner;
    this.#clock = clock;
    this.#logger = logger;
    this.#folder = new BackupFolder(database, folder, () => clock.now());
    if (everyMs !== 'off') {
      const first = Math.min(FIRST_MS, everyMs);
      this.#task = new RepeatedTask(clock, first, async () => Math.min(await this.#makeDue(everyMs), everyMs));
    }
  }

  /** All there are, the newest first. */
  list(): Promise<readonly Backup[]> {
    return this.#folder.list();
  }

  /** Reads a whole backup again. */
  verify(name: string): Promise<Backup> {
    return this.#folder.verify(name, this.#end.signal);
  }

  /**
   * Makes one now, and removes those that are too many then.
   * @throws NexusError `conflict` while one is made
   */
  async create(): Promise<Backup> {
    if (this.#running) throw new NexusError('conflict', 'A backup is being made. The list shows it when it is done.');
    const making = this.#make();
    this.#running = making;
    try {
      return await making;
    } finally {
      this.#running = undefined;
    }
  }

  /** Breaks off what is under way; what was written of it is removed. */
  async close(): Promise<void> {
    this.#end.abort();
    await Promise.allSettled([this.#running, this.#task?.close()]);
  }

  async #make(): Promise<Backup> {
    const { folder, keep } = this.#settings;
    const from = this.#clock.elapsed();
    const backup = await this.#folder.create({ signal: this.#end.signal });
    const { name, bytes } = backup;
    this.#logger.info({ name, bytes, folder, ms: this.#clock.elapsed() - from }, 'a backup was made and checked');
    await this.#folder.prune(keep).catch((cause: unknown) => {
      this.#logger.warn({ folder, cause }, 'old backups could not be removed');
    });
    return backup;
  }

  /** Resolves with how long to wait before it is looked again. */
  async #makeDue(everyMs: number): Promise<number> {
    if (this.#running) return AGAIN_MS;
    try {
      const [newest] = await this.#folder.list();
      const waitMs = newest ? newest.createdAtMs + everyMs - this.#clock.now() : 0;
      if (waitMs > 0) return waitMs;
      if (!(await this.#owner.claim(TASK, everyMs))) return AGAIN_MS;
      await this.create();
      return everyMs;
    } catch (cause) {
      if (this.#end.signal.aborted) await this.#owner.claim(TASK, 0).catch(() => undefined);
      else this.#tell(cause);
      return AGAIN_MS;
    }
  }

  #tell(cause: unknown): void {
    const { folder } = this.#settings;
    if (isWantOfRoom(cause)) this.#logger.warn({ folder, cause }, 'a backup was skipped: there is no room for it');
    else this.#logger.error({ folder, cause }, 'a backup could not be made; it is tried again');
  }
}
