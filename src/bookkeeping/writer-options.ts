import type { QueueBounds } from './write-queue.ts';

/** How records are written. */
export interface WriterOptions extends QueueBounds {
  /**
   * `batched`: an answer ends when it ends, and its record is written a moment later. `acknowledged`: it ends when its
   * record is written.
   */
  readonly durability: 'batched' | 'acknowledged';
  /** How long the first record of a batch waits for others. */
  readonly everyMs: number;
  /** `drop`: a record there is no room for is lost, and counted. `block`: the end of its answer waits for room. */
  readonly whenFull: 'drop' | 'block';
  /** How long it waits; then its record is lost. */
  readonly blockWithinMs: number;
  /** How long the end of an acknowledged answer waits for its record. */
  readonly acknowledgeWithinMs: number;
  /** What becomes of it then: the error `ledger_unavailable`, or its end all the same. */
  readonly whenUnacknowledged: 'refuse' | 'deliver';
}
