import type { Clock, Logger } from '../ports/index.ts';
import type { ArchiveReport } from './archive-entries.ts';
import { RepeatedTask } from './repeated-task.ts';
import { storageError } from './storage-error.ts';
import type { TaskOwner } from './task-owner.ts';

/** What is kept for so long, and where the rest goes. */
export interface RetentionTask {
  /** The name under which one of many hubs takes it on. */
  readonly task: string;
  /** What goes, as the log calls it: `old conversations`. */
  readonly what: string;
  /** The folder of the archive. */
  readonly archive: string;
  /** How often it is looked for what is old, in milliseconds. */
  readonly everyMs: number;
  /** @param goesOn to be called before each step: it rejects where somebody else does this now. */
  run(signal: AbortSignal, goesOn: () => Promise<void>): Promise<ArchiveReport>;
}

/** A hub that dies in the middle keeps others from going on for as long. */
const CLAIM_MS = 300_000;
/** A start has better things to do. */
const FIRST_MS = 60_000;

/** Puts what is too old into the archive, by itself, from time to time. What goes wrong is logged, and tried again. */
export class Retention {
  readonly #settings: RetentionTask;
  readonly #owner: TaskOwner;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #task: RepeatedTask;
  #claimedMs = -Infinity;

  constructor(settings: RetentionTask, owner: TaskOwner, { clock, logger }: { clock: Clock; logger: Logger }) {
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
    const { what, archive: folder, everyMs } = this.#settings;
    try {
      if (!(await this.#isMine())) return everyMs;
      const goesOn = async (): Promise<void> => {
        if (!(await this.#isMine())) throw new Error('another process does this now');
      };
      const report = await this.#settings.run(signal, goesOn);
      if (report.archives > 0) this.#logger.info({ ...report, folder }, `${what} were archived`);
    } catch (cause) {
      if (!signal.aborted) {
        const error = storageError(`There are ${what} that cannot be archived`, cause);
        this.#logger.error({ folder, cause: error }, `${what} could not be archived; it is tried again`);
      }
    }
    return everyMs;
  }

  /** Asks again when half of the time is over. */
  async #isMine(): Promise<boolean> {
    const now = this.#clock.elapsed();
    if (now - this.#claimedMs < CLAIM_MS / 2) return true;
    if (!(await this.#owner.claim(this.#settings.task, CLAIM_MS))) return false;
    this.#claimedMs = now;
    return true;
  }
}
