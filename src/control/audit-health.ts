import { wordOf } from '../bookkeeping/word-of.ts';
import type { Clock, Logger } from '../ports/index.ts';

/** Knows whether the log takes entries, counts those that are lost, and tells of each change once. */
export class AuditHealth {
  readonly #clock: Clock;
  readonly #logger: Logger;
  awaySinceMs: number | undefined;
  written = 0;
  lost = 0;
  lastError: string | undefined;
  /** Lost since the log was last told of it. */
  #untold = 0;

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock;
    this.#logger = logger;
  }

  fails(cause: unknown): void {
    this.lastError = wordOf(cause);
    if (this.awaySinceMs !== undefined) return;
    this.awaySinceMs = this.#clock.now();
    this.#logger.error({ cause }, 'the audit log takes no entries: they wait, and are tried again');
  }

  writes(count: number): void {
    this.written += count;
    if (this.awaySinceMs === undefined) return;
    const forMs = this.#clock.now() - this.awaySinceMs;
    this.awaySinceMs = undefined;
    this.#logger.warn({ forMs, lost: this.#untold }, 'the audit log takes entries again');
  }

  loses(): void {
    this.lost++;
    if (this.#untold++ === 0)
      this.#logger.error({}, 'no more entries can wait for the audit log: what comes now is lost');
  }

  /** There is no entry to be made of something. */
  cannotTell(cause: unknown): void {
    this.lost++;
    this.#untold++;
    this.#logger.error({ cause }, 'an entry of the audit log could not be made: it is lost');
  }

  /** The hub has closed, and these were not written. */
  leaves(count: number): void {
    this.lost += count;
    this.#logger.error({ lost: count }, 'the hub closed before the audit log took all entries: the rest is lost');
  }

  /** How many were lost that the log has not been told of; it is from now on. */
  takeUntold(): number {
    const untold = this.#untold;
    this.#untold = 0;
    return untold;
  }
}
