/** How the writing of records goes, for this process. */
export interface LedgerReport {
  /** Where they go: to a ledger that was given, or the latest of this process into its memory. */
  readonly place: 'ledger' | 'memory';
  /** `away`: it does not take them, and they wait. */
  readonly state: 'well' | 'away';
  /** Requests are turned away meanwhile: answers may not end without their record. */
  readonly refusesRequests: boolean;
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
  /** Times that writing failed, and why the last time, in a word: the log has the rest. */
  readonly failed: number;
  readonly lastError: string | undefined;
  /** By how much counters of budgets were found to differ from the ledger, in nano-dollars. */
  readonly budgetDriftNanoUsd: number;
}
