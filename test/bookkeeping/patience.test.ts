import { expect, it } from 'vitest';
import { Patience } from '../../src/bookkeeping/patience.ts';
import { manualClock } from '../../src/testing/index.ts';

const silent = (): Error => new Error('silent');

it('gives the answer, and keeps no timer', async () => {
  const clock = manualClock();
  const patience = new Patience(clock, 1_000, silent);
  await expect(patience.waitFor(Promise.resolve('here'))).resolves.toBe('here');
  await expect(patience.waitFor(Promise.reject(new Error('full')))).rejects.toThrow('full');
  expect(clock.pending).toBe(0);
});

it('tells of the silence when the time is over, or when nobody waits any more', async () => {
  const clock = manualClock();
  const patience = new Patience(clock, 1_000, silent);
  const late = expect(patience.waitFor(new Promise(() => undefined))).rejects.toThrow('silent');
  await clock.advance(1_000);
  await late;
  const given = expect(patience.waitFor(new Promise(() => undefined))).rejects.toThrow('silent');
  patience.end();
  await given;
  expect(clock.pending).toBe(0);
});

it('goes on waiting for the next answer when the one before comes late', async () => {
  const clock = manualClock();
  const patience = new Patience(clock, 1_000, silent);
  let comeLate = (_answer: string): void => undefined;
  const first = new Promise<string>((resolve) => (comeLate = resolve));
  const missed = expect(patience.waitFor(first)).rejects.toThrow('silent');
  await clock.advance(1_000);
  await missed;
  const next = expect(patience.waitFor(new Promise(() => undefined))).rejects.toThrow('silent');
  comeLate('late');
  await clock.advance(999);
  patience.end();
  await next;
});
