import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Seen, SeenOrder } from '../../../src/defaults/conversation/seen-order.ts';

interface Item extends Seen<Item> {
  readonly id: number;
  seenAtMs: number;
}

const itemOf = (id: number): Item => ({ id, seenAtMs: 0, earlier: undefined, later: undefined, isIdle: false });

it('M4: tells how many were seen lately, and which was not for longest, as a look at all of them does', () => {
  const step = fc.record({
    does: fc.constantFrom('see', 'see', 'see', 'remove', 'putBeside', 'ask'),
    id: fc.integer({ min: 0, max: 12 }),
    other: fc.integer({ min: 0, max: 12 }),
    passes: fc.integer({ min: 0, max: 40 }),
    idleMs: fc.constantFrom(30, 100, 100, 250),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const items = Array.from({ length: 13 }, (_, id) => itemOf(id));
      const order = new SeenOrder<Item>();
      /** The ones that are there, in their order. */
      let model: Item[] = [];
      let now = 0;
      for (const { does, id, other, passes, idleMs } of steps) {
        now += passes;
        const [item, beside] = [items[id], items[other]];
        if (!item || !beside) throw new Error('There are thirteen.');
        if (does === 'see') {
          item.seenAtMs = now;
          order.see(item);
          model = [...model.filter((one) => one !== item), item];
        } else if (does === 'remove') {
          order.remove(item);
          model = model.filter((one) => one !== item);
        } else if (does === 'putBeside' && model.includes(beside) && !model.includes(item)) {
          item.seenAtMs = beside.seenAtMs;
          order.putBeside(item, beside);
          model.splice(model.indexOf(beside) + 1, 0, item);
        } else if (does === 'ask') {
          const active = model.filter(({ seenAtMs }) => now - seenAtMs < idleMs);
          expect(order.active(now, idleMs)).toBe(active.length);
        }
        expect([order.size, order.first?.id]).toEqual([model.length, model[0]?.id]);
      }
      expect(order.active(now, 100)).toBe(model.filter(({ seenAtMs }) => now - seenAtMs < 100).length);
    }),
  );
});

it('counts those again that a clock which was set back makes young again', () => {
  const order = new SeenOrder<Item>();
  for (let id = 0; id < 10; id++) {
    const item = itemOf(id);
    item.seenAtMs = id;
    order.see(item);
  }
  expect([order.active(105, 100), order.active(1_000, 100), order.active(50, 100)]).toEqual([4, 0, 10]);
});
