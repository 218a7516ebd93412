import type { LiveStats } from '../live-stats.ts';
import type { HubStats } from '../hub-stats.ts';
import type { LedgerSummary, LedgerTokens, LedgerTotals, Percentiles, UsageRow } from '../ports/index.ts';

/** Sums as the API shows them; money in nano-dollars. */
function totalsBody({ requests, attempts, outcomes, unmeasured, costNanoUsd, unpriced }: LedgerTotals): object {
  return { requests, attempts, outcomes, unmeasured, cost_nano_usd: costNanoUsd, unpriced };
}

/** Tokens as the API shows them. */
export function tokensBody({ prompt, completion, total, cached, reasoning }: LedgerTokens): object {
  return { prompt, completion, total, cached, reasoning };
}

/** `GET /stats`: what is in the ledger, and what this process does at the moment. */
export function statsBody(summary: LedgerSummary, now: HubStats): object {
  return {
    total_conversations: summary.conversations,
    active_sessions: now.activeSessions,
    tokens_usage: tokensBody(summary.tokens),
    ...totalsBody(summary),
    ...presentBody(now),
  };
}

/** What this process does now. */
function presentBody({ inFlight, shed }: HubStats): object {
  return { in_flight: inFlight, shed };
}

/** One event of `GET /stats/live`. */
export function liveBody({ atMs, summary, isCurrent, now, perSecond }: LiveStats): object {
  return {
    at: atMs / 1000,
    ...(summary ? statsBody(summary, now) : { active_sessions: now.activeSessions, ...presentBody(now) }),
    is_current: isCurrent,
    per_second: {
      requests: perSecond.requests,
      failed: perSecond.failed,
      tokens: perSecond.tokens,
      cost_nano_usd: perSecond.costNanoUsd,
    },
  };
}

/** A row of `GET /stats/usage`. */
export function usageBody(row: UsageRow): object {
  return {
    ...row.group,
    tokens: tokensBody(row.tokens),
    ...totalsBody(row),
    latency_ms: percentilesBody(row.latencyMs),
    first_content_ms: percentilesBody(row.firstContentMs),
  };
}

/** `null` where nothing was measured. */
function percentilesBody({ count, p50, p90, p95, p99 }: Percentiles): object {
  return { count, p50: p50 ?? null, p90: p90 ?? null, p95: p95 ?? null, p99: p99 ?? null };
}
