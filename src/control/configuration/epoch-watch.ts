import { RepeatedTask } from '../../data/repeated-task.ts';
import { asNexusError } from '../../errors.ts';
import type { Clock, ConfigStore, Logger } from '../../ports/index.ts';

/** How often it is looked whether there is a newer epoch: every process has it in far less than two seconds. */
const LOOK_EVERY_MS = 500;

interface Needs {
  readonly store: ConfigStore;
  /** The number of the epoch in force. */
  readonly current: () => number;
  readonly refresh: () => Promise<void>;
  /** Whether there is something to be done though no epoch is newer. */
  readonly isDue: () => boolean;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Takes over what other processes put in force. One line of log for each change of how that goes. */
export class EpochWatch {
  readonly #needs: Needs;
  #task: RepeatedTask | undefined;
  #behind: string | undefined;

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  /** Why the newest epoch is not in force here. */
  get behind(): string | undefined {
    return this.#behind;
  }

  start(): void {
    this.#task ??= new RepeatedTask(this.#needs.clock, LOOK_EVERY_MS, async () => {
      await this.#look();
      return LOOK_EVERY_MS;
    });
  }

  async close(): Promise<void> {
    await this.#task?.close();
  }

  async #look(): Promise<void> {
    const { store, current, refresh, isDue, logger } = this.#needs;
    try {
      if (isDue() || (await store.newest()) > current()) await refresh();
      if (this.#behind !== undefined)
        logger.info({ event: 'config_caught_up', epoch: current() }, 'the newest configuration is in force again');
      this.#behind = undefined;
    } catch (cause) {
      this.fails(cause);
    }
  }

  /** It could not be taken over. */
  fails(cause: unknown): void {
    const { current, logger } = this.#needs;
    const { message } = asNexusError(cause);
    if (this.#behind !== message)
      logger.error(
        { event: 'config_behind', epoch: current(), cause },
        'the newest configuration cannot be taken over; the one before stays',
      );
    this.#behind = message;
  }
}
