import fc from 'fast-check';
import { expect, it } from 'vitest';
import { GrowingIds } from '../../src/defaults/growing-ids.ts';

/** Ids by their time, of which a few come late, as of one millisecond, and some much later, as when a clock is set back. */
const lateness = fc.oneof({ weight: 6, arbitrary: fc.nat(3) }, { weight: 1, arbitrary: fc.nat(400) });
const step = fc.oneof(
  { weight: 20, arbitrary: fc.record({ add: lateness }) },
  { weight: 1, arbitrary: fc.record({ cut: fc.nat(150) }) },
);

it('an id is taken once for as long as it is there, in whatever order ids come', () => {
  fc.assert(
    fc.property(fc.array(step, { size: 'max', maxLength: 600 }), (steps) => {
      const ids = new GrowingIds();
      let kept: string[] = [];
      for (const [place, one] of steps.entries()) {
        if ('cut' in one) {
          ids.cut(one.cut);
          kept = kept.slice(one.cut);
          continue;
        }
        const id = String(1_000 + place - one.add);
        expect(ids.add(id)).toBe(!kept.includes(id));
        if (!kept.includes(id)) kept.push(id);
      }
    }),
  );
});

it('all of them come again, and none is taken', () => {
  const ids = new GrowingIds();
  const all = Array.from({ length: 1_000 }, (_, number) => String(10_000 + ((number * 7) % 1_000)));
  expect(all.map((id) => ids.add(id))).not.toContain(false);
  expect(all.map((id) => ids.add(id))).not.toContain(true);
});
