import type { Clock } from '../ports/clock.ts';
import type { LedgerEntry } from '../ports/ledger.ts';
import type { Logger } from '../ports/logger.ts';
import { wordOf } from './word-of.ts';

/** Knows how the writing goes, counts what goes wrong, and tells of each change once, however often it fails between. */
export class LedgerHealth {
  readonly #clock: Clock;
  readonly #logger: Logger;
  awaySinceMs: number | undefined;
  written = 0;
  dropped = 0;
  refused = 0;
  unacknowledged = 0;
  failed = 0;
  lastError: string | undefined;
  /** Records lost since there is no room, and answers that were not acknowledged since it is away. */
  #lost = 0;
  #missed = 0;

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock;
    this.#logger = logger;
  }

  /** An append failed, and it is not an entry's fault as far as anybody knows. */
  fails(cause: unknown): void {
    this.failed++;
    this.lastError = wordOf(cause);
    if (this.awaySinceMs !== undefined) return;
    this.awaySinceMs = this.#clock.now();
    this.#logger.warn({ cause }, 'the ledger does not take records: they wait, and are tried again');
  }

  /** Something was written. */
  writes(count: number): void {
    this.written += count;
    if (this.awaySinceMs === undefined) return;
    const forMs = this.#clock.now() - this.awaySinceMs;
    this.awaySinceMs = undefined;
    this.#missed = 0;
    this.#logger.warn({ forMs }, 'the ledger takes records again');
  }

  /** Nothing is lost any more. */
  hasRoom(): void {
    if (this.#lost > 0)
      this.#logger.warn({ lost: this.#lost }, 'there is room for records again: so many were lost for want of it');
    this.#lost = 0;
  }

  /** There is no room for a record. */
  loses(): void {
    this.dropped++;
    if (this.#lost++ === 0) this.#logger.error({}, 'no more records can wait for the ledger: what comes now is lost');
  }

  /** The hub has closed, and these were not written. */
  leaves(count: number): void {
    this.dropped += count;
    this.#logger.error({ lost: count }, 'the hub closed before the ledger took all records: the rest is lost');
  }

  /** The ledger does not take this one. */
  refuses({ id, record: { requestId } }: LedgerEntry, cause: unknown): void {
    this.refused++;
    this.#logger.error(
      { entryId: id, requestId, cause },
      'the ledger refuses a record, while it takes others: it is lost',
    );
  }

  /** An answer did not wait any longer. */
  misses(): void {
    this.unacknowledged++;
    if (this.#missed++ === 0)
      this.#logger.error({}, 'answers are not acknowledged: the ledger does not take their records in time');
  }
}
