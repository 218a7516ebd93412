import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LiveMap } from '../../src/defaults/live-map.ts';

interface Counter {
  isWhole: boolean;
}

const mapOf = (capacity: number): LiveMap<Counter> => new LiveMap<Counter>(capacity, ({ isWhole }) => isWhole);

describe('LiveMap', () => {
  it('M4: never holds more than its capacity, whatever comes', () => {
    const uses = fc.array(fc.tuple(fc.integer({ min: 0, max: 60 }), fc.boolean()), { maxLength: 300 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), uses, (capacity, keys) => {
        const map = mapOf(capacity);
        for (const [key, isWhole] of keys) {
          map.tidy(1);
          map.of(String(key), () => ({ isWhole })).isWhole = isWhole;
          expect(map.size).toBeLessThanOrEqual(capacity);
        }
      }),
    );
  });

  it('forgets nothing that is in use while there is room', () => {
    const uses = fc.array(fc.tuple(fc.integer({ min: 0, max: 19 }), fc.boolean()), { maxLength: 300 });
    fc.assert(
      fc.property(uses, (keys) => {
        const map = mapOf(20);
        const live = new Map<string, Counter>();
        for (const [number, isWhole] of keys) {
          const key = String(number);
          map.tidy(0);
          const counter = map.of(key, () => ({ isWhole: false }));
          if (live.has(key)) expect(counter).toBe(live.get(key));
          counter.isWhole = isWhole;
          if (isWhole) live.delete(key);
          else live.set(key, counter);
        }
      }),
    );
  });

  it('lets whole counters go without being full', () => {
    const map = mapOf(1_000_000);
    for (let key = 0; key < 10_000; key++) {
      map.of(String(key), () => ({ isWhole: true }));
      map.tidy(1);
    }
    expect(map.size).toBeLessThan(10);
  });

  it('keeps what is used again and again, also where it is whole', () => {
    const map = mapOf(1_000_000);
    const busy = map.of('busy', () => ({ isWhole: true }));
    for (let key = 0; key < 1_000; key++) {
      map.tidy(1);
      if (key % 2 === 0) map.of(String(key), () => ({ isWhole: true }));
      expect(map.of('busy', () => ({ isWhole: true }))).toBe(busy);
    }
  });

  it('keeps what is used again and again when it is full of what is not', () => {
    const map = mapOf(100);
    const busy = map.of('busy', () => ({ isWhole: false }));
    for (let key = 0; key < 10_000; key++) {
      map.tidy(1);
      map.of(String(key), () => ({ isWhole: false }));
      expect(map.of('busy', () => ({ isWhole: false }))).toBe(busy);
    }
  });

  it('forgets nothing until it is told to: what was just made is still to be counted on', () => {
    const map = mapOf(1);
    const made = Array.from({ length: 10 }, (_, key) => map.of(String(key), () => ({ isWhole: true })));
    for (const [key, counter] of made.entries()) expect(map.of(String(key), () => ({ isWhole: true }))).toBe(counter);
  });
});
