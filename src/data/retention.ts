import type { Clock, Logger } from '../ports/index.ts';
import { type ArchivableLedger, archiveExpired } from './archive-expired.ts';
import { RepeatedTask } from './repeated-task.ts';
import { type RetentionPeriod, startOfRetention } from './retention-period.ts';
import { storageError } from './storage-error.ts';
import type { TaskOwner } from './task-owner.ts';

/** What a ledger keeps, and where the rest goes. */
export interface RetentionSettings {
  readonly ledger: ArchivableLedger;
  readonly period: RetentionPeriod;
  /** The folder of the archive. */
  readonly archive: string;
  /** How often it is looked for what is old, in milliseconds. */
  readonly everyMs: number;
}

const TASK = 'retention';
/** A hub that dies in the middle keeps others from going on for as long. */
const CLAIM_MS = 300_000;
/** A start has better things to do. */
const FIRST_MS = 60_000;

/** Puts what is too old into the archive, by itself, from time to time. What goes wrong is logged, and tried again. */
export class Retention {
  readonly #settings: RetentionSettings;
  readonly #owner: TaskOwner;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #task: RepeatedTask;
  #claimedMs = -Infinity;

  constructor(settings: RetentionSettings, owner: TaskOwner, { clock, logger }: { clock: Clock; logger: Logger }) {
    this.#settings = settings;
    this.#owner = owner;
    this.#clock = clock;
    this.#logger = logger;
    this.#task = new RepeatedTask(clock, Math.min(FIRST_MS, settings.everyMs), (signal) => this.#run(signal));
  }

  /** Stops after the step it is in. The next start goes on from there. */
  close(): Promise<void> {
    return this.#task.close();
  }

  async #run(signal: AbortSignal): Promise<number> {
    const { ledger, period, archive: folder, everyMs } = this.#settings;
    const clock = this.#clock;
    try {
      if (!(await this.#isMine())) return everyMs;
      const beforeMs = startOfRetention(clock.now(), period);
      const goesOn = async (): Promise<void> => {
        if (!(await this.#isMine())) throw new Error('Another process archives this ledger now.');
      };
      const report = await archiveExpired({ ledger, folder, beforeMs, clock, signal, goesOn });
      if (report.archives > 0) this.#logger.info({ ...report, folder }, 'old conversations were archived');
    } catch (cause) {
      if (!signal.aborted) {
        const error = storageError('The ledger cannot be archived', cause);
        this.#logger.error({ folder, cause: error }, 'old conversations could not be archived; it is tried again');
      }
    }
    return everyMs;
  }

  /** Asks again when half of the time is over. */
  async #isMine(): Promise<boolean> {
    const now = this.#clock.elapsed();
    if (now - this.#claimedMs < CLAIM_MS / 2) return true;
    if (!(await this.#owner.claim(TASK, CLAIM_MS))) return false;
    this.#claimedMs = now;
    return true;
  }
}
