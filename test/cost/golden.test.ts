import { NexusHub } from 'nexusai-hub';
import type { PriceOptions } from 'nexusai-hub';
import type { JsonObject, RequestRecord } from 'nexusai-hub/ports';
import { describe, expect, it } from 'vitest';

import { bucketsOf } from '../../src/openai/usage-buckets.ts';
import golden from './usage-golden.json' with { type: 'json' };
import { DIALECTS, scriptOf } from './upstreams.ts';

/** An answer of the golden file, its costs worked out by hand. */
interface Answer {
  readonly name: string;
  readonly dialect: string;
  readonly usage: JsonObject;
  readonly price: PriceOptions;
  readonly tokens: Readonly<Record<string, number>>;
  readonly work: string;
  readonly costNanoUsd: number | null;
}

const answers = golden.answers as readonly Answer[];

/** Asks a hub in front of such a server, and resolves with the record that is left. */
async function recordOf({ dialect: name, usage, price }: Answer, stream: boolean): Promise<RequestRecord> {
  const dialect = DIALECTS[name];
  if (!dialect) throw new Error(`nobody speaks ${name}`);
  const records: RequestRecord[] = [];
  const hub = new NexusHub({
    providers: { p: dialect.provider(scriptOf(dialect, usage, stream)) },
    prices: { version: 'golden', models: { m: price } },
    statsSinks: [{ record: (record) => records.push(record) }],
  });
  const body = { model: 'm', messages: [{ role: 'user', content: 'hi' }], input: 'hi', prompt: 'hi', stream };
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const response = await hub.fetch(`http://hub${dialect.path}`, init);
  const text = await response.text();
  await hub.close({ drainMs: 0 });
  const [record] = records;
  if (response.status !== 200 || !record) throw new Error(text);
  return record;
}

function tokensOf(record: RequestRecord): Record<string, number> {
  return record.usage
    ? Object.fromEntries(Object.entries(bucketsOf(record.usage)).filter(([, tokens]) => tokens > 0))
    : {};
}

describe('the golden file', () => {
  it('K1: has 40 answers and more, in every dialect', () => {
    expect(answers.length).toBeGreaterThanOrEqual(40);
    expect(new Set(answers.map(({ dialect }) => dialect))).toEqual(new Set(Object.keys(DIALECTS)));
  });

  it.each(answers.filter(({ costNanoUsd }) => costNanoUsd !== null))('K1: adds up: $name', (answer) => {
    const terms = answer.work.split(' + ').map((term) => term.split(' × '));
    expect(terms.map(([tokens]) => Number(tokens))).toEqual(Object.values(answer.tokens));
    // Tenths of a nano-dollar are as fine as its prices get: whole numbers, added up exactly.
    const tenths = terms.reduce((sum, [tokens, rate]) => sum + Number(tokens) * Math.round(Number(rate) * 10), 0);
    expect(Math.floor((tenths + 5) / 10)).toBe(answer.costNanoUsd);
  });
});

describe.each([
  ['whole', false],
  ['streamed', true],
])('K1, K2: an answer that comes %s has the tokens and the cost of the golden file', (_how, stream) => {
  it.each(answers)('$name', async (answer) => {
    const record = await recordOf(answer, stream);
    expect(record.usageProvenance).toBe('reported');
    expect(tokensOf(record)).toEqual(answer.tokens);
    const { costNanoUsd } = answer;
    const cost = { costNanoUsd, priceVersion: costNanoUsd === null ? undefined : 'golden' };
    expect(record).toMatchObject(cost);
    expect(record.attempts).toEqual([expect.objectContaining(cost)]);
  });
});
