import fc from 'fast-check';
import { expect, it } from 'vitest';
import { MarkMap } from '../../../src/defaults/conversation/mark-map.ts';
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
        if (value === undefined) expect(map.get(owner, mark)).toBe(model.get(key));
        else {
          map.set(owner, mark, value);
          model.set(key, value);
        }
      }
    }),
  );
});

it('M4: keeps a hundred thousand marks apart, and the last half of what it holds whatever comes', () => {
  const map = new MarkMap<number>(50_000);
  const last = 99_999;
  for (let number = 0; number <= last; number++) map.set('owner', `p${String(number)}`, number);
  for (let number = last; number > last - 25_000; number--) expect(map.get('owner', `p${String(number)}`)).toBe(number);
  expect(map.get('owner', 'p0')).toBeUndefined();
  expect(map.get('another', `p${String(last)}`)).toBeUndefined();
});
