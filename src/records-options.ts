import type { DisconnectPolicy } from './parts.ts';

/** How records reach the ledger, and what is kept. */
export interface RecordsOptions {
  /**
   * `batched`: an answer ends when it ends, and its record is durable a moment later. `acknowledged`: the last byte or
   * item of an answer goes out when its record is durable.
   * @default 'batched'
   */
  readonly durability?: 'batched' | 'acknowledged';
  /** How long an acknowledged answer waits for its record. @default 2000 */
  readonly acknowledgeWithinMs?: number;
  /**
   * What becomes of it then. `refuse`: it does not end well (`ledger_unavailable`), and while the ledger is away no
   * answer is begun. `deliver`: it ends all the same, which is counted and logged.
   * @default 'refuse'
   */
  readonly whenUnacknowledged?: 'refuse' | 'deliver';
  /** How long the first record of a batch waits for others; 0 writes at once. @default 10 */
  readonly everyMs?: number;
  /** Records that may wait for the ledger. @default 100000 */
  readonly maxQueued?: number;
  /** Memory they may take, roughly. @default 67108864 (64 MiB) */
  readonly maxQueuedBytes?: number;
  /**
   * What becomes of a record there is no room for. `drop`: it is lost, and counted. `block`: the end of its answer
   * waits for room, for `blockWithinMs`; then it is lost.
   * @default 'drop'
   */
  readonly whenFull?: 'drop' | 'block';
  /** @default 5000 */
  readonly blockWithinMs?: number;
  /** Whether what was said is kept, beside what it cost. @default true with a `ledger`, else false */
  readonly messages?: boolean;
  /**
   * What an answer is charged that its caller left in the middle. `reported`: what its provider had told by then.
   * `delivered`: else what was counted of what came. `none`: nothing. `drain`: the hub reads it to its end, within
   * `drainWithinMs`, for what the provider tells there.
   * @default 'delivered'
   */
  readonly disconnect?: DisconnectPolicy;
  /** @default 60000 */
  readonly drainWithinMs?: number;
}
