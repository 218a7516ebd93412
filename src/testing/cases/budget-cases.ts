import type { QuotaCheck } from './quota-run.ts';
import { isRefusal } from './quota-run.ts';
import { expectSame } from './reading.ts';

const DAY_MS = 86_400_000;

/** What a budget has to do. */
export const budgetCases: Readonly<Record<string, QuotaCheck>> = {
  'budget-parallel': {
    lesson: 'L2',
    name: 'of 50 at once against a budget for 3, exactly 3 are taken',
    check: async (run) => {
      const quota = await run.quota();
      const bound = run.budget({ limit: 3_000, units: 1_000 });
      const came = await Promise.all(Array.from({ length: 50 }, async () => quota.take([bound])));
      expectSame('taken', came.filter((one) => !isRefusal(one)).length, 3);
    },
  },
  'budget-settled': {
    name: 'what was spent stands in place of what was taken, more or less',
    check: async (run) => {
      const bound = run.budget({ limit: 100, units: 40 });
      (await run.taken(bound)).settle([10]);
      expectSame('left', await run.remaining(bound), 90);
      (await run.taken(bound)).settle([undefined]);
      expectSame('left', await run.remaining(bound), 50);
      (await run.taken(bound)).settle([90]);
      expectSame('left', await run.remaining(bound), 0);
      await run.refused({ ...bound, units: 1 });
    },
  },
  'budget-spent': {
    name: 'a budget that is used up gives nothing, not even 0 units',
    check: async (run) => {
      const bound = run.budget({ limit: 3, units: 3 });
      expectSame('left', (await run.taken(bound)).levels[0]?.remaining, 0);
      await run.refused({ ...bound, units: 0 });
      const { levels } = await run.refused({ ...bound, units: 1 });
      expectSame('left', levels[0]?.remaining, 0);
    },
  },
  'budget-unknown': {
    name: 'what nothing was taken for is counted when it is told, however many others came meanwhile',
    check: async (run) => {
      const bound = run.budget({ limit: 10, units: 0 });
      const unknown = await run.taken(bound);
      for (let count = 0; count < 20; count++) await run.taken(run.budget({ key: `other-${count}` }));
      unknown.settle([10]);
      await run.refused(bound);
    },
  },
  'budget-refused-free': {
    name: 'what is refused costs nothing',
    check: async (run) => {
      const bound = run.budget({ limit: 10, units: 6 });
      await run.taken(bound);
      for (let count = 0; count < 20; count++) await run.refused(bound);
      await run.taken({ ...bound, units: 4 });
    },
  },
  'budget-wait': {
    name: 'tells the time until the next day or month begins (UTC)',
    check: async (run) => {
      for (const window of ['day', 'month'] as const) {
        const bound = run.budget({ limit: 1, window });
        await run.taken(bound);
        const { retryAfterMs, levels } = await run.refused(bound);
        const now = new Date(run.now());
        const [year, month, day] = [now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate()];
        const next = window === 'day' ? Date.UTC(year, month, day + 1) : Date.UTC(year, month + 1);
        for (const ms of [retryAfterMs, levels[0]?.resetMs ?? NaN])
          if (!(Math.abs(ms - (next - now.getTime())) < 5_000))
            throw new Error(`Expected about ${next - now.getTime()} ms until the next ${window}; came ${ms}.`);
      }
    },
  },
  'budget-days': {
    name: 'a new day begins a new budget; the month goes on',
    needs: 'a clock',
    check: async (run) => {
      const day = run.budget({ limit: 5, window: 'day', units: 5 });
      const month = run.budget({ limit: 100, window: 'month', units: 5 });
      for (let count = 0; count < 4; count++) {
        await run.taken(day, month);
        const { retryAfterMs } = await run.refused(day, month);
        await run.pass(retryAfterMs - 1);
        await run.refused(day, month);
        await run.pass(1);
      }
      expectSame('left of the month', await run.remaining(month), 80);
      await run.pass(31 * DAY_MS);
      expectSame('left of the next month', await run.remaining(month), 100);
    },
  },
  'budget-over-midnight': {
    name: 'what is settled after midnight counts for the day it was taken in',
    needs: 'a clock',
    check: async (run) => {
      const bound = run.budget({ limit: 10, window: 'day', units: 4 });
      const late = await run.taken(bound);
      await run.pass(DAY_MS);
      await run.taken({ ...bound, units: 3 });
      late.settle([9]);
      expectSame('left of the new day', await run.remaining(bound), 7);
    },
  },
  'budget-rebuilt': {
    lesson: 'L5',
    name: 'a counter that is wrong is put right, and what is reserved stays',
    check: async (run) => {
      const quota = await run.quota();
      const bound = run.budget({ limit: 100, units: 95 });
      (await run.taken(bound)).settle([95]);
      await run.refused({ ...bound, units: 10 });
      expectSame('drift', await quota.rebuild(bound, 20), 75);
      const held = await run.taken({ ...bound, units: 10 });
      expectSame('drift', await quota.rebuild(bound, 30), -10);
      expectSame('left', await run.remaining(bound), 60);
      held.settle([5]);
      expectSame('left', await run.remaining(bound), 65);
      const unused = run.budget({ key: 'unused', limit: 100 });
      expectSame('drift', await quota.rebuild(unused, 40), -40);
      expectSame('left', await run.remaining(unused), 60);
    },
  },
};
