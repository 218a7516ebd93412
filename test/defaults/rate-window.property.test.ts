import fc from 'fast-check';
import { memoryQuota } from 'nexusai-hub';
import type { Clock, RateBound } from 'nexusai-hub/ports';
import { describe, expect, it } from 'vitest';

import { RateWindow } from '../../src/defaults/rate-window.ts';

const SECOND_MS = 1_000;
const SECOND_US = 1_000_000;

/** A clock that is set, without anybody who waits for it. */
function settable(): Clock & { atMs: number } {
  return {
    atMs: 0,
    now() {
      return this.atMs;
    },
    elapsed() {
      return this.atMs;
    },
    schedule: () => ({ cancel: () => undefined }),
  };
}

/** Milliseconds that are exact in sums. */
function eighths(count: number): number {
  return count / 8;
}

/** What stands of something that was taken. */
interface Stands {
  readonly atMs: number;
  units: number;
}

/** When those of `arrivals` (whole microseconds, in their order) get in. */
function admittedOf(bound: RateBound, arrivals: Iterable<number>): number[] {
  const clock = settable();
  const quota = memoryQuota(clock);
  const admitted: number[] = [];
  for (const atUs of arrivals) {
    clock.atMs = atUs / 1_000;
    if (!('refusedBy' in quota.take([bound]))) admitted.push(atUs);
  }
  return admitted;
}

/** For each full second of the calendar after the first: how many got in. */
function bySecond(admitted: readonly number[]): number[] {
  const counts: number[] = [];
  for (const atUs of admitted) counts[Math.floor(atUs / SECOND_US)] = (counts[Math.floor(atUs / SECOND_US)] ?? 0) + 1;
  return Array.from(counts.slice(1, -1), (count) => count ?? 0);
}

function mostInAnySecond(admitted: readonly number[]): number {
  let [first, most] = [0, 0];
  for (const [place, atUs] of admitted.entries()) {
    while ((admitted[first] ?? 0) <= atUs - SECOND_US) first++;
    most = Math.max(most, place - first + 1);
  }
  return most;
}

