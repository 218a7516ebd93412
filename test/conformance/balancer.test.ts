import { cheapest, fastest, leastBusy, roundRobin, sticky, weighted } from 'nexusai-hub';
import type { Balancer, Target } from 'nexusai-hub/ports';
import { balancerCases, manualClock } from 'nexusai-hub/testing';
import { describe, expect, it } from 'vitest';

import { inTiers } from '../../src/defaults/balancer/in-tiers.ts';

describe.each<[string, () => Balancer]>([
  ['weighted', () => weighted()],
  ['roundRobin', () => roundRobin()],
  ['leastBusy', () => leastBusy()],
  ['fastest', () => fastest({ clock: manualClock() })],
  [
    'cheapest',
    () => cheapest({ priceOf: ({ id }) => (id.includes('3') ? undefined : { input: id.length, output: 1 }) }),
  ],
  ['sticky', () => sticky(fastest())],
  ['any of them, in tiers', () => inTiers(sticky(roundRobin()))],
])('%s does what every balancer has to do', (_name, make) => {
  for (const { name, run } of balancerCases(make)) it(name, run);
});

/** Balancers as they are first written. */
const WRONG: readonly [id: string, said: RegExp, order: Balancer['order']][] = [
  ['permutation', /every target/, (targets) => targets.slice(1)],
  ['permutation', /every target/, (targets) => targets.map(() => targets[0]!)],
  ['input-untouched', /read only property/, (targets) => (targets as Target[]).sort(() => -1)],
  ['backups', /weight 0 last/, (targets) => targets],
  ['many', /few looks/, (targets) => targets.filter((one) => targets.every(({ id }) => id !== one.id || id !== ''))],
];

describe('the cases themselves', () => {
  it('say when a skip is wrong', () => {
    expect(() => balancerCases(weighted, { skip: { nonsense: 'why' } })).toThrow(/skip\["nonsense"\] names no case/);
    expect(() => balancerCases(weighted, { skip: { backups: '' } })).toThrow(/needs a reason/);
    const skipped = balancerCases(weighted, { skip: { backups: 'it knows no weights' } }).filter((one) => one.skipped);
    expect(skipped.map(({ id, skipped: reason }) => [id, reason])).toEqual([['backups', 'it knows no weights']]);
  });

  it.each(WRONG)('%s: tell what is wrong', async (id, said, order) => {
    await expect(
      balancerCases(() => ({ order }))
        .find((one) => one.id === id)
        ?.run(),
    ).rejects.toThrow(said);
  });

  it('targets-made-anew: sees targets that were kept', async () => {
    const kept = new Map<string, Target>();
    const keeping: Balancer = {
      order: (targets) =>
        targets.map((target) => {
          if (!kept.has(target.id)) kept.set(target.id, target);
          return kept.get(target.id) ?? target;
        }),
    };
    const one = balancerCases(() => keeping).find(({ id }) => id === 'targets-made-anew');
    await expect(one?.run()).rejects.toThrow(/every target/);
  });

  it('M4: memory: sees a map that only grows', async () => {
    const seen = new Map<string, boolean>();
    const growing: Balancer = {
      order: (targets) => targets,
      begins({ id }) {
        seen.set(id, true);
        return { content() {}, over() {} };
      },
    };
    const one = balancerCases(() => growing).find(({ id }) => id === 'memory');
    await expect(one?.run()).rejects.toThrow(/bounded memory/);
    expect(seen.size).toBe(140_000);
  });
});
