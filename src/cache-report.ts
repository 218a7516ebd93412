/** How answers are kept, and what that was good for since the hub started. */
export interface CacheReport {
  /** `away`: the cache does not answer, and every answer is asked for. */
  readonly state: 'well' | 'away';
  readonly scope: 'caller' | 'hub';
  /** Requests that were answered from it. */
  readonly hits: number;
  /** Requests it had no answer for. */
  readonly misses: number;
  /** Answers that were put into it. */
  readonly kept: number;
  /** Entries nobody could read: they counted as misses. */
  readonly damaged: number;
  /** How much is kept. Absent: the cache does not tell. */
  readonly entries?: number;
  readonly bytes?: number;
}
