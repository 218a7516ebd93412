import { memoryLedger } from './defaults/ledger.ts';
import type { Ledger, RequestRecord, StatsSink } from './ports/index.ts';

/** The latest requests of this process, in a ledger in memory: what they cost, not what was said. */
export class RecentRequests implements StatsSink {
  readonly ledger: Ledger = memoryLedger();
  #count = 0;

  record(record: RequestRecord): void {
    // It is in memory: it is written at once, and refuses nothing.
    void this.ledger.append([{ id: String(this.#count++), record, messages: [] }]);
  }
}
