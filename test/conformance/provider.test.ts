import { openai } from 'nexusai-hub/adapters/openai';
import { openaiCompatible } from 'nexusai-hub/adapters/openai-compatible';
import { describe, expect, it } from 'vitest';

import { providerCases } from '../../src/testing/provider-cases.ts';

const KEY = 'canary-4f1d0c7e9b';

describe.each([
  ['openai', providerCases(({ url }) => openai({ apiKey: KEY, baseUrl: url }))],
  ['openai, the key from a function', providerCases(({ url }) => openai({ apiKey: async () => KEY, baseUrl: url }))],
  ['openai-compatible', providerCases(({ url }) => openaiCompatible({ apiKey: KEY, baseUrl: `${url}/v1` }))],
  ['openai-compatible by fetch', providerCases(({ url }) => openaiCompatible({ apiKey: KEY, baseUrl: url, fetch }))],
])('%s does what every provider has to do', (_name, cases) => {
  for (const { name, run } of cases) it(name, run);
});

describe('the cases themselves', () => {
  it('say when a skip is wrong', () => {
    const make = (): never => {
      throw new Error('not asked for');
    };
    expect(() => providerCases(make, { skip: { nonsense: 'why' } })).toThrow(/skip\["nonsense"\] names no case/);
    expect(() => providerCases(make, { skip: { 'whole-ok': '' } })).toThrow(/needs a reason/);
    const skipped = providerCases(make, { skip: { 'whole-ok': 'streams only' } }).filter((one) => one.skipped);
    expect(skipped.map(({ id, skipped: reason }) => [id, reason])).toEqual([['whole-ok', 'streams only']]);
  });
});
