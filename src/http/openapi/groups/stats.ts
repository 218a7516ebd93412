import { z } from 'zod';
import { USAGE_GROUPS } from '../../../ledger-query.ts';
import { named } from '../components.ts';
import type { Operations } from '../operation.ts';
import { RANGE } from '../parameters.ts';

const { strictObject, literal, string, number, array, boolean } = z;

/** Tokens that were used. */
export const tokens = named(
  'Tokens',
  strictObject({ prompt: number(), completion: number(), total: number(), cached: number(), reasoning: number() }),
);
const totals = {
  requests: number(),
  attempts: number(),
  outcomes: strictObject({ ok: number(), error: number(), aborted: number(), partial: number() }),
  unmeasured: number(),
  cost_nano_usd: number(),
  unpriced: number(),
  cache_hits: number(),
  saved_tokens: number(),
  saved_nano_usd: number(),
};
const state = z.enum(['well', 'away']);
const cache = strictObject({
  state,
  scope: z.enum(['caller', 'hub']),
  hits: number(),
  misses: number(),
  kept: number(),
  damaged: number(),
  entries: number().nullable(),
  bytes: number().nullable(),
});
const ledger = strictObject({
  state,
  away_since: number().nullable(),
  queued: number(),
  queued_bytes: number(),
  oldest_waiting_ms: number(),
  written: number(),
  dropped: number(),
  refused: number(),
  unacknowledged: number(),
  failed: number(),
  last_error: string().nullable(),
});
const present = {
  in_flight: number(),
  shed: number(),
  scope: strictObject({
    sums: z.enum(['ledger', 'process']),
    live: z.enum(['all', 'process']),
    processes: number(),
  }),
  cache: cache.nullable(),
  ledger,
};
const sums = strictObject({ total_conversations: number(), tokens_usage: tokens, ...totals });
const stats = named('Stats', strictObject({ ...sums.shape, active_sessions: number(), ...present }));
const live = named(
  'LiveStats',
  strictObject({
    at: number(),
    // Until the ledger has answered once there are no sums.
    ...sums.partial().shape,
    active_sessions: number(),
    ...present,
    is_current: boolean(),
    per_second: strictObject({ requests: number(), failed: number(), tokens: number(), cost_nano_usd: number() }),
  }),
);

const percentile = number().nullable();
const percentiles = strictObject({
  count: number(),
  p50: percentile,
  p90: percentile,
  p95: percentile,
  p99: percentile,
});
const row = named(
  'UsageRow',
  strictObject({
    model: string().nullish(),
    provider: string().nullish(),
    key: string().nullish(),
    hour: string().nullish(),
    day: string().nullish(),
    tokens,
    ...totals,
    latency_ms: percentiles,
    first_content_ms: percentiles,
  }),
);
const rows = named('UsageRowList', strictObject({ object: literal('list'), data: array(row), has_more: boolean() }));

/** Figures. */
export const STATS: Operations = {
  'GET /stats': { id: 'getStats', summary: 'Figures of the hub', query: RANGE, answer: { json: stats } },
  'GET /stats/usage': {
    id: 'listUsage',
    summary: 'Usage by model, provider, key and time',
    query: { group_by: { type: 'array', items: { enum: USAGE_GROUPS } }, ...RANGE },
    answer: { json: rows },
  },
  'GET /stats/live': {
    id: 'watchStats',
    summary: 'Figures as they change, once a second',
    answer: { events: live },
  },
};
