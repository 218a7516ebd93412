import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { ownersPrices, type PricesOptions } from '../../src/defaults/price-table.ts';

const price = (input: number): { input: number; output: number } => ({ input, output: 0 });

/** What a token of the prompt costs, which tells the prices apart. */
function inputOf(prices: PricesOptions, model: string, providerId = 'p'): number | undefined {
  return ownersPrices(prices).priceOf({ providerId, providerKind: 'openai', model, atMs: 0 })?.input;
}

describe('the prices an owner has set', () => {
  it('the exact name comes before the longest beginning, and K4: what is not there has no price', () => {
    const models = {
      'gpt-4o': price(1),
      'gpt-4o-*': price(2),
      'gpt-4o-mini*': price(3),
      'gpt-4o-mini': price(4),
      'gpt-*': price(5),
    };
    const asked = ['gpt-4o', 'gpt-4o-2024-08-06', 'gpt-4o-mini', 'gpt-4o-mini-2024-07-18', 'gpt-4', 'o3', 'gpt', ''];
    expect(asked.map((model) => inputOf({ models }, model))).toEqual([1, 2, 4, 3, 5, undefined, undefined, undefined]);
    expect(inputOf({ models: { ...models, '*': price(6) } }, 'o3')).toBe(6);
  });

  it('prices of one provider come before those of all, also where they are less exact', () => {
    const prices = { models: { m: price(1), n: price(2) }, byProvider: { p: { 'm*': price(3) } } };
    expect([inputOf(prices, 'm'), inputOf(prices, 'n'), inputOf(prices, 'm', 'q')]).toEqual([3, 2, 1]);
  });

  it('a name of a model may hold a slash, and names of the prototype are names', () => {
    const prices = { models: { 'openai/gpt-4o': price(1) } };
    expect([inputOf(prices, 'openai/gpt-4o'), inputOf(prices, 'gpt-4o', 'openai')]).toEqual([1, undefined]);
    expect([inputOf({}, 'constructor'), inputOf({}, 'm', '__proto__')]).toEqual([undefined, undefined]);
  });

  it('finds what a search through all of them finds', () => {
    const name = fc.string({ unit: fc.constantFrom('a', 'b', '-'), maxLength: 5 });
    const pattern = fc
      .tuple(name, fc.constantFrom('', '*'))
      .map(([text, star]) => text + star)
      .filter((text) => text !== '');
    const models = fc.uniqueArray(pattern, { maxLength: 12 });
    fc.assert(
      fc.property(models, name, (patterns, model) => {
        const fits = patterns
          .filter((text) => (text.endsWith('*') ? model.startsWith(text.slice(0, -1)) : text === model))
          .sort((one, other) => Number(one.endsWith('*')) - Number(other.endsWith('*')) || other.length - one.length);
        const prices = Object.fromEntries(patterns.map((text, place) => [text, price(place)]));
        expect(inputOf({ models: prices }, model)).toBe(fits[0] === undefined ? undefined : patterns.indexOf(fits[0]));
      }),
    );
  });

  it('K7: without a version of its own it is a hash: the same for the same prices, another for others', () => {
    const versionOf = (prices: PricesOptions): string | undefined =>
      ownersPrices(prices).priceOf({ providerId: 'p', providerKind: 'openai', model: 'm', atMs: 0 })?.version;
    const first = versionOf({ models: { m: { input: 1, output: 2 }, n: price(1) } });
    expect(first).toMatch(/^[0-9a-f]{12}$/);
    expect(versionOf({ models: { n: price(1), m: { output: 2, input: 1 } }, byProvider: {} })).toBe(first);
    const others = [
      { models: { m: { input: 1, output: 2 }, n: price(2) } },
      { models: { m: { input: 1, output: 2 } } },
      { models: { m: { input: 1, output: 2 }, n: price(1) }, byProvider: { q: { n: price(1) } } },
      {
        models: {
          m: { input: 1, output: 2, longPrompts: [{ abovePromptTokens: 5, input: 1, output: 2 }] },
          n: price(1),
        },
      },
    ].map(versionOf);
    expect(new Set([first, ...others]).size).toBe(5);
    expect(versionOf({ version: '2026-11', models: { m: price(1) } })).toBe('2026-11');
  });
});
