/** How the writing of records goes, for this process. */
export interface LedgerReport {
  /** `away`: it does not take them, and they wait. */
  readonly state: 'well' | 'away';
  /** Since when it is away, in Unix milliseconds. */
  readonly awaySinceMs: number | undefined;
  /** Records that wait, the memory they take, and for how long the first of them has. */
  readonly queued: number;
  readonly queuedBytes: number;
  readonly oldestWaitingMs: number;
  readonly written: number;
  /** Records lost: there was no room for them while they waited, or no time when the hub closed. */
  readonly dropped: number;
  /** Records lost: the ledger took others, but not these. */
  readonly refused: number;
  /** Answers whose end did not wait any longer for their record: see `records.whenUnacknowledged`. */
  readonly unacknowledged: number;
  /** Times that writing failed, and what was said the last time. */
  readonly failed: number;
  readonly lastError: string | undefined;
  /** By how much counters of budgets were found to differ from the ledger, in nano-dollars. */
  readonly budgetDriftNanoUsd: number;
}
