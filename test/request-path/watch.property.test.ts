import { AsyncLocalStorage } from 'node:async_hooks';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ManualClock } from 'nexusai-hub/testing';
import { manualClock } from 'nexusai-hub/testing';
import { systemClock } from '../../src/defaults/clock.ts';
import { Watch, Watched } from '../../src/watch.ts';

/** Remembers when it was looked at. */
class Sleeper extends Watched {
  readonly lookedAt: number[] = [];

  override look(now: number): void {
    this.lookedAt.push(now);
  }
}

/** One more is watched, one that was is not any more, or time passes. */
type Step =
  | { readonly kind: 'add'; readonly inMs: number }
  | { readonly kind: 'remove'; readonly which: number }
  | { readonly kind: 'pass'; readonly ms: number };

const STEP = fc.oneof<fc.WeightedArbitrary<Step>[]>(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('add' as const), inMs: fc.integer({ min: 0, max: 300 }) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('remove' as const), which: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 0, max: 150 }) }) },
);

function sleeperIn(clock: ManualClock, inMs: number): Sleeper {
  const sleeper = new Sleeper();
  Watch.by(clock).add(sleeper, clock.elapsed() + inMs, clock.elapsed());
  return sleeper;
}

describe('a watch', () => {
  it('looks at each once, exactly when its time has come, and at none that has gone, with one timer at most', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(STEP, { maxLength: 100, size: 'max' }), async (steps) => {
        const clock = manualClock();
        const all: { sleeper: Sleeper; dueAt: number; goneAt: number }[] = [];
        for (const step of steps) {
          switch (step.kind) {
            case 'add':
              all.push({ sleeper: sleeperIn(clock, step.inMs), dueAt: clock.elapsed() + step.inMs, goneAt: Infinity });
              break;
            case 'remove': {
              const one = all[step.which % all.length];
              if (!one) break;
              Watch.by(clock).remove(one.sleeper);
              if (one.sleeper.lookedAt.length === 0) one.goneAt = Math.min(one.goneAt, clock.elapsed());
              break;
            }
            case 'pass':
              await clock.advance(step.ms);
          }
          const now = clock.elapsed();
          const wanted = all.map(({ dueAt, goneAt }) => (dueAt <= now && dueAt < goneAt ? [dueAt] : []));
          // Those whose time has come at once are looked at when the timer runs, not before.
          if (step.kind === 'pass') expect(all.map(({ sleeper }) => sleeper.lookedAt)).toEqual(wanted);
          const waiting = all.filter(({ sleeper, goneAt }) => sleeper.lookedAt.length === 0 && goneAt === Infinity);
          expect(clock.pending).toBe(waiting.length === 0 ? 0 : 1);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('goes on when a look throws, and takes back and adds what a look takes back and adds', async () => {
    const clock = manualClock();
    const watch = Watch.by(clock);
    const [last, gone] = [sleeperIn(clock, 10), sleeperIn(clock, 10)];
    const first = new (class extends Watched {
      override look(now: number): void {
        watch.remove(gone);
        watch.add(this, now + 5, now);
      }
    })();
    watch.add(first, 5, 0);
    const broken = new (class extends Watched {
      override look(): void {
        throw new Error('broken');
      }
    })();
    watch.add(broken, 7, 0);
    await clock.advance(6);
    await expect(clock.advance(1)).rejects.toThrow('broken');
    await clock.advance(10);
    expect([last.lookedAt, gone.lookedAt]).toEqual([[10], []]);
    watch.remove(first);
    expect(clock.pending).toBe(0);
  });

  it('looks in the context of nobody, whose request it was that set the timer', async () => {
    const context = new AsyncLocalStorage<string>();
    const seen = await new Promise((resolve) => {
      class Witness extends Watched {
        override look(): void {
          resolve(context.getStore() ?? 'nobody');
        }
      }
      const now = systemClock.elapsed();
      context.run('somebody', () => Watch.by(systemClock).add(new Witness(), now + 1, now));
    });
    expect(seen).toBe('nobody');
  });
});
