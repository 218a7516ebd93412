import fc from 'fast-check';
import { Histogram } from 'nexusai-hub/storage-kit';
import { expect, it } from 'vitest';

function histogramOf(times: readonly number[]): Histogram {
  const histogram = new Histogram();
  for (const ms of times) histogram.add(ms);
  return histogram;
}

const times = fc.array(fc.double({ min: 0.001, max: 1e9, noNaN: true }), { minLength: 1, maxLength: 200 });

it('percentiles are off by 5 % at the most', () => {
  fc.assert(
    fc.property(times, (measured) => {
      const sorted = [...measured].sort((one, other) => one - other);
      const { p50, p90, p95, p99, count } = histogramOf(measured).percentiles();
      expect(count).toBe(measured.length);
      for (const [share, shown] of [
        [0.5, p50],
        [0.9, p90],
        [0.95, p95],
        [0.99, p99],
      ] as const) {
        const exact = sorted[Math.ceil(share * sorted.length) - 1] ?? NaN;
        expect(Math.abs((shown ?? NaN) - exact) / exact).toBeLessThanOrEqual(0.05);
      }
    }),
  );
});

it('texts behind each other are the sum of their histograms', () => {
  fc.assert(
    fc.property(times, times, (some, others) => {
      const added = new Histogram();
      added.addText(histogramOf(some).toText() + histogramOf(others).toText());
      expect(added.percentiles()).toEqual(histogramOf([...some, ...others]).percentiles());
      const both = histogramOf(some);
      both.addAll(histogramOf(others));
      expect(both.percentiles()).toEqual(added.percentiles());
    }),
  );
});

it('one that begins anew is as good as new', () => {
  fc.assert(
    fc.property(times, times, (some, others) => {
      const used = histogramOf(some);
      used.clear();
      expect(used.percentiles()).toEqual(new Histogram().percentiles());
      expect(used.toText()).toBe('');
      for (const ms of others) used.add(ms);
      expect(used.toText()).toBe(histogramOf(others).toText());
      expect(used.percentiles()).toEqual(histogramOf(others).percentiles());
    }),
  );
});

it('S11: nothing measured is no percentile, and no time at all is 0', () => {
  expect(new Histogram().percentiles()).toEqual({
    count: 0,
    p50: undefined,
    p90: undefined,
    p95: undefined,
    p99: undefined,
  });
  expect(histogramOf([0, 0, 0.0001]).percentiles()).toMatchObject({ count: 3, p50: 0, p99: 0 });
});
