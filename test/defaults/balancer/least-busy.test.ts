import { leastBusy } from 'nexusai-hub';
import type { AttemptObserver } from 'nexusai-hub/ports';
import { describe, expect, it } from 'vitest';

import { factsOf } from '../facts.ts';
import { dice, firsts, hints, idsOf, targetsOf } from './targets.ts';

describe('leastBusy', () => {
  it('fills targets in proportion to their weights, and goes where an attempt has ended', () => {
    const balancer = leastBusy({ random: dice() });
    const targets = targetsOf([1, 3]);
    const running: { id: string; observer: AttemptObserver | undefined }[] = [];
    const counts = firsts(400, () => {
      const order = balancer.order(targets, hints);
      running.push({ id: order[0]!.id, observer: balancer.begins?.(order[0]!, factsOf()) });
      return order;
    });
    expect(counts).toEqual({ 0: 100, 1: 300 });
    running.find(({ id }) => id === '0')?.observer?.over('ok', 5, undefined);
    expect(balancer.order(targets, hints)[0]?.id).toBe('0');
  });

  it('draws by weight among those that are equally busy', () => {
    const balancer = leastBusy({ random: dice() });
    const counts = firsts(10_000, () => balancer.order(targetsOf([1, 3]), hints));
    expect(counts['0']! / 10_000).toBeCloseTo(0.25, 1);
  });

  it('keeps targets without weight for last, however busy the others are', () => {
    const balancer = leastBusy();
    const targets = targetsOf([0, 1, 1]);
    for (const target of targets.slice(1)) balancer.begins?.(target, factsOf());
    expect(idsOf(balancer.order(targets, hints)).at(-1)).toBe('0');
  });

  it('counts failures and callers that leave as ended', () => {
    const balancer = leastBusy();
    const [busy, idle] = targetsOf([1, 1]);
    const observers = [1, 2, 3, 4].map(() => balancer.begins?.(busy!, factsOf()));
    const held = balancer.begins?.(idle!, factsOf());
    expect(balancer.order([busy!, idle!], hints)[0]).toBe(idle);
    observers[0]?.over('error', 1, 'provider_unavailable');
    observers[1]?.over('aborted', 1, 'cancelled');
    observers[2]?.over('partial', 1, 'stream_interrupted');
    observers[3]?.over('ok', 1, undefined);
    expect(balancer.order([busy!, idle!], hints)[0]).toBe(busy);
    held?.over('ok', 1, undefined);
  });
});
