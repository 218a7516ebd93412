import type { LedgerReport } from '../bookkeeping/ledger-report.ts';
import type { CacheReport } from '../cache-report.ts';
import type { LiveStats } from '../live-stats.ts';
import type { HubStats } from '../hub-stats.ts';
import type { LedgerSummary, LedgerTokens, LedgerTotals, Percentiles, UsageRow } from '../ports/index.ts';

/** Sums as the API shows them; money in nano-dollars. */
function totalsBody({
  requests,
  attempts,
  outcomes,
  unmeasured,
  costNanoUsd,
  unpriced,
  ...cache
}: LedgerTotals): object {
  const { cacheHits, savedTokens, savedNanoUsd } = cache;
  return {
    requests,
    attempts,
    outcomes,
    unmeasured,
    cost_nano_usd: costNanoUsd,
    unpriced,
    cache_hits: cacheHits,
    saved_tokens: savedTokens,
    saved_nano_usd: savedNanoUsd,
  };
}

/** Tokens as the API shows them. */
export function tokensBody({ prompt, completion, total, cached, reasoning }: LedgerTokens): object {
  return { prompt, completion, total, cached, reasoning };
}

/** `GET /stats`: what is in the ledger, and what this process does at the moment. */
export function statsBody(summary: LedgerSummary, now: HubStats): object {
  return {
    total_conversations: summary.conversations,
    active_sessions: activeSessionsIn(now),
    tokens_usage: tokensBody(summary.tokens),
    ...totalsBody(summary),
    ...presentBody(now),
  };
}

/** What is done now, whose figures these are, and how the writing of records goes. */
function presentBody(now: HubStats): object {
  const { inFlight, shed } = now.shared ?? now;
  return {
    in_flight: inFlight,
    shed,
    scope: scopeBody(now),
    cache: cacheBody(now.cache),
    ledger: ledgerBody(now.ledger),
  };
}

/** Whether sums are those of a ledger, and live figures those of all processes, or of this one alone. */
function scopeBody({ ledger, shared }: HubStats): object {
  return {
    sums: ledger.place === 'ledger' ? 'ledger' : 'process',
    live: shared ? 'all' : 'process',
    processes: shared?.processes ?? 1,
  };
}

/** `null` where no answers are kept. */
function cacheBody(cache: CacheReport | undefined): object | null {
  if (!cache) return null;
  const { state, scope, hits, misses, kept, damaged, entries, bytes } = cache;
  return { state, scope, hits, misses, kept, damaged, entries: entries ?? null, bytes: bytes ?? null };
}

function ledgerBody(ledger: LedgerReport): object {
  return {
    state: ledger.state,
    away_since: ledger.awaySinceMs === undefined ? null : ledger.awaySinceMs / 1000,
    queued: ledger.queued,
    queued_bytes: ledger.queuedBytes,
    oldest_waiting_ms: Math.round(ledger.oldestWaitingMs),
    written: ledger.written,
    dropped: ledger.dropped,
    refused: ledger.refused,
    unacknowledged: ledger.unacknowledged,
    failed: ledger.failed,
    last_error: ledger.lastError ?? null,
  };
}

function activeSessionsIn({ shared, activeSessions }: HubStats): number {
  return shared?.activeSessions ?? activeSessions;
}

/** One event of `GET /stats/live`. */
export function liveBody({ atMs, summary, isCurrent, now, perSecond }: LiveStats): object {
  return {
    at: atMs / 1000,
    ...(summary ? statsBody(summary, now) : { active_sessions: activeSessionsIn(now), ...presentBody(now) }),
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
