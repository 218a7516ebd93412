import { fastest } from 'nexusai-hub';
import type { AttemptObserver, Target } from 'nexusai-hub/ports';
import { manualClock } from 'nexusai-hub/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { factsOf } from '../facts.ts';
import { dice, firsts, hints, targetsOf } from './targets.ts';

const streamed = { ...hints, facts: factsOf({ streamed: true }) };

function make() {
  const clock = manualClock();
  const balancer = fastest({ clock, random: dice() });
  const begins = (target: Target, facts = streamed.facts): AttemptObserver => balancer.begins!(target, facts);
  /** An attempt whose first content comes after so long. */
  const measure = (target: Target, ms: number, facts = streamed.facts): void => {
    const observer = begins(target, facts);
    observer.content(ms);
    observer.over('ok', ms, undefined);
  };
  return {
    clock,
    balancer,
    begins,
    measure,
    first: (targets: readonly Target[]) => balancer.order(targets, streamed)[0],
  };
}

describe('fastest', () => {
  it('prefers the target whose first content comes sooner', () => {
    const { measure, first } = make();
    const [slow, quick] = targetsOf([1, 1]);
    measure(slow!, 800);
    measure(quick!, 100);
    for (let turn = 0; turn < 50; turn++) expect(first([slow!, quick!])).toBe(quick);
  });

  it('never starves a target that was not measured', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 12 }), fc.nat(11), fc.nat(1_000), (size, given, seed) => {
        const place = given % size;
        const balancer = fastest({ clock: manualClock(), random: dice(seed + 1) });
        const targets = targetsOf(Array.from({ length: size }, () => 1));
        for (const target of targets)
          if (target !== targets[place]) balancer.begins?.(target, streamed.facts).content(0.001);
        const counts = firsts(60 * size, () => balancer.order(targets, streamed));
        expect(counts[String(place)] ?? 0).toBeGreaterThan(0);
      }),
    );
  });

  it('lets one request find out how fast a new target is, not all of them', () => {
    const { balancer, begins, measure, first } = make();
    const [known, fresh] = targetsOf([1, 1]);
    measure(known!, 500);
    expect(first([known!, fresh!])).toBe(fresh);
    const observer = begins(fresh!);
    const counts = firsts(100, () => balancer.order([known!, fresh!], streamed));
    expect(counts).toEqual({ 0: 100 });
    observer.content(10);
    expect(first([known!, fresh!])).toBe(fresh);
  });

  it('goes elsewhere while the fastest has much to do', () => {
    const { begins, measure, first } = make();
    const [quick, slower] = targetsOf([1, 1]);
    measure(quick!, 100);
    measure(slower!, 350);
    const observers = [1, 2, 3].map(() => begins(quick!));
    expect(first([quick!, slower!])).toBe(slower);
    for (const observer of observers) observer.over('aborted', 0, 'cancelled');
    expect(first([quick!, slower!])).toBe(quick);
  });

  it.each<[string, (observer: AttemptObserver) => void]>([
    ['fails at once', (observer) => observer.over('error', 3, 'provider_unavailable')],
    [
      'breaks off after its first content',
      (observer) => {
        observer.content(3);
        observer.over('partial', 90, 'stream_interrupted');
      },
    ],
    ['says nothing until its caller leaves', (observer) => observer.over('aborted', 9_000, 'cancelled')],
    [
      'says nothing until its caller has no time left',
      (observer) => observer.over('error', 9_000, 'deadline_exceeded'),
    ],
  ])('counts a target as slow that %s, and tries it again when that is long ago', async (_what, end) => {
    const { clock, begins, measure, first } = make();
    const [good, bad] = targetsOf([1, 1]);
    measure(good!, 900);
    measure(bad!, 100);
    end(begins(bad!));
    expect(first([good!, bad!])).toBe(good);
    await clock.advance(60_000);
    measure(good!, 900);
    expect(first([good!, bad!])).toBe(bad);
  });

  it('does not count against a target that a caller asks it for what nobody can do', () => {
    const { begins, measure, first } = make();
    const [other, quick] = targetsOf([1, 1]);
    measure(other!, 300);
    measure(quick!, 100);
    for (let turn = 0; turn < 20; turn++) begins(quick!).over('error', 30, 'provider_rejected');
    expect(first([other!, quick!])).toBe(quick);
    const [, , fresh] = targetsOf([1, 1, 1]);
    begins(fresh!).over('error', 30, 'provider_rejected');
    expect(first([quick!, fresh!])).toBe(fresh);
  });

  it('measures whole answers apart from streams', () => {
    const { balancer, measure } = make();
    const [terse, early] = targetsOf([1, 1]);
    measure(terse!, 2_000, factsOf());
    measure(early!, 9_000, factsOf());
    measure(terse!, 400);
    measure(early!, 100);
    expect(balancer.order([terse!, early!], streamed)[0]).toBe(early);
    expect(balancer.order([terse!, early!], hints)[0]).toBe(terse);
  });

  it('follows a peak at once and comes down from it slowly', async () => {
    const { clock, measure, first } = make();
    const [steady, uneven] = targetsOf([1, 1]);
    measure(steady!, 300);
    measure(uneven!, 100);
    measure(uneven!, 2_000);
    measure(uneven!, 100);
    expect(first([steady!, uneven!])).toBe(steady);
    for (let second = 0; second < 40; second++) {
      await clock.advance(1_000);
      measure(steady!, 300);
      measure(uneven!, 100);
    }
    expect(first([steady!, uneven!])).toBe(uneven);
  });

  it('puts no target without weight first', () => {
    const { measure, first } = make();
    const [only, backup] = targetsOf([1, 0]);
    measure(only!, 5_000);
    measure(backup!, 1);
    expect(first([backup!, only!])).toBe(only);
  });
});
