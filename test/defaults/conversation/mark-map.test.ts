import fc from 'fast-check';
import { expect, it } from 'vitest';
import { MarkMap } from '../../../src/defaults/conversation/mark-map.ts';
import { MarkTable, placeOf } from '../../../src/defaults/conversation/mark-table.ts';
import { RecentMap } from '../../../src/defaults/recent-map.ts';

const OWNERS = ['one', 'other'] as const;

it('M4: finds and forgets what a map of recent texts does, whatever is asked of it', () => {
  const step = fc.record({
    owner: fc.constantFrom(...OWNERS),
    mark: fc.integer({ min: 0, max: 60 }).map((number) => `t${String(number)}`),
    value: fc.option(fc.integer({ min: 0, max: 1_000 }), { nil: undefined }),
  });
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 40 }), fc.array(step, { maxLength: 400 }), (capacity, steps) => {
      const map = new MarkMap<number>(capacity);
      const model = new RecentMap<string, number>(capacity);
      for (const { owner, mark, value } of steps) {
        const key = `${owner}\n${mark}`;
        if (value === undefined) expect(map.get(placeOf(owner, mark))).toBe(model.get(key));
        else {
          map.set(placeOf(owner, mark), value);
          model.set(key, value);
        }
      }
    }),
  );
});

it('M4: a table holds what a map does, whatever is put in and taken out', () => {
  const step = fc.record({
    // Few slots for many places, so that many stand in a row.
    first: fc.integer({ min: 0, max: 40 }),
    second: fc.integer({ min: 0, max: 3 }),
    value: fc.option(fc.integer({ min: 1, max: 1_000 }), { nil: undefined }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const table = new MarkTable<number>();
      const model = new Map<string, number>();
      for (const { first, second, value } of steps) {
        if (value === undefined) {
          table.delete({ first, second });
          model.delete(`${first} ${second}`);
        } else {
          table.set({ first, second }, value);
          model.set(`${first} ${second}`, value);
        }
        expect(table.size).toBe(model.size);
      }
      for (let first = 0; first <= 40; first++)
        for (let second = 0; second <= 3; second++)
          expect(table.get({ first, second })).toBe(model.get(`${first} ${second}`));
    }),
  );
});

it('M4: keeps a hundred thousand marks apart, and the last half of what it holds whatever comes', () => {
  const map = new MarkMap<number>(50_000);
  const last = 99_999;
  for (let number = 0; number <= last; number++) map.set(placeOf('owner', `p${String(number)}`), number);
  for (let number = last; number > last - 25_000; number--)
    expect(map.get(placeOf('owner', `p${String(number)}`))).toBe(number);
  expect(map.get(placeOf('owner', 'p0'))).toBeUndefined();
  expect(map.get(placeOf('another', `p${String(last)}`))).toBeUndefined();
});
