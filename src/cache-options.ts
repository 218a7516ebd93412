/** How answers are kept, so that the same question need not be paid for twice. */
export interface CacheOptions {
  /** How long an answer is given again. @default 300000 (5 minutes) */
  readonly ttlMs?: number;
  /**
   * Who is given whose answers. `caller`: each key its own. `hub`: all share theirs; then whoever can ask a question can
   * find out whether somebody asked it before.
   * @default 'caller'
   */
  readonly scope?: 'caller' | 'hub';
  /** Answers kept in memory; not for an `answerCache` of your own. @default 10000 */
  readonly maxEntries?: number;
  /** Memory they may take, about; likewise. @default 67108864 (64 MiB) */
  readonly maxBytes?: number;
  /** An answer that is longer is not kept. @default 1048576 (1 MiB) */
  readonly maxEntryBytes?: number;
  /** How long the `answerCache` is waited for; then the answer is asked for anew. @default 20 */
  readonly withinMs?: number;
}
