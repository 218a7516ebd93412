import { expect, it } from 'vitest';
import { DrainRate } from '../../src/defaults/drain-rate.ts';

it('guesses a second while it knows nothing, however many are waited for', () => {
  expect(new DrainRate().waitMs(1, 0)).toBe(1_000);
  expect(new DrainRate().waitMs(500, 0)).toBe(1_000);
});

it('multiplies the gap it measured by the places that are waited for', () => {
  const drain = new DrainRate();
  drain.filled(0);
  for (let now = 200; now <= 2_000; now += 200) drain.freed(now, true);
  expect(drain.waitMs(1, 2_000)).toBe(200);
  expect(drain.waitMs(5, 2_000)).toBe(1_000);
});

it('follows a lane that becomes faster', () => {
  const drain = new DrainRate();
  drain.filled(0);
  let now = 0;
  for (let place = 0; place < 10; place++) drain.freed((now += 1_000), true);
  for (let place = 0; place < 200; place++) drain.freed((now += 100), true);
  expect(drain.waitMs(10, now)).toBeGreaterThanOrEqual(1_000);
  expect(drain.waitMs(10, now)).toBeLessThan(1_010);
});

it('does not count the time in which there was room', () => {
  const drain = new DrainRate();
  drain.filled(0);
  drain.freed(200, false);
  drain.filled(90_000);
  drain.freed(90_200, false);
  expect(drain.waitMs(1, 100_000)).toBe(200);
});

it('grows while nothing becomes free, and stays within its bounds', () => {
  const drain = new DrainRate();
  drain.filled(0);
  drain.freed(10, true);
  expect(drain.waitMs(1, 10)).toBe(100);
  expect(drain.waitMs(1, 5_010)).toBe(5_000);
  expect(drain.waitMs(100, 5_010)).toBe(60_000);
  const unmeasured = new DrainRate();
  unmeasured.filled(0);
  expect(unmeasured.waitMs(1, 3_000)).toBe(3_000);
});
