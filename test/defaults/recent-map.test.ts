import fc from 'fast-check';
import { expect, it } from 'vitest';
import { RecentMap } from '../../src/defaults/recent-map.ts';

it('M4: holds at most its capacity, never forgets what was used in the last half of it, and tells what it forgets', () => {
  const uses = fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 300 });
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 20 }), uses, (capacity, keys) => {
      const forgotten: number[] = [];
      const map = new RecentMap<number, number>(capacity, (value) => forgotten.push(value));
      const lastUsed: number[] = [];
      for (const [turn, key] of keys.entries()) {
        if (map.get(key) === undefined) map.set(key, turn);
        lastUsed.unshift(key);
        const held = [...map.entries()].map(([, value]) => value);
        expect(held.length).toBeLessThanOrEqual(capacity);
        expect(new Set([...held, ...forgotten]).size).toBe(held.length + forgotten.length);
      }
      const recent = new Set(lastUsed.slice(0, Math.floor(capacity / 2)));
      for (const key of recent) expect(map.get(key)).toBeDefined();
    }),
  );
});

it('M4: ten million keys leave as many as it holds, the last ones', () => {
  const map = new RecentMap<number, number>(20_000);
  for (let key = 0; key < 10_000_000; key++) map.add(key, key);
  const held = [...map.values()];
  expect(held.length).toBeLessThanOrEqual(20_000);
  expect(Math.min(...held)).toBeGreaterThanOrEqual(10_000_000 - 20_000);
});

it('replaces a value under the same key', () => {
  const map = new RecentMap<string, number>(4);
  for (const value of [1, 2, 3]) map.set('a', value);
  expect([...map.entries()]).toEqual([['a', 3]]);
});

it('lets an entry be taken out, young or old, without telling that it was forgotten', () => {
  const forgotten: number[] = [];
  const map = new RecentMap<string, number>(4, (value) => forgotten.push(value));
  for (const [place, key] of ['a', 'b', 'c'].entries()) map.set(key, place);
  map.delete('a');
  map.delete('c');
  map.delete('nobody');
  expect([...map.entries()]).toEqual([['b', 1]]);
  expect(map.get('a')).toBeUndefined();
  expect(forgotten).toEqual([]);
});
