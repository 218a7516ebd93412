import { weighted } from 'nexusai-hub';
import { describe, expect, it } from 'vitest';

import { dice, firsts, hints, idsOf, targetsOf } from './targets.ts';

describe('weighted', () => {
  it('puts targets first in proportion to their weights', () => {
    const balancer = weighted({ random: dice() });
    const counts = firsts(10_000, () => balancer.order(targetsOf([1, 3, 0]), hints));
    expect(counts['0']).toBeGreaterThan(2_350);
    expect(counts['0']).toBeLessThan(2_650);
    expect(counts['2']).toBeUndefined();
  });

  it('draws the second among those that are left, in proportion, too', () => {
    const balancer = weighted({ random: dice() });
    const seconds = firsts(30_000, () => balancer.order(targetsOf([6, 1, 2]), hints).slice(1));
    // P(second is 1) = P(0 first) * 1/3 + P(2 first) * 1/7 = 2/9 + 2/63
    expect(seconds['1']! / 30_000).toBeCloseTo(2 / 9 + 2 / 63, 2);
  });

  it('keeps weightless targets for last, in their order', () => {
    expect(idsOf(weighted().order(targetsOf([0, 0, 5]), hints))).toEqual(['2', '0', '1']);
  });
});
