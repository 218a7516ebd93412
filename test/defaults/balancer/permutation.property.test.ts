import { cheapest, fastest, leastBusy, roundRobin, sticky, weighted } from 'nexusai-hub';
import type { Balancer, Outcome, Target } from 'nexusai-hub/ports';
import { manualClock } from 'nexusai-hub/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { inTiers } from '../../../src/defaults/balancer/in-tiers.ts';
import { factsOf } from '../facts.ts';
import { anyRolls, anyWeights, hints, idsOf, targetsOf } from './targets.ts';

type Make = (random: () => number) => Balancer;

const MAKES: readonly [string, Make][] = [
  ['weighted', (random) => weighted({ random })],
  ['roundRobin', (random) => roundRobin({ random })],
  ['leastBusy', (random) => leastBusy({ random })],
  ['fastest', (random) => fastest({ random, clock: manualClock() })],
  ['cheapest', (random) => cheapest({ random, priceOf: ({ id }) => ({ input: Number(id) % 3, output: 1 }) })],
  ['sticky', (random) => sticky(weighted({ random }))],
];

const anyOutcome = fc.constantFrom<Outcome>('ok', 'error', 'aborted', 'partial');
const anyAttempts = fc.array(fc.tuple(fc.nat(39), anyOutcome, fc.option(fc.nat(60_000)), fc.boolean()), {
  maxLength: 60,
});

function sorted(targets: readonly Target[]): string[] {
  return idsOf(targets).sort((one, other) => Number(one) - Number(other));
}

describe.each(MAKES)('%s', (_name, make) => {
  it('orders every target once, weight 0 last, whatever the weights, the dice and the attempts so far', () => {
    fc.assert(
      fc.property(anyWeights, anyRolls, anyAttempts, fc.string(), (weights, rolls, attempts, conversationId) => {
        const balancer = make(() => rolls.pop() ?? 0);
        const targets = targetsOf(weights);
        for (const [place, outcome, contentMs, ends] of attempts) {
          const target = targets[place % targets.length]!;
          const observer = balancer.begins?.(target, factsOf({ streamed: contentMs === null }));
          if (contentMs !== null) observer?.content(contentMs);
          if (ends) observer?.over(outcome, 5, undefined);
        }
        const order = balancer.order(targets, { ...hints, conversationId });
        expect(sorted(order)).toEqual(idsOf(targets));
        const weightOf = ({ weight }: Target): number => Number(weight > 0);
        expect(order.map(weightOf)).toEqual(order.map(weightOf).sort((one, other) => other - one));
      }),
    );
  });

  it('orders tier by tier, those without any weight behind the others, every target once', () => {
    const tiers = fc.array(fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }), { minLength: 40 });
    fc.assert(
      fc.property(anyWeights, tiers, (weights, given) => {
        const targets = targetsOf(weights).map((target, place) => ({ ...target, tier: given[place] }));
        const order = inTiers(make(Math.random)).order(targets, hints);
        expect(sorted(order)).toEqual(idsOf(targets));
        const weighty = new Set(targets.filter(({ weight }) => weight > 0).map(({ tier = 1 }) => tier));
        const placeOf = ({ tier = 1 }: Target): number => (weighty.has(tier) ? tier : tier + 10);
        expect(order.map(placeOf)).toEqual(order.map(placeOf).sort((one, other) => one - other));
      }),
    );
  });
});

describe('inTiers', () => {
  it('lets the strategy order each tier, hears of attempts through it, and leaves targets without tiers to it', () => {
    const asked: string[][] = [];
    const begun: string[] = [];
    const strategy: Balancer = {
      order(targets) {
        asked.push(idsOf(targets));
        return targets.toReversed();
      },
      begins({ id }) {
        begun.push(id);
        return { content() {}, over() {} };
      },
    };
    const balancer = inTiers(strategy);
    const targets = targetsOf([1, 1, 1, 1, 1]).map((target, place) => ({ ...target, tier: [2, 1, 1, 3, 2][place] }));
    expect(idsOf(balancer.order(targets, hints))).toEqual(['2', '1', '4', '0', '3']);
    expect(asked).toEqual([
      ['1', '2'],
      ['0', '4'],
    ]);
    expect(idsOf(balancer.order(targetsOf([1, 1]), hints))).toEqual(['1', '0']);
    balancer.begins?.(targets[0]!, factsOf());
    expect(begun).toEqual(['0']);
    expect(inTiers({ order: (given) => given }).begins).toBeUndefined();
  });
});
