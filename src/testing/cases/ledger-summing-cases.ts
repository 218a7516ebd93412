import type { LedgerFilter, UsageRow } from '../../ports/index.ts';
import type { LedgerCheck } from './ledger-samples.ts';
import { allOf, attempt, DAY, entry, expectEqual, HOUR, NOON, tokens } from './ledger-samples.ts';

const failed = {
  outcome: 'error',
  error: 'provider_unavailable',
  usage: undefined,
  usageProvenance: 'absent',
  firstContentMs: undefined,
  costNanoUsd: null,
  priceVersion: undefined,
} as const;

/** What of a row the cases look at. */
function shortOf({ group, requests, attempts, tokens: sums, costNanoUsd }: UsageRow): unknown[] {
  return [...Object.values(group), requests, attempts, sums.total, costNanoUsd];
}

/** Sums, groups, ranges and percentiles. */
export const ledgerSummingCases: Readonly<Record<string, LedgerCheck>> = {
  'several-attempts': {
    lesson: 'K3',
    name: 'every attempt has its line; the request counts once, where it ended',
    check: async (ledger) => {
      const attempts = [
        attempt({ ...failed, providerId: 'a', durationMs: 50 }),
        attempt({ reason: 'next', providerId: 'b', startedAfterMs: 60, usage: tokens(30, 12, 10, 4), costNanoUsd: 7 }),
        attempt({
          reason: 'hedge',
          providerId: 'c',
          startedAfterMs: 70,
          outcome: 'ok',
          usage: tokens(1, 1),
          costNanoUsd: 5,
        }),
      ];
      await ledger.append([entry({ id: 'a', attempts, outcome: 'ok' })]);
      const lines = await allOf(ledger.attempts({}));
      expectEqual(
        'lines',
        lines.map((line) => [line.attempt, line.isLast, line.providerId, line.reason, line.startedAtMs, line.error]),
        [
          [1, false, 'a', 'first', NOON, 'provider_unavailable'],
          [2, false, 'b', 'next', NOON + 60, null],
          [3, true, 'c', 'hedge', NOON + 70, null],
        ],
      );
      expectEqual(
        'how the request ended',
        lines.map((line) => [line.requestOutcome, line.requestDurationMs]),
        [
          [null, null],
          [null, null],
          ['ok', 120],
        ],
      );
      expectEqual('summary', await ledger.summary({}), {
        requests: 1,
        attempts: 3,
        outcomes: { ok: 1, error: 0, aborted: 0, partial: 0 },
        tokens: { prompt: 31, cached: 10, completion: 13, reasoning: 4, total: 44 },
        unmeasured: 1,
        costNanoUsd: 12,
        unpriced: 0,
        cacheHits: 0,
        savedTokens: 0,
        savedNanoUsd: 0,
        conversations: 0,
      });
      expectEqual('by provider', (await ledger.usage({ groupBy: ['provider'] })).map(shortOf), [
        ['a', 0, 1, 0, 0],
        ['b', 0, 1, 42, 7],
        ['c', 1, 1, 2, 5],
      ]);
    },
  },
  groups: {
    name: 'usage is told apart by model, provider, key, hour and day of UTC, and by several together',
    check: async (ledger) => {
      const late = Date.UTC(2026, 0, 15, 23, 59, 59, 999);
      await ledger.append([
        entry({ id: 'a', model: 'x', startedAtMs: late }),
        entry({ id: 'b', model: 'y', startedAtMs: late + 1, attempts: [attempt({ providerId: 'spare' })] }),
        entry({
          id: 'c',
          model: 'x',
          startedAtMs: late + 1,
          callerId: 'other',
          attempts: [attempt({ costNanoUsd: 50 })],
        }),
        entry({ id: 'd', model: 'x', startedAtMs: NOON, callerId: undefined, attempts: [] }),
      ]);
      const by = async (...groupBy: Parameters<typeof ledger.usage>[0]['groupBy'][number][]): Promise<unknown[]> =>
        (await ledger.usage({ groupBy })).map(shortOf);
      expectEqual('all', await by(), [[4, 3, 45, 2_050]]);
      expectEqual('by model', await by('model'), [
        ['x', 3, 2, 30, 1_050],
        ['y', 1, 1, 15, 1_000],
      ]);
      expectEqual('by provider', await by('provider'), [
        [null, 1, 0, 0, 0],
        ['main', 2, 2, 30, 1_050],
        ['spare', 1, 1, 15, 1_000],
      ]);
      expectEqual('by key', await by('key'), [
        [null, 1, 0, 0, 0],
        ['app', 2, 2, 30, 2_000],
        ['other', 1, 1, 15, 50],
      ]);
      expectEqual('by hour', await by('hour'), [
        ['2026-01-15T12:00:00.000Z', 1, 0, 0, 0],
        ['2026-01-15T23:00:00.000Z', 1, 1, 15, 1_000],
        ['2026-01-16T00:00:00.000Z', 2, 2, 30, 1_050],
      ]);
      expectEqual('by day and model', await by('day', 'model'), [
        ['2026-01-15T00:00:00.000Z', 'x', 2, 1, 15, 1_000],
        ['2026-01-16T00:00:00.000Z', 'x', 1, 1, 15, 50],
        ['2026-01-16T00:00:00.000Z', 'y', 1, 1, 15, 1_000],
      ]);
      expectEqual('by model, key and provider', await by('model', 'key', 'provider'), [
        ['x', null, null, 1, 0, 0, 0],
        ['x', 'app', 'main', 1, 1, 15, 1_000],
        ['x', 'other', 'main', 1, 1, 15, 50],
        ['y', 'app', 'spare', 1, 1, 15, 1_000],
      ]);
    },
  },
  ranges: {
    name: 'a range has its beginning and not its end, to the millisecond; one the wrong way round is empty',
    check: async (ledger) => {
      const times = [NOON - 40 * DAY, NOON - HOUR - 1, NOON - HOUR, NOON - 1, NOON, NOON + 1, NOON + 40 * DAY];
      await ledger.append(
        times.map((startedAtMs, place) =>
          entry({ id: `e${String(place)}`, startedAtMs, conversationId: `c${String(place)}`, says: ['x'] }),
        ),
      );
      const ranges: readonly (readonly [filter: LedgerFilter, count: number])[] = [
        [{}, 7],
        [{ fromMs: NOON }, 3],
        [{ toMs: NOON }, 4],
        [{ fromMs: NOON - 1, toMs: NOON }, 1],
        [{ fromMs: NOON, toMs: NOON + 1 }, 1],
        [{ fromMs: NOON - HOUR, toMs: NOON + 1 }, 3],
        [{ fromMs: NOON - HOUR + 1, toMs: NOON + 2 }, 3],
        [{ fromMs: NOON - 50 * DAY, toMs: NOON + 50 * DAY }, 7],
        [{ fromMs: NOON - 39 * DAY, toMs: NOON + 40 * DAY }, 5],
        [{ fromMs: NOON, toMs: NOON }, 0],
        [{ fromMs: NOON + 1, toMs: NOON - 1 }, 0],
        [{ fromMs: NOON + DAY, toMs: NOON + 2 * DAY }, 0],
      ];
      for (const [filter, count] of ranges) {
        const what = JSON.stringify(filter);
        const { requests, conversations } = await ledger.summary(filter);
        expectEqual(`requests in ${what}`, requests, count);
        expectEqual(`conversations counted in ${what}`, conversations, count);
        const rows = await ledger.usage({ ...filter, groupBy: ['hour'] });
        expectEqual(
          `usage in ${what}`,
          rows.reduce((sum, row) => sum + row.requests, 0),
          count,
        );
        expectEqual(`lines in ${what}`, (await allOf(ledger.attempts(filter))).length, count);
        expectEqual(`messages in ${what}`, (await allOf(ledger.messages(filter))).length, count);
        expectEqual(
          `conversations in ${what}`,
          (await ledger.conversations({ ...filter, limit: 10 })).data.length,
          count,
        );
      }
    },
  },
  filters: {
    name: 'a part is of one caller, model or provider, or of several of them at once',
    check: async (ledger) => {
      await ledger.append([
        entry({ id: 'a', conversationId: 'c1', says: ['x'], answers: 'y' }),
        entry({ id: 'b', conversationId: 'c2', says: ['x'], model: 'other' }),
        entry({ id: 'c', conversationId: 'c3', says: ['x'], callerId: 'other' }),
        entry({ id: 'd', conversationId: 'c4', says: ['x'], attempts: [attempt({ providerId: 'other' })] }),
      ]);
      const parts: readonly (readonly [filter: LedgerFilter, ids: readonly string[]])[] = [
        [{ callerId: 'app' }, ['a', 'b', 'd']],
        [{ callerId: 'nobody' }, []],
        [{ model: 'other' }, ['b']],
        [{ providerId: 'main' }, ['a', 'b', 'c']],
        [{ callerId: 'app', model: 'm', providerId: 'main' }, ['a']],
        [{ callerId: 'other', fromMs: NOON + 1 }, []],
      ];
      for (const [filter, ids] of parts) {
        const what = JSON.stringify(filter);
        const lines = await allOf(ledger.attempts(filter));
        expectEqual(`lines of ${what}`, lines.map(({ entryId }) => entryId).sort(), ids);
        const { requests, conversations } = await ledger.summary(filter);
        expectEqual(`summary of ${what}`, [requests, conversations], [ids.length, ids.length]);
        const messages = await allOf(ledger.messages(filter));
        const wanted = ids.flatMap((id) => (id === 'a' ? ['req_a', 'req_a'] : [`req_${id}`]));
        expectEqual(`messages of ${what}`, messages.map(({ requestId }) => requestId).sort(), wanted);
        const [row] = await ledger.usage({ ...filter, groupBy: [] });
        expectEqual(`usage of ${what}`, row?.requests ?? 0, ids.length);
      }
    },
  },
  percentiles: {
    name: 'percentiles are off by 5 % at the most, over long ranges and short ones',
    check: async (ledger) => {
      const times = Array.from({ length: 1_000 }, (_, place) => 1.01 ** place + place / 10);
      await ledger.append(
        times.map((durationMs, place) =>
          entry({
            id: `e${String(place)}`,
            startedAtMs: NOON + (place % 3) * 40 * DAY,
            attempts: [attempt({ durationMs, firstContentMs: durationMs / 10 })],
          }),
        ),
      );
      for (const filter of [{}, { fromMs: NOON - 1, toMs: NOON + 90 * DAY }]) {
        const [row] = await ledger.usage({ ...filter, groupBy: [] });
        expectEqual('count', row?.latencyMs.count, 1_000);
        for (const [name, share] of [
          ['p50', 0.5],
          ['p90', 0.9],
          ['p95', 0.95],
          ['p99', 0.99],
        ] as const) {
          const exact = times[Math.ceil(share * times.length) - 1] ?? NaN;
          expectNear(`${name} of the latency`, row?.latencyMs[name], exact);
          expectNear(`${name} of the first content`, row?.firstContentMs[name], exact / 10);
        }
      }
    },
  },
  'no-percentiles': {
    lesson: 'S11',
    name: 'where nothing was measured there is no percentile',
    check: async (ledger) => {
      await ledger.append([
        entry({ id: 'a', attempts: [attempt({ firstContentMs: undefined })] }),
        entry({ id: 'b', model: 'nobody', attempts: [] }),
      ]);
      const none = { count: 0, p50: undefined, p90: undefined, p95: undefined, p99: undefined };
      const rows = await ledger.usage({ groupBy: ['model'] });
      expectEqual(
        'first content',
        rows.map(({ firstContentMs }) => firstContentMs),
        [none, none],
      );
      expectEqual(
        'latency',
        rows.map(({ latencyMs }) => latencyMs.count),
        [1, 0],
      );
      expectEqual('latency of nobody', rows[1]?.latencyMs, none);
    },
  },
  spent: {
    lesson: 'K4',
    name: 'what each caller spent is the sum of what was priced since then',
    check: async (ledger) => {
      await ledger.append([
        entry({ id: 'a', startedAtMs: NOON - 1 }),
        entry({ id: 'b', startedAtMs: NOON, attempts: [attempt({ costNanoUsd: 3 }), attempt({ costNanoUsd: 4 })] }),
        entry({
          id: 'c',
          startedAtMs: NOON + 9 * DAY,
          callerId: 'other',
          attempts: [attempt({ costNanoUsd: 9_000_000_000_000 })],
        }),
        entry({ id: 'd', callerId: 'free', attempts: [attempt({ costNanoUsd: null })] }),
      ]);
      const spent = async (sinceMs: number): Promise<unknown> =>
        [...(await ledger.spentSince(sinceMs))].filter(([, cost]) => cost > 0).sort();
      expectEqual('since noon', await spent(NOON), [
        ['app', 7],
        ['other', 9_000_000_000_000],
      ]);
      expectEqual('since before', (await ledger.spentSince(NOON - 1)).get('app'), 1_007);
      expectEqual('since later', await spent(NOON + 1), [['other', 9_000_000_000_000]]);
    },
  },
};

function expectNear(what: string, came: number | undefined, wanted: number): void {
  // A hair more than 5 %: bounds of buckets are floating point numbers.
  if (came !== undefined && Math.abs(came - wanted) <= wanted * 0.0501) return;
  throw new Error(`${what}: expected ${String(wanted)} within 5 %; came ${String(came)}.`);
}
