import fc from 'fast-check';
import { expect, it } from 'vitest';
import { MarkMap, placeOf } from '../../../src/defaults/conversation/mark-map.ts';
import { RecentMap } from '../../../src/defaults/recent-map.ts';

const OWNERS = ['one', 'other'] as const;
const inOrder = (numbers: Iterable<number>): number[] => [...numbers].sort((one, other) => one - other);

it('M4: finds and forgets what a map of recent texts does, whatever is asked of it', () => {
  const step = fc.record({
    owner: fc.constantFrom(...OWNERS),
    mark: fc.integer({ min: 0, max: 60 }).map((number) => `t${String(number)}`),
    value: fc.option(fc.integer({ min: 0, max: 1_000 }), { nil: undefined }),
  });
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 40 }), fc.array(step, { maxLength: 400 }), (capacity, steps) => {
      const forgotten: number[] = [];
      const forgottenOfModel: number[] = [];
      const map = new MarkMap<number>(capacity, (gone) => forgotten.push(gone));
      const model = new RecentMap<string, number>(capacity, (gone) => forgottenOfModel.push(gone));
      for (const { owner, mark, value } of steps) {
        const key = `${owner}\n${mark}`;
        if (value === undefined) expect(map.get(placeOf(owner, mark))).toBe(model.get(key));
        else {
          map.set(placeOf(owner, mark), value);
          model.set(key, value);
        }
      }
      const held: number[] = [];
      map.each((value) => held.push(value));
      expect(inOrder(held)).toEqual(inOrder(model.values()));
      expect(inOrder(forgotten)).toEqual(inOrder(forgottenOfModel));
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
