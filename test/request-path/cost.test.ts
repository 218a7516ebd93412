import type { Logger, PriceTable, Settlement } from 'nexusai-hub/ports';
import { chunkOf, scriptedProvider } from 'nexusai-hub/testing';
import { describe, expect, it } from 'vitest';

import { harness, PLAIN, readAll, STREAM } from './harness.ts';

const USAGE = { prompt_tokens: 10, completion_tokens: 20, total_tokens: 30 };
const UNKNOWN = { costNanoUsd: null, priceVersion: undefined };
const prices = { version: 'v1', models: { m: { input: 1, output: 2 } } };

/** A price table whose price changes when a test says so. */
function changingPrices(): PriceTable & { asked: unknown[]; input: number } {
  const table = {
    asked: [] as unknown[],
    input: 1,
    priceOf(priced: unknown) {
      table.asked.push(priced);
      return { version: `at ${table.input}`, input: table.input, output: 0 };
    },
  };
  return table;
}

describe('the cost of an answer', () => {
  it('K4: is not known, never 0, where the model has no price; the request is counted apart', async () => {
    const { hub, books } = harness(
      { a: scriptedProvider({ says: 'Hi', usage: USAGE }) },
      { prices, models: { m: 'a', n: 'a' } },
    );
    await hub.chat.completions.create(PLAIN);
    await hub.chat.completions.create({ ...PLAIN, model: 'n' });
    const [priced, unpriced] = books.records;
    expect(priced).toMatchObject({ costNanoUsd: 50_000, priceVersion: 'v1' });
    expect(priced?.attempts).toMatchObject([{ costNanoUsd: 50_000, priceVersion: 'v1', providerKind: 'scripted' }]);
    expect(unpriced).toMatchObject(UNKNOWN);
    expect(unpriced?.attempts).toMatchObject([UNKNOWN]);
    const { costNanoUsd, unpriced: counted, byModel } = hub.stats.now();
    expect({ costNanoUsd, counted }).toEqual({ costNanoUsd: 50_000, counted: 1 });
    expect(byModel['n']).toMatchObject({ costNanoUsd: 0, unpriced: 1 });
    await hub.close();
  });

  it('K7: follows the prices of the time it is over, and says which they were', async () => {
    const priceTable = changingPrices();
    const { hub, books, clock } = harness(
      { a: scriptedProvider({ says: 'Hi', usage: USAGE }) },
      { priceTable, models: { m: { provider: 'a', model: 'upstream' } } },
    );
    const stream = await hub.chat.completions.create(STREAM);
    await hub.chat.completions.create(PLAIN);
    priceTable.input = 3;
    await clock.advance(1_000);
    await readAll(stream);
    expect(books.records).toMatchObject([
      { streamed: false, costNanoUsd: 10_000, priceVersion: 'at 1' },
      { streamed: true, costNanoUsd: 30_000, priceVersion: 'at 3' },
    ]);
    const asked = { providerId: 'a', providerKind: 'scripted', model: 'upstream' };
    const startedAtMs = books.records[0]?.startedAtMs ?? NaN;
    expect(priceTable.asked).toEqual([
      { ...asked, atMs: startedAtMs },
      { ...asked, atMs: startedAtMs + 1_000 },
    ]);
    await hub.close();
  });

  it('stands on the attempt that answered, at the prices of its own provider', async () => {
    const { hub, books } = harness(
      { a: scriptedProvider({ throws: 'provider_unavailable' }), b: scriptedProvider({ says: 'Hi', usage: USAGE }) },
      { prices: { ...prices, byProvider: { b: { m: { input: 5, output: 0 } } } } },
    );
    await hub.chat.completions.create(PLAIN);
    expect(books.records[0]).toMatchObject({
      costNanoUsd: 50_000,
      attempts: [
        { providerId: 'a', ...UNKNOWN },
        { providerId: 'b', costNanoUsd: 50_000, priceVersion: 'v1' },
      ],
    });
    expect(hub.stats.now().byProvider).toMatchObject({ a: { costNanoUsd: 0 }, b: { costNanoUsd: 50_000 } });
    await hub.close();
  });

  it('is as exact as its usage: counted where none was reported, not known where nothing was counted', async () => {
    const broken = [{ yields: chunkOf({ content: 'four' }) }, { throws: 'stream_interrupted' }] as const;
    const { hub, books } = harness(
      { a: scriptedProvider([{ streams: broken }, { throws: 'request_invalid' }]) },
      { prices },
    );
    await readAll(await hub.chat.completions.create(STREAM));
    await expect(hub.chat.completions.create(PLAIN)).rejects.toThrow();
    await hub.close();
    expect(books.records).toMatchObject([
      { usageProvenance: 'partial', usage: { prompt_tokens: 9, completion_tokens: 1 }, costNanoUsd: 11_000 },
      { usageProvenance: 'absent', ...UNKNOWN, attempts: [UNKNOWN] },
    ]);
    expect(hub.stats.now()).toMatchObject({ costNanoUsd: 11_000, unpriced: 0, unmeasured: 1 });
  });

  it('is what the lease is settled with; an answer that never came cost nothing', async () => {
    const settled: Settlement[] = [];
    const limiter = { acquire: () => ({ settle: (settlement: Settlement) => void settled.push(settlement) }) };
    const scripts = [
      { says: 'Hi', usage: USAGE },
      { throws: 'request_invalid' },
      { says: 'Hi', usage: { ...USAGE, prompt_tokens_details: { cached_tokens: 4 } } },
    ] as const;
    const { hub } = harness({ a: scriptedProvider(scripts) }, { prices, limiter });
    for (let turn = 0; turn < 3; turn++) await hub.chat.completions.create(PLAIN).catch(() => undefined);
    expect(settled.map(({ costNanoUsd }) => costNanoUsd)).toEqual([50_000, 0, null]);
    await hub.close();
  });

  it.each<[string, PriceTable]>([
    [
      'throws',
      {
        priceOf() {
          throw new Error('no table');
        },
      },
    ],
    ['gives what is no price', { priceOf: () => ({ version: '1', input: -1, output: 0 }) }],
  ])('a price table that %s costs the record its cost and nothing more', async (_what, priceTable) => {
    const errors: unknown[] = [];
    const silent = (): undefined => undefined;
    const logger: Logger = {
      debug: silent,
      info: silent,
      warn: silent,
      error: (_fields, message) => errors.push(message),
    };
    const { hub, books } = harness({ a: scriptedProvider({ says: 'Hi', usage: USAGE }) }, { priceTable, logger });
    const { choices } = await hub.chat.completions.create(PLAIN);
    expect(choices[0]?.message.content).toBe('Hi');
    expect(books.records[0]).toMatchObject({ usage: USAGE, ...UNKNOWN });
    expect(errors).toEqual(['the cost of an answer could not be told']);
    await hub.close();
  });
});
