import type { LedgerReport } from './bookkeeping/ledger-report.ts';
import type { CacheReport } from './cache-report.ts';
import type { QuotaState } from './defaults/guarded-quota.ts';
import type { MemoryStats, StatsSnapshot } from './defaults/stats.ts';
import type { Parts } from './parts.ts';
import type { LiveTotals } from './ports/live-counters.ts';
import type { TokenAccuracy } from './token-audit.ts';

/** What the hub has done and is doing. */
export interface HubStats extends StatsSnapshot {
  /** Conversations with a request within the idle window. */
  readonly activeSessions: number;
  /** Requests in the hub now. */
  readonly inFlight: number;
  /**
   * Figures of all processes, where they share `liveCounters`. `undefined`: they do not, or it has not answered lately.
   */
  readonly shared: LiveTotals | undefined;
  /** Requests turned away because the hub had too much to do. They are not in the other counts. */
  readonly shed: number;
  /** How limits are counted: for this process, for all that share a quota, or without the quota, which is away. */
  readonly quota: QuotaState;
  /**
   * How well the hub's own counts of tokens fit what providers reported, by the model's name: over the last answers that
   * were compared (`tokens.check`). Counts are used only where a provider reports nothing.
   */
  readonly tokenAccuracy: Readonly<Record<string, TokenAccuracy>>;
  /** How answers are kept. `undefined`: none are. */
  readonly cache: CacheReport | undefined;
  /** How the writing of records goes. */
  readonly ledger: LedgerReport;
}

/** What a hub does and has done, at this moment. */
export function hubStatsOf(
  sums: Pick<MemoryStats, 'snapshot'>,
  parts: Parts,
  { shed }: { readonly shed: number },
): HubStats {
  const { sessions, visits, quotaState, tokenAudit, shelves, books, live } = parts;
  return {
    ...sums.snapshot(),
    activeSessions: sessions.active(),
    inFlight: visits.size,
    shed,
    shared: live?.totals(),
    quota: quotaState(),
    tokenAccuracy: tokenAudit.accuracy(),
    cache: shelves?.report(),
    ledger: books.report(),
  };
}
