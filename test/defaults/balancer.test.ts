import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BalanceHints, Target } from 'nexusai-hub/ports';
import { scriptedProvider } from 'nexusai-hub/testing';
import { weightedBalancer } from '../../src/defaults/balancer.ts';
import { factsOf } from './facts.ts';

const provider = scriptedProvider({ says: '' });
const targetsOf = (weights: readonly number[]): Target[] =>
  weights.map((weight, place) => ({ id: String(place), providerId: 'p', provider, model: 'm', weight }));
const hints: BalanceHints = { conversationId: 'c', newConversation: true, callerId: 'a', facts: factsOf() };

describe('weightedBalancer', () => {
  it('orders every target once, whatever the weights and the dice', () => {
    const weights = fc.array(fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1e6, noNaN: true })), { maxLength: 12 });
    const dice = fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), {
      minLength: 12,
      maxLength: 12,
    });
    fc.assert(
      fc.property(weights, dice, (given, rolls) => {
        const targets = targetsOf(given);
        const ordered = weightedBalancer(() => rolls.pop() ?? 0).order(targets, hints);
        expect([...ordered].sort((a, b) => Number(a.id) - Number(b.id))).toEqual(targets);
      }),
    );
  });

  it('puts targets first in proportion to their weights', () => {
    let state = 1;
    const random = (): number => (state = (state * 48271) % 2147483647) / 2147483647;
    const balancer = weightedBalancer(random);
    const first = [0, 0, 0];
    for (let turn = 0; turn < 10_000; turn++) first[Number(balancer.order(targetsOf([1, 3, 0]), hints)[0]?.id)]!++;
    expect(first[0]).toBeGreaterThan(2_350);
    expect(first[0]).toBeLessThan(2_650);
    expect(first[2]).toBe(0);
  });

  it('keeps weightless targets for last, in their order', () => {
    const ordered = weightedBalancer(Math.random).order(targetsOf([0, 0, 5]), hints);
    expect(ordered.map(({ id }) => id)).toEqual(['2', '0', '1']);
  });
});
