import { cheapest } from 'nexusai-hub';
import type { PriceOptions } from 'nexusai-hub';
import { describe, expect, it } from 'vitest';

import { factsOf } from '../facts.ts';
import { dice, firsts, hints, idsOf, targetsOf } from './targets.ts';

const PRICES: Readonly<Record<string, PriceOptions>> = {
  0: { input: 10, output: 30 },
  1: { input: 2, output: 60 },
  3: { input: 10, output: 30 },
};

describe('cheapest', () => {
  const balancer = cheapest({ priceOf: ({ id }) => PRICES[id], random: dice() });
  const order = (weights: readonly number[], promptTokens: number): string[] =>
    idsOf(balancer.order(targetsOf(weights), { ...hints, facts: factsOf({ promptTokens }) }));

  it('goes by the price of this prompt and an answer of usual length, unpriced targets last', () => {
    expect(order([1, 1, 9], 10)).toEqual(['0', '1', '2']);
    expect(order([1, 1, 9], 10_000)).toEqual(['1', '0', '2']);
  });

  it('knows that long prompts may have prices of their own', () => {
    const long = cheapest({
      priceOf: ({ id }) =>
        id === '0'
          ? { input: 1, output: 1, longPrompts: [{ abovePromptTokens: 100, input: 9, output: 9 }] }
          : PRICES['1'],
    });
    const first = (promptTokens: number): string | undefined =>
      long.order(targetsOf([1, 1]), { ...hints, facts: factsOf({ promptTokens }) })[0]?.id;
    expect(first(100)).toBe('0');
    expect(first(100_000)).toBe('1');
  });

  it('takes the usual length as told', () => {
    const brief = cheapest({ priceOf: ({ id }) => PRICES[id], completionTokens: 1 });
    const facts = factsOf({ promptTokens: 10 });
    expect(idsOf(brief.order(targetsOf([1, 1]), { ...hints, facts }))).toEqual(['1', '0']);
  });

  it('keeps weight 0 for last, behind what has no price', () => {
    expect(order([1, 0, 1], 10_000)).toEqual(['0', '2', '1']);
  });

  it('draws by weight among the same prices', () => {
    const counts = firsts(8_000, () => balancer.order(targetsOf([1, 1, 1, 3]), hints));
    expect(counts['1']).toBeUndefined();
    expect(counts['3']! / 8_000).toBeCloseTo(0.75, 1);
  });

  it('asks for each price once', () => {
    const asked: string[] = [];
    const asking = cheapest({
      priceOf({ id }) {
        asked.push(id);
        return undefined;
      },
    });
    asking.order(targetsOf([1, 1, 1, 1, 1, 1]), hints);
    expect(asked.sort()).toEqual(['0', '1', '2', '3', '4', '5']);
  });
});