describe('a rate', () => {
  it('L1: has never more than its limit in any window, whatever comes, however much of it is settled and when', () => {
    const step = fc.record({
      pauseMs: fc.oneof(
        fc.constant(0),
        fc.integer({ min: 0, max: 24 }).map(eighths),
        fc.integer({ min: 0, max: 1_500 }),
      ),
      units: fc.integer({ min: 0, max: 30 }),
      times: fc.integer({ min: 1, max: 20 }),
      used: fc.integer({ min: 0, max: 30 }),
      settles: fc.integer({ min: 0, max: 10 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 30, max: 5_000 }), (steps, limit) => {
        const clock = settable();
        const quota = memoryQuota(clock);
        const all: Stands[] = [];
        const open: { readonly stands: Stands; readonly settle: (used: number) => void }[] = [];
        for (const { pauseMs, units, times, used, settles } of steps) {
          clock.atMs += pauseMs;
          for (let time = 0; time < times; time++) {
            const came = quota.take([{ kind: 'rate', key: 'a', limit, perMs: SECOND_MS, units }]);
            if ('refusedBy' in came) continue;
            const stands = { atMs: clock.atMs, units };
            all.push(stands);
            open.push({ stands, settle: (really) => came.settle([really]) });
            const window = all.filter(({ atMs }) => atMs > clock.atMs - SECOND_MS);
            expect(window.reduce((sum, one) => sum + one.units, 0)).toBeLessThanOrEqual(limit);
          }
          for (const { stands, settle } of open.splice(0, settles)) {
            stands.units = Math.min(stands.units, used);
            settle(stands.units);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    // From rest the first thousand comes as it likes, and what comes later follows its shape. Where chance decides when
    // there is somebody for the room, a second that ends in the midst of it lacks those who come a moment later.
    { comes: 'evenly', perMs: 1.02, until: 1_000, least: 995, gapOf: () => 1 },
    { comes: '20 at a time', perMs: 5, until: 1_000, least: 995, gapOf: (_: number, at: number) => (at % 20 ? 0 : 20) },
    { comes: 'at random', perMs: 2, until: 400, least: 999, gapOf: (random: number) => -Math.log(1 - random) },
    { comes: 'at random', perMs: 2, until: 1_000, least: 900, gapOf: (random: number) => -Math.log(1 - random) },
  ])('L1: lets its limit in, $least at least, in every full second of an overload that comes $comes', (one) => {
    const { until, least, gapOf } = one;
    const load = fc.record({
      perMs: fc.double({ min: one.perMs, max: 5, noNaN: true }),
      beginsAtMs: fc.double({ min: 0, max: until, noNaN: true }),
      seed: fc.integer({ min: 1, max: 2_147_483_646 }),
    });
    fc.assert(
      fc.property(load, ({ perMs, beginsAtMs, seed }) => {
        let state = seed;
        const random = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
        const arrivals: number[] = [];
        for (let atMs = beginsAtMs; atMs < 7_000; atMs += gapOf(random(), arrivals.length) / perMs)
          arrivals.push(Math.round(atMs * 1_000));
        const admitted = admittedOf({ kind: 'rate', key: 'a', limit: 1_000, perMs: SECOND_MS, units: 1 }, arrivals);
        expect(mostInAnySecond(admitted)).toBeLessThanOrEqual(1_000);
        for (const count of bySecond(admitted)) expect(count).toBeGreaterThanOrEqual(least);
      }),
      { numRuns: 25 },
    );
  });

  it('L1: given out evenly, lets its limit in in every second from the first on, and never many at once', () => {
    const load = fc.record({
      perMs: fc.double({ min: 1.5, max: 20, noNaN: true }),
      beginsAtMs: fc.double({ min: 0, max: 1_000, noNaN: true }),
      seed: fc.integer({ min: 1, max: 2_147_483_646 }),
    });
    fc.assert(
      fc.property(load, ({ perMs, beginsAtMs, seed }) => {
        let state = seed;
        const random = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
        const arrivals: number[] = [];
        for (let atMs = beginsAtMs; atMs < 6_000; atMs -= Math.log(1 - random()) / perMs)
          arrivals.push(Math.round(atMs * 1_000));
        const bound: RateBound = { kind: 'rate', key: 'a', limit: 1_000, perMs: SECOND_MS, evenly: true, units: 1 };
        const admitted = admittedOf(bound, arrivals);
        expect(mostInAnySecond(admitted)).toBeLessThanOrEqual(1_000);
        const [first = 0] = admitted;
        for (const count of bySecond(admitted.map((atUs) => atUs - first + SECOND_US)))
          expect(count).toBeGreaterThanOrEqual(990);
        // After the second second nobody has been kept waiting for long any more.
        const late = admitted.filter((atUs) => atUs > first + 2.2 * SECOND_US);
        for (let from = first + 2.2 * SECOND_US; from < 5_900_000; from += 10_000)
          expect(late.filter((atUs) => atUs >= from && atUs < from + 100_000).length).toBeLessThanOrEqual(205);
      }),
      { numRuns: 15 },
    );
  });

  it('refuses a period that is none', () => {
    const quota = memoryQuota(settable());
    const take = (perMs: number) => () => quota.take([{ kind: 'rate', key: 'a', limit: 1, perMs, units: 1 }]);
    expect(take(0.5)).toThrow('rate "a": perMs must be 1 or more (got 0.5).');
    expect(take(Number.NaN)).toThrow(TypeError);
  });

  it('M1: does not hold on to what was let go or given back, nor does who took it', () => {
    const window = new RateWindow();
    const rate = { limit: 10, periodUs: 1e6, isEven: false };
    const [over, givenBack] = [window.take(1, rate, 0), window.take(2, rate, 500_000)];
    window.take(3, rate, 600_000);
    window.giveBack(givenBack!, 2, rate);
    window.letGo(1e6);
    expect(over?.next).toBeUndefined();
    expect(givenBack?.next).toBeUndefined();
    expect(window.used).toBe(3);
  });

  it('keeps no more entries than it has grains, however many come', () => {
    const window = new RateWindow();
    const rate = { limit: 1e9, periodUs: 1e6, isEven: false };
    let entries = 0;
    let last: unknown;
    for (let nowUs = 0; nowUs < 1e6; nowUs += 7) {
      const taken = window.take(1 + (nowUs % 3), rate, nowUs);
      if (taken !== last) entries++;
      last = taken;
    }
    expect(entries).toBe(2_000);
  });

  it('allows in the long run no more than its limit, however much more is used than was taken', () => {
    const step = fc.record({ pauseMs: fc.integer({ min: 0, max: 900 }), used: fc.integer({ min: 0, max: 60 }) });
    fc.assert(
      fc.property(fc.array(step, { minLength: 20, maxLength: 100 }), (steps) => {
        const clock = settable();
        const quota = memoryQuota(clock);
        const bound: RateBound = { kind: 'rate', key: 'a', limit: 10, perMs: SECOND_MS, units: 1 };
        let total = 0;
        for (const { pauseMs, used } of steps) {
          clock.atMs += pauseMs;
          const came = quota.take([bound]);
          if ('refusedBy' in came) continue;
          // All before it is paid for, but for one window.
          expect(total).toBeLessThanOrEqual((10 * (clock.atMs + SECOND_MS)) / SECOND_MS);
          came.settle([used]);
          total += used;
        }
      }),
      { numRuns: 300 },
    );
  });
});
