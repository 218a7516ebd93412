import { chunkOf, scriptedProvider } from 'nexusai-hub/testing';
import { describe, expect, it } from 'vitest';

import { harness, PLAIN, readAll, STREAM } from './harness.ts';

const USAGE = { prompt_tokens: 10, completion_tokens: 20, total_tokens: 30 };
const prices = { version: 'v1', models: { m: { input: 1, output: 1 } } };
const ABSENT = { usage: undefined, usageProvenance: 'absent', costNanoUsd: null, priceVersion: undefined };

describe('the account of a request', () => {
  it('K3: has what each attempt took, also one whose answer was not taken', async () => {
    const format = {
      type: 'json_schema' as const,
      json_schema: { name: 'x', schema: { type: 'object', required: ['a'], properties: { a: {} } } },
    };
    const { hub, books } = harness(
      {
        a: scriptedProvider({ says: '{}', usage: USAGE }),
        b: scriptedProvider({ says: '{"a":1}', usage: { ...USAGE, prompt_tokens: 11, total_tokens: 31 } }),
      },
      { prices, models: { m: ['a', 'b'] }, routing: { checkSchema: true } },
    );
    await hub.chat.completions.create({ ...PLAIN, response_format: format });
    expect(books.records).toMatchObject([
      {
        usage: { prompt_tokens: 21, completion_tokens: 40, total_tokens: 61 },
        usageProvenance: 'reported',
        costNanoUsd: 61_000,
        attempts: [
          { providerId: 'a', error: 'schema_mismatch', usage: USAGE, usageProvenance: 'reported', costNanoUsd: 30_000 },
          { providerId: 'b', usage: { total_tokens: 31 }, costNanoUsd: 31_000, priceVersion: 'v1' },
        ],
      },
    ]);
    expect(books.settledWith).toMatchObject([{ total_tokens: 61 }]);
    expect(hub.stats.now().byProvider).toMatchObject({ a: { tokens: { total: 30 } }, b: { tokens: { total: 31 } } });
    await hub.close();
  });

  it('S11: an attempt that failed took nothing that is known, which is not 0', async () => {
    const { hub, books } = harness(
      { a: scriptedProvider({ throws: 'provider_unavailable' }), b: scriptedProvider({ says: 'Hi', usage: USAGE }) },
      { prices, models: { m: ['a', 'b'] } },
    );
    await hub.chat.completions.create(PLAIN);
    expect(books.records).toMatchObject([
      { usage: USAGE, costNanoUsd: 30_000, attempts: [{ providerId: 'a', ...ABSENT }, { usage: USAGE }] },
    ]);
    await hub.close();
  });

  it('S11: of a request that nobody answered nothing is known', async () => {
    const { hub, books } = harness({ a: scriptedProvider({ throws: 'provider_denied' }) }, { prices });
    await hub.chat.completions.create(PLAIN).catch(() => undefined);
    expect(books.records).toMatchObject([{ ...ABSENT, attempts: [ABSENT] }]);
    await hub.close();
  });

  it('K1: what was said before an answer broke off is in the prompt of who goes on', async () => {
    const { hub, books } = harness(
      {
        a: scriptedProvider({
          streams: [{ yields: chunkOf({ content: 'one two three' }) }, { throws: 'stream_interrupted' }],
        }),
        b: scriptedProvider({ streams: [{ yields: chunkOf({ content: ' four', finish: 'stop' }) }] }),
      },
      { prices, models: { m: ['a', 'b'] }, routing: { continuation: 'marked' } },
    );
    await readAll(await hub.chat.completions.create(STREAM));
    await hub.close();
    const [record] = books.records;
    const [before, after] = record?.attempts ?? [];
    expect(before).toMatchObject({ usageProvenance: 'partial', outcome: 'partial' });
    expect(after).toMatchObject({ usageProvenance: 'estimated', outcome: 'ok' });
    expect(after?.usage?.prompt_tokens).toBe(
      (before?.usage?.prompt_tokens ?? 0) + (before?.usage?.completion_tokens ?? 0),
    );
    expect(record?.usage?.total_tokens).toBe((before?.usage?.total_tokens ?? 0) + (after?.usage?.total_tokens ?? 0));
    expect(record?.costNanoUsd).toBe((before?.costNanoUsd ?? 0) + (after?.costNanoUsd ?? 0));
    expect(record?.costNanoUsd).toBeGreaterThan(0);
  });

  it('K4: is not known where the price of who answered is not, whatever others cost', async () => {
    const format = {
      type: 'json_schema' as const,
      json_schema: { name: 'x', schema: { type: 'object', required: ['a'], properties: { a: {} } } },
    };
    const { hub, books } = harness(
      {
        a: scriptedProvider({ says: '{}', usage: USAGE }),
        b: scriptedProvider({ says: '{"a":1}', usage: USAGE }),
      },
      {
        prices: { version: 'v1', byProvider: { a: { m: { input: 1, output: 1 } } } },
        models: { m: ['a', 'b'] },
        routing: { checkSchema: true },
      },
    );
    await hub.chat.completions.create({ ...PLAIN, response_format: format });
    expect(books.records).toMatchObject([
      { usage: { total_tokens: 60 }, costNanoUsd: null, attempts: [{ costNanoUsd: 30_000 }, { costNanoUsd: null }] },
    ]);
    await hub.close();
  });
});
