import fc from 'fast-check';
import { memoryAnswerCache } from 'nexusai-hub';
import { manualClock } from 'nexusai-hub/testing';
import { expect, it } from 'vitest';

const MINUTE = 60_000;

it('M4: holds both its bounds at any moment, and what was read lately stays longest', async () => {
  const most = { maxEntries: 40, maxBytes: 20_000 };
  const step = fc.record({
    name: fc.nat(200),
    length: fc.nat(12_000),
    reads: fc.boolean(),
    waitsMs: fc.nat(MINUTE / 10),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 300 }), async (steps) => {
      const clock = manualClock();
      const cache = memoryAnswerCache(clock, most);
      const model = new Map<string, { answer: string; endsAt: number }>();
      for (const { name, length, reads, waitsMs } of steps) {
        await clock.advance(waitsMs);
        const key = { scope: 'hub', digest: String(name) };
        if (reads) {
          const found = await cache.get(key);
          const kept = model.get(key.digest);
          // It may forget, but never give what was not set, or is over.
          if (found !== undefined) expect(kept).toMatchObject({ answer: found });
          if (kept && kept.endsAt <= clock.elapsed()) expect(found).toBeUndefined();
        } else {
          const answer = `${name} `.repeat(Math.ceil(length / 4));
          await cache.set(key, answer, MINUTE);
          model.set(key.digest, { answer, endsAt: clock.elapsed() + MINUTE });
        }
        const size = cache.size?.();
        expect(size?.entries).toBeLessThanOrEqual(most.maxEntries);
        expect(size?.bytes).toBeLessThanOrEqual(most.maxBytes);
      }
    }),
    { numRuns: 100 },
  );
});

it('M4: a million answers leave as many as there is room for, and what is read again and again stays', async () => {
  const cache = memoryAnswerCache(manualClock(), { maxEntries: 1_000, maxBytes: 1_000_000 });
  const favourite = { scope: 'hub', digest: 'favourite' };
  await cache.set(favourite, 'stays', MINUTE);
  for (let place = 0; place < 1_000_000; place++) {
    void cache.set({ scope: 'hub', digest: String(place) }, 'x', MINUTE);
    if (place % 100 === 0) expect(cache.get(favourite)).toBe('stays');
  }
  expect(cache.size?.().entries).toBeLessThanOrEqual(1_000);
});

it('an answer that would push out half of the others is not taken, and leaves no older one', async () => {
  const cache = memoryAnswerCache(manualClock(), { maxBytes: 10_000 });
  const key = { scope: 'hub', digest: 'a' };
  await cache.set(key, 'old', MINUTE);
  await cache.set(key, 'x'.repeat(6_000), MINUTE);
  expect(await cache.get(key)).toBeUndefined();
  expect(cache.size?.()).toEqual({ entries: 0, bytes: 0 });
});

it.each([{ maxEntries: 0 }, { maxBytes: -1 }, { maxEntries: 1.5 }])('refuses %j', (options) => {
  expect(() => memoryAnswerCache(manualClock(), options)).toThrow(/memoryAnswerCache: max\w+ must be a whole number/);
});
