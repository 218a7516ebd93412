/** What a process has counted since it started, as whole numbers. None of them ever falls. */
export interface LiveCounts {
  readonly requests: number;
  /** Of them those that ended with an error, or in the middle. */
  readonly failed: number;
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly totalTokens: number;
  /** What was priced, in nano-dollars. */
  readonly costNanoUsd: number;
}

/** What a process has to do. */
export interface LiveLoad {
  /** Requests in it now. */
  readonly inFlight: number;
  /** Requests it has turned away since it started. */
  readonly shed: number;
}

/** A conversation that was seen. */
export interface SeenSession {
  /** Any text; the same from every process. */
  readonly name: string;
  /** When somebody asked in it, in Unix milliseconds. `undefined`: it was ended. */
  readonly atMs: number | undefined;
}

/** What a process tells of itself. */
export interface LiveReport {
  /** Another text for each start of a process. */
  readonly process: string;
  /** So long it counts as running, unless it reports again. 0: it ends. */
  readonly lastsMs: number;
  /** All that it has counted. */
  readonly counts: LiveCounts;
  /** What of that was counted when it last had an answer: for counters that have lost what they knew of this process. */
  readonly counted: LiveCounts;
  readonly load: LiveLoad;
  /** Conversations that were seen since. */
  readonly sessions: readonly SeenSession[];
  /** Unix milliseconds, by the clock of whoever reports, and how long a conversation may be idle. */
  readonly nowMs: number;
  readonly idleMs: number;
}

/** Figures of all processes together: counts of all that ever reported, and the load of those that run. */
export interface LiveTotals extends LiveCounts, LiveLoad {
  /** Processes that run. */
  readonly processes: number;
  /** Conversations that somebody asked in within their idle time, each counted once. */
  readonly activeSessions: number;
}

/**
 * What all processes together do at the moment. Nothing is billed by it: that is the ledger's.
 *
 * No request waits for it, and it may reject: whoever reports does so again, with all that is new.
 */
export interface LiveCounters {
  /**
   * Takes a report and answers with the figures of all, in one atomic step. A report that comes twice, or after a later
   * one of the same process, counts nothing twice.
   */
  report(report: LiveReport): LiveTotals | Promise<LiveTotals>;
  /** Gives back what it holds. */
  close?(): void | Promise<void>;
}
