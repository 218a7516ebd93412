import fc from 'fast-check';
import { memoryLedger } from 'nexusai-hub';
import { sqliteLedger } from 'nexusai-hub/adapters/sqlite';
import type { CachedFrom, LedgerEntry, RequestRecord, UsageGroup, UsageQuery } from 'nexusai-hub/ports';
import { expect, it } from 'vitest';

import { attempt, entry, usageOf } from './entries.ts';

const DAY = 86_400_000;
const HOUR = 3_600_000;
/** 2026-01-30T22:00:00Z: months, days and hours begin within the times that are drawn. */
const START = Date.UTC(2026, 0, 30, 22);

/** Times near the beginnings of hours, days and months, and anywhere. */
const time = fc.oneof(
  fc.integer({ min: START, max: START + 40 * DAY }),
  fc
    .tuple(fc.integer({ min: 0, max: 40 * 24 }), fc.constantFrom(-1, 0, 1))
    .map(([hours, off]) => Math.floor(START / HOUR) * HOUR + hours * HOUR + off),
);
const caller = fc.constantFrom('a', 'b', undefined);
const model = fc.constantFrom('gpt-4o', 'fast');
const provider = fc.constantFrom('main', 'spare');

const made = fc
  .record({
    providerId: provider,
    durationMs: fc.double({ min: 0, max: 100_000, noNaN: true }),
    firstContentMs: fc.option(fc.integer({ min: 1, max: 9_000 }), { nil: undefined }),
    outcome: fc.constantFrom('ok', 'error', 'partial', 'aborted'),
    usage: fc.option(
      fc.tuple(fc.nat(5_000), fc.nat(5_000)).map(([prompt, completion]) => usageOf(prompt, completion)),
      { nil: undefined },
    ),
    costNanoUsd: fc.option(fc.nat(), { nil: null }),
  } as const)
  .map((changes) => attempt(changes.usage ? changes : { ...changes, costNanoUsd: null }));

const entries: fc.Arbitrary<LedgerEntry[]> = fc.array(
  fc
    .record({
      startedAtMs: time,
      callerId: caller,
      model,
      attempts: fc.array(made, { maxLength: 3 }),
      kept: fc.option(fc.record({ savedNanoUsd: fc.option(fc.nat(9_000), { nil: null }), providerId: provider })),
      outcome: fc.constantFrom('ok', 'error', 'partial', 'aborted'),
      conversationId: fc.constantFrom('c-1', 'c-2', undefined),
    } as const)
    .map(({ kept, ...changes }) => entry(kept ? outOfCache(changes, kept) : changes, [])),
  { maxLength: 40 },
);

/** The same request, answered with what was kept. */
function outOfCache(
  changes: Partial<RequestRecord>,
  kept: Pick<CachedFrom, 'providerId' | 'savedNanoUsd'>,
): Partial<RequestRecord> {
  const cached = { providerKind: 'openai', model: 'gpt-4o-2024', ...kept };
  return { ...changes, attempts: [], usage: usageOf(7, 5), usageProvenance: 'cached', costNanoUsd: 0, cached };
}

const GROUPS: UsageGroup[] = ['model', 'provider', 'key', 'hour', 'day'];
const query: fc.Arbitrary<UsageQuery> = fc.record(
  {
    fromMs: time,
    toMs: time,
    callerId: fc.constantFrom('a', 'b'),
    model,
    providerId: provider,
    groupBy: fc.subarray(GROUPS),
  },
  { requiredKeys: ['groupBy'] },
);

it('K2: sums from rollups are those of the lines, whatever the range and the groups', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(entries, { minLength: 1, maxLength: 3 }),
      fc.array(query, { minLength: 1, maxLength: 6 }),
      async (batches, queries) => {
        const ledger = sqliteLedger({ file: ':memory:', thread: false });
        const plain = memoryLedger();
        for (const batch of batches) {
          await ledger.append(batch);
          await plain.append(batch);
        }
        for (const one of queries) {
          expect(await ledger.usage(one)).toEqual(await plain.usage(one));
          expect(await ledger.summary(one)).toEqual(await plain.summary(one));
        }
        const since = queries[0]?.fromMs ?? 0;
        expect(await ledger.spentSince(since)).toEqual(withoutNothing(await plain.spentSince(since)));
        await ledger.close();
      },
    ),
    { numRuns: 40 },
  );
}, 60_000);

/** Whoever spent nothing need not be named. */
function withoutNothing(spent: ReadonlyMap<string, number>): Map<string, number> {
  return new Map([...spent].filter(([, nanoUsd]) => nanoUsd > 0));
}
