import { roundRobin } from 'nexusai-hub';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { dice, firsts, hints, idsOf, targetsOf } from './targets.ts';

describe('roundRobin', () => {
  it('puts each target first exactly as often as its weight says, in every cycle', () => {
    const weights = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 2, maxLength: 8 });
    fc.assert(
      fc.property(weights, (given) => {
        const cycle = given.reduce((sum, weight) => sum + weight, 0);
        fc.pre(cycle > 0);
        const balancer = roundRobin();
        const shares = Object.fromEntries(given.flatMap((weight, place) => (weight > 0 ? [[place, weight]] : [])));
        const targets = targetsOf(given);
        for (let round = 0; round < 3; round++)
          expect(firsts(cycle, () => balancer.order(targets, hints))).toEqual(shares);
      }),
    );
  });

  it('spreads the turns of the heavy ones', () => {
    const balancer = roundRobin();
    const targets = targetsOf([5, 1, 1]);
    const first = Array.from({ length: 7 }, () => balancer.order(targets, hints)[0]?.id).join('');
    expect(first).toBe('0010200');
  });

  it('goes on where it was when the router makes its list anew', () => {
    const balancer = roundRobin();
    expect(firsts(9, () => balancer.order(targetsOf([1, 1, 1]), hints))).toEqual({ 0: 3, 1: 3, 2: 3 });
  });

  it('keeps the turns of one set of targets apart from those of another', () => {
    const balancer = roundRobin();
    const [one, other] = [targetsOf([1, 1]), targetsOf([1, 1, 1])];
    const first = Array.from({ length: 6 }, (_, turn) => balancer.order(turn % 2 ? other : one, hints)[0]?.id);
    expect(first).toEqual(['0', '0', '1', '1', '0', '2']);
  });

  it('shares the turns of a target that fails among all the others, by their weights', () => {
    const balancer = roundRobin({ random: dice() });
    const targets = targetsOf([1, 1, 4]);
    const orders = Array.from({ length: 12_000 }, () => idsOf(balancer.order(targets, hints)));
    const next = orders.filter(([id]) => id === '0').map(([, second]) => second);
    expect(next).toHaveLength(2_000);
    expect(next.filter((second) => second === '2').length / next.length).toBeCloseTo(4 / 5, 1);
  });
});
