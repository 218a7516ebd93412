import fc from 'fast-check';
import { expect, it } from 'vitest';
import { WaitingLine } from '../../src/defaults/waiting-line.ts';

interface Waiter {
  readonly priority: number;
  readonly number: number;
}

/** The line as its contract says it, by searching a plain list. */
class PlainLine {
  waiters: Waiter[] = [];
  #passedOver = 0;

  take(): Waiter | undefined {
    const [oldest] = this.waiters;
    if (!oldest) return undefined;
    const highest = this.waiters.reduce((best, one) => (one.priority > best.priority ? one : best));
    const next = this.#passedOver === 3 ? oldest : highest;
    this.#passedOver = next === oldest ? 0 : this.#passedOver + 1;
    return this.leave(next);
  }

  takeBelow(priority: number): Waiter | undefined {
    const lowest = Math.min(...this.waiters.map((one) => one.priority));
    const last = this.waiters.findLast((one) => one.priority === lowest);
    return last && lowest < priority ? this.leave(last) : undefined;
  }

  leave(waiter: Waiter): Waiter {
    this.waiters = this.waiters.filter((one) => one !== waiter);
    return waiter;
  }
}

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ what: fc.constant('add' as const), value: fc.integer({ min: -3, max: 3 }) }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant('take' as const), value: fc.constant(0) }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('leave' as const), value: fc.nat(20) }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('below' as const), value: fc.integer({ min: -4, max: 4 }) }) },
);

it('gives the same turns as a plain list, whoever comes, leaves or gives way', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200, size: 'max' }), (steps) => {
      const line = new WaitingLine<Waiter>();
      const plain = new PlainLine();
      const places = new Map<Waiter, { leave(): void }>();
      for (const [number, { what, value }] of steps.entries()) {
        if (what === 'add') {
          const waiter = { priority: value, number };
          places.set(waiter, line.add(waiter, value));
          plain.waiters.push(waiter);
        } else if (what === 'take') expect(line.take()).toBe(plain.take());
        else if (what === 'below') expect(line.takeBelow(value)).toBe(plain.takeBelow(value));
        else {
          const waiter = plain.waiters[value];
          if (!waiter) continue;
          places.get(waiter)?.leave();
          places.get(waiter)?.leave();
          plain.leave(waiter);
        }
        expect(line.size).toBe(plain.waiters.length);
      }
      while (line.size > 0) expect(line.take()).toBe(plain.take());
      expect(line.take()).toBeUndefined();
    }),
  );
});

it('gives every fourth place to who waits longest, and the other three to the highest', () => {
  const line = new WaitingLine<number>();
  for (let number = 0; number < 4; number++) line.add(0, 0);
  const turns: (number | undefined)[] = [];
  for (let number = 0; number < 12; number++) {
    line.add(9, 9);
    turns.push(line.take());
  }
  expect(turns).toEqual([9, 9, 9, 0, 9, 9, 9, 0, 9, 9, 9, 0]);
});
