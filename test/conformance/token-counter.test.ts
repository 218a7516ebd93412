import type { TokenCounter } from 'nexusai-hub/ports';
import { tokenCounterCases } from 'nexusai-hub/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { counterOver, tokenCounter } from '../../src/defaults/token-counter.ts';
import { encodeInTurns } from '../../src/defaults/tokens/encode-in-turns.ts';

// As long as one is in use, the thread and its encodings stay.
const held = tokenCounter();
beforeAll(() => held.count('x', 'gpt-4o'));
afterAll(() => {
  held.close();
});

describe.each([
  ['gpt-4o, in a thread', 'gpt-4o', tokenCounter],
  ['gpt-4, in turns of the loop', 'gpt-4', () => counterOver(encodeInTurns())],
  ['claude-sonnet-4', 'claude-sonnet-4', tokenCounter],
] as const)('the default does what every token counter has to do: %s', (_name, model, make) => {
  const skip = model === 'claude-sonnet-4' ? { loop: 'it is the thread of the first' } : {};
  for (const { name, run, skipped } of tokenCounterCases(make, { model, skip }))
    it.skipIf(skipped !== undefined)(name, run, 30_000);
});

describe('the default by a rule of characters: ernie-4.5', () => {
  const skip = { whole: 'its rule rounds a single character down to nothing' };
  for (const { name, run, skipped } of tokenCounterCases(tokenCounter, { model: 'ernie-4.5', skip }))
    it.skipIf(skipped !== undefined)(name, run);
});

describe('the cases themselves', () => {
  /** Four characters a token, a turn of the loop for every 10,000 characters. */
  function byLength(): TokenCounter {
    return {
      async count(text) {
        for (let done = 0; done < text.length; done += 10_000) await new Promise(setImmediate);
        return { tokens: Math.ceil(text.length / 4), exact: false };
      },
    };
  }

  async function failures(counter: TokenCounter): Promise<string[]> {
    const failed: string[] = [];
    for (const { id, run } of tokenCounterCases(() => counter)) await run().catch(() => failed.push(id));
    return failed;
  }

  it('pass a simple counter', async () => {
    expect(await failures(byLength())).toEqual([]);
  });

  let calls = 0;
  it.each<[wrong: string, failed: string[], spoil: (good: TokenCounter) => Partial<TokenCounter>]>([
    [
      'has a token for nothing',
      ['no-text'],
      ({ count }) => ({
        count: async (text, model) => (text === '' ? { tokens: 1, exact: true } : count(text, model)),
      }),
    ],
    ['counts parts of tokens', ['whole', 'odd', 'loop'], () => ({ count: (text) => turning(text, text.length / 3.7) })],
    [
      'does not say whether it is exact',
      ['whole', 'odd', 'loop'],
      ({ count }) => ({ count: async (text, model) => ({ tokens: (await count(text, model)).tokens }) as never }),
    ],
    [
      'throws at a special token',
      ['odd'],
      ({ count }) => ({
        count: async (text, model) => (text.includes('<|') ? Promise.reject(new Error('special')) : count(text, model)),
      }),
    ],
    [
      'counts otherwise each time',
      ['same', 'closes'],
      () => ({ count: (text) => turning(text, Math.ceil(text.length / 4) + (text === '' ? 0 : calls++ % 2)) }),
    ],
    [
      'counts the beginning only',
      ['grows', 'loop'],
      () => ({ count: (text) => turning(text, Math.ceil(Math.min(text.length, 100) / 4)) }),
    ],
    [
      'loses a text of several',
      ['together'],
      ({ count }) => ({ countAll: async ([first = ''], model) => count(first, model) }),
    ],
    [
      'calls all exact together',
      ['together'],
      () => ({
        countAll: (texts) =>
          Promise.resolve({ tokens: texts.reduce((sum, text) => sum + Math.ceil(text.length / 4), 0), exact: true }),
      }),
    ],
    [
      'counts in one go',
      ['loop'],
      () => ({ count: (text) => Promise.resolve({ tokens: Math.ceil(text.length / 4), exact: false }) }),
    ],
  ])('find a counter that %s', async (_wrong, failed, spoil) => {
    const good = byLength();
    expect(await failures({ ...good, ...spoil(good) })).toEqual(failed);
  });

  it('find a counter that does not count after it was closed', async () => {
    let isClosed = false;
    const good = byLength();
    const counter: TokenCounter = {
      count: (text, model) => (isClosed ? Promise.reject(new Error('closed')) : good.count(text, model)),
      close: () => void (isClosed = true),
    };
    const failed: string[] = [];
    for (const { id, run } of tokenCounterCases(() => ((isClosed = false), counter)))
      await run().catch(() => failed.push(id));
    expect(failed).toEqual(['closes']);
  });

  async function turning(text: string, tokens: number): Promise<{ tokens: number; exact: boolean }> {
    await byLength().count(text, '');
    return { tokens, exact: false };
  }
});
