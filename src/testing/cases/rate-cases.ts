import type { QuotaCheck } from './quota-run.ts';
import { isRefusal } from './quota-run.ts';
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
      expectAbout('the wait', retryAfterMs, 3_600_000);
      expectAbout('until it is whole', levels[0]?.resetMs, 3_600_000);
    },
  },
  'rate-makes-room': {
    name: 'what was taken makes room when its time is over, and the wait that was told is enough',
    check: async (run) => {
      const bound = run.rate({ limit: 2, perMs: 2_000 });
      // Time passes between two that are taken, so the wait has to be the one until both have made room.
      const both = { ...bound, units: 2 };
      for (let count = 0; count < 2; count++) await run.taken(bound);
      const { retryAfterMs } = await run.refused(both);
      if (!(retryAfterMs > 0 && retryAfterMs <= 2_000))
        throw new Error(`Expected a wait of at most 2000 ms; came ${retryAfterMs}.`);
      await run.pass(retryAfterMs);
      await run.taken(both);
    },
  },
  'rate-any-window': {
    name: 'no stretch of its time has more than the limit, wherever it begins, and none less while more is asked for',
    needs: 'a clock',
    check: async (run) => {
      const bound = run.rate({ limit: 50, perMs: 1_000 });
      const taken: number[] = [];
      // From 900 ms on, so that the first second has an edge soon after a burst: 7 every 20 ms, of which 1 fits.
      for (let now = 900; now < 6_000; now += 20) {
        await run.pass(now === 900 ? 900 : 20);
        for (let count = 0; count < 7; count++) if (!isRefusal(await run.take(bound))) taken.push(now);
      }
      for (let from = 900; from <= 5_000; from += 20) {
        const inWindow = taken.filter((at) => at >= from && at < from + 1_000).length;
        expectSame(`taken from ${from} ms on, for a second`, inWindow, 50);
      }
    },
  },
  'rate-evenly': {
    name: 'evenly: once the limit was reached a tenth comes at once, then one after the other, and none is lost',
    needs: 'a clock',
    check: async (run) => {
      const bound = run.rate({ limit: 100, perMs: 1_000, evenly: true });
      const takeAll = async (): Promise<number> => {
        let count = 0;
        while (!isRefusal(await run.take(bound))) count++;
        return count;
      };
      for (let count = 0; count < 50; count++) await run.taken(bound);
      await run.pass(100);
      expectSame('taken after rest', await takeAll(), 50);
      expectSame('the wait', (await run.refused(bound)).retryAfterMs, 900);
      await run.pass(900);
      const taken = [await takeAll()];
      const { retryAfterMs, levels } = await run.refused(bound);
      expectSame('the wait for the next', [retryAfterMs, levels[0]?.remaining], [10, 0]);
      for (let turn = 1; turn < 50; turn++) {
        await run.pass(20);
        taken.push(await takeAll());
      }
      expectSame('taken in the second after', taken.slice(0, 5), [11, 2, 2, 2, 2]);
      expectSame('taken in that second', total(taken), 100);
      await run.pass(1_000);
      expectSame('taken after rest', await takeAll(), 100);
    },
  },
  'rate-wait-exact': {
    name: 'the wait is told to the millisecond: a moment sooner is too soon',
    needs: 'a clock',
    check: async (run) => {
      const bound = run.rate({ limit: 100, perMs: 60_000, units: 30 });
      for (let count = 0; count < 3; count++) {
        await run.taken(bound);
        await run.pass(7_000);
      }
      // 90 of 100 are out: 60 fit when two of three have made room.
      const { retryAfterMs } = await run.refused({ ...bound, units: 60 });
      expectSame('the wait', retryAfterMs, 60_000 - 14_000);
      await run.pass(retryAfterMs - 1);
      await run.refused({ ...bound, units: 60 });
      await run.pass(1);
      expectSame('until it is whole', (await run.taken({ ...bound, units: 60 })).levels[0]?.resetMs, 60_000);
    },
  },
  'rate-more-than-limit': {
    name: 'more units than the limit are taken once it is whole, and waited for afterwards',
    check: async (run) => {
      const bound = run.rate({ limit: 10, units: 30 });
      const one = { ...bound, units: 1 };
      const { levels } = await run.taken(bound);
      expectSame('left', levels[0]?.remaining, 0);
      expectAbout('until it is whole', levels[0]?.resetMs, 3 * 3_600_000);
      expectAbout('the wait for one', (await run.refused(one)).retryAfterMs, 3 * 3_600_000);
      const other = run.rate({ key: 'b', limit: 10 });
      await run.taken(other);
      await run.refused({ ...other, units: 30 });
    },
  },
  'rate-under-one': {
    name: 'a limit under 1 gives one unit now and then',
    check: async (run) => {
      const bound = run.rate({ limit: 0.25, perMs: 3_600_000 });
      expectSame('left', await run.remaining(bound), 1);
      expectSame('left', (await run.taken(bound)).levels[0]?.remaining, 0);
      expectAbout('the wait', (await run.refused(bound)).retryAfterMs, 4 * 3_600_000);
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
  'rate-settled-more-waits': {
    name: 'what was used above the limit is waited for as long as the limit needs to allow it',
    check: async (run) => {
      const bound = run.rate({ limit: 10 });
      (await run.taken(bound)).settle([25]);
      expectAbout('the wait', (await run.refused(bound)).retryAfterMs, 2.5 * 3_600_000);
      const large = run.rate({ key: 'large', limit: 10, units: 30 });
      (await run.taken(large)).settle([10]);
      expectAbout('the wait', (await run.refused({ ...large, units: 1 })).retryAfterMs, 3_600_000);
    },
  },
  'rate-settled-late': {
    name: 'what has made room by itself meanwhile is not given back a second time',
    check: async (run) => {
      const bound = run.rate({ limit: 100, perMs: 2_000, units: 100 });
      const late = await run.taken(bound);
      await run.remaining(bound);
      await run.pass(2_010);
      const later = await run.taken(bound);
      late.settle([0]);
      expectSame('left', await run.remaining(bound), 0);
      later.settle([0]);
      expectSame('left', await run.remaining(bound), 100);
    },
  },
};

function total(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

/** Fails unless it is so much, or the hundredth part less: time goes on while a remote quota is asked. */
function expectAbout(what: string, came: number | undefined, wanted: number): void {
  if (came === undefined || came > wanted || came < wanted * 0.99)
    throw new Error(`${what}: expected about ${wanted} ms; came ${String(came)}.`);
}
