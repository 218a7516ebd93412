import type { Clock, KeyStore, Logger, Timer } from '../../ports/index.ts';

/** How long uses wait to be written together. */
const WRITE_EVERY_MS = 10_000;

/** Notes when keys are used, and writes that from time to time. What a process has not written when it dies is lost. */
export class LastUses {
  readonly #store: Pick<KeyStore, 'used'>;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #waiting = new Map<string, number>();
  #timer: Timer | undefined;

  constructor(store: Pick<KeyStore, 'used'>, clock: Clock, logger: Logger) {
    this.#store = store;
    this.#clock = clock;
    this.#logger = logger;
  }

  /** A key is used now. */
  note(id: string): void {
    this.#waiting.set(id, this.#clock.now());
    this.#timer ??= this.#clock.schedule(WRITE_EVERY_MS, () => void this.write());
  }

  /** Writes what waits. Never rejects: a use that cannot be written is one that nobody knows of. */
  async write(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#waiting.size === 0) return;
    const uses = this.#waiting;
    this.#waiting = new Map();
    try {
      await this.#store.used(uses);
    } catch (cause) {
      this.#logger.warn({ cause, keys: uses.size }, 'It could not be written when personal keys were last used.');
    }
  }
}
