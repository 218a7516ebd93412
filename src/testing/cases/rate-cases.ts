import type { QuotaCheck } from './quota-run.ts';
import { expectSame } from './reading.ts';

/** What a rate has to do. */
export const rateCases: Readonly<Record<string, QuotaCheck>> = {
  'rate-at-once': {
    name: 'a rate gives its limit at once, then tells how long to wait',
    check: async (run) => {
      const bound = run.rate({ limit: 5, perMs: 3_600_000 });
      const left = [];
      for (let count = 0; count < 5; count++) left.push((await run.taken(bound)).levels[0]?.remaining);
      expectSame('left', left, [4, 3, 2, 1, 0]);
      const { refusedBy, retryAfterMs, levels } = await run.refused(bound);
      expectSame('refused by', refusedBy, 0);
      expectSame('left', levels[0]?.remaining, 0);
      expectAbout('the wait', retryAfterMs, 720_000);
      expectAbout('until it is whole', levels[0]?.resetMs, 3_600_000);
    },
  },
  'rate-flows-back': {
    name: 'units flow back evenly, and the wait that was told is enough',
    check: async (run) => {
      const bound = run.rate({ limit: 4, perMs: 800 });
      for (let count = 0; count < 4; count++) await run.taken(bound);
      for (let count = 0; count < 2; count++) {
        const { retryAfterMs } = await run.refused(bound);
        if (!(retryAfterMs > 0 && retryAfterMs <= 200))
          throw new Error(`Expected a wait of at most 200 ms; came ${retryAfterMs}.`);
        await run.pass(retryAfterMs);
        await run.taken(bound);
      }
    },
  },
  'rate-burst': {
    name: 'a burst bounds what is taken at once',
    check: async (run) => {
      const bound = run.rate({ limit: 100, burst: 2 });
      await run.taken(bound);
      await run.taken(bound);
      expectAbout('the wait', (await run.refused(bound)).retryAfterMs, 36_000);
    },
  },
  'rate-more-than-burst': {
    name: 'more units than the burst are taken once it is whole, and waited for afterwards',
    check: async (run) => {
      const bound = run.rate({ limit: 10, units: 30 });
      const one = { ...bound, units: 1 };
      const { levels } = await run.taken(bound);
      expectSame('left', levels[0]?.remaining, 0);
      expectAbout('until it is whole', levels[0]?.resetMs, 3 * 3_600_000);
      expectAbout('the wait for one', (await run.refused(one)).retryAfterMs, 2 * 3_600_000 + 360_000);
      const other = run.rate({ key: 'b', limit: 10 });
      await run.taken(other);
      await run.refused({ ...other, units: 30 });
    },
  },
  'rate-refused-free': {
    name: 'what is refused costs nothing',
    check: async (run) => {
      const bound = run.rate({ limit: 10, units: 6 });
      await run.taken(bound);
      for (let count = 0; count < 20; count++) await run.refused(bound);
      expectSame('left', await run.remaining(bound), 4);
    },
  },
  'rate-settled': {
    name: 'what was used stands in place of what was taken, more or less',
    check: async (run) => {
      const bound = run.rate({ limit: 100, units: 40 });
      (await run.taken(bound)).settle([10]);
      expectSame('left', await run.remaining(bound), 90);
      (await run.taken(bound)).settle([60]);
      expectSame('left', await run.remaining(bound), 30);
      (await run.taken({ ...bound, units: 5 })).settle([undefined]);
      expectSame('left', await run.remaining(bound), 25);
      (await run.taken({ ...bound, units: 5 })).settle([45]);
      expectSame('left', await run.remaining(bound), 0);
      await run.refused({ ...bound, units: 1 });
    },
  },
  'rate-settled-more-late': {
    name: 'what was used beyond is counted however late it is told, and however many others came meanwhile',
    check: async (run) => {
      const bound = run.rate({ limit: 10, perMs: 200 });
      const late = await run.taken(bound);
      await run.pass(210);
      for (let count = 0; count < 20; count++) await run.taken(run.rate({ key: `other-${count}` }));
      late.settle([1_000]);
      await run.refused(bound);
    },
  },
  'rate-settled-late': {
    name: 'what has flowed back meanwhile is not given back a second time',
    check: async (run) => {
      const bound = run.rate({ limit: 100, perMs: 200, units: 100 });
      const late = await run.taken(bound);
      await run.remaining(bound);
      await run.pass(210);
      const later = await run.taken(bound);
      late.settle([0]);
      if (((await run.remaining(bound)) ?? 0) > 95) throw new Error('Expected no second refund; it was whole again.');
      later.settle([0]);
    },
  },
};

/** Fails unless it is so much, or the hundredth part less: time goes on while a remote quota is asked. */
function expectAbout(what: string, came: number | undefined, wanted: number): void {
  if (came === undefined || came > wanted || came < wanted * 0.99)
    throw new Error(`${what}: expected about ${wanted} ms; came ${String(came)}.`);
}
