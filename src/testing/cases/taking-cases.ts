import type { QuotaCheck } from './quota-run.ts';
import { isRefusal } from './quota-run.ts';
import { expectSame } from './reading.ts';

/** What holds for bounds of every kind, and for slots. */
export const takingCases: Readonly<Record<string, QuotaCheck>> = {
  'take-nothing': {
    name: 'no bound at all refuses nothing',
    check: async (run) => {
      const reservation = await run.taken();
      expectSame('levels', reservation.levels, []);
      reservation.settle([]);
    },
  },
  'take-all-or-none': {
    name: 'takes from every bound or from none, whichever refuses',
    check: async (run) => {
      const bounds = [run.rate({ limit: 2 }), run.budget({ limit: 2 }), run.slots({ limit: 2 })];
      for (const refusing of [run.rate({ key: 'r', limit: 1 }), run.budget({ key: 'b', limit: 1 })]) {
        await run.taken(refusing);
        for (let count = 0; count < 5; count++) {
          expectSame('refused by', (await run.refused(...bounds, refusing)).refusedBy, 3);
          expectSame('refused by', (await run.refused(refusing, ...bounds)).refusedBy, 0);
        }
      }
      await run.taken(...bounds);
      await run.taken(...bounds);
    },
  },
  'take-new-keys': {
    name: 'counts every one of many keys that come for the first time together',
    check: async (run) => {
      const keys = Array.from({ length: 12 }, (_, place) => `new-${place}`);
      const bounds = keys.flatMap((key) => [run.rate({ key, limit: 1 }), run.budget({ key, limit: 1 })]);
      await run.taken(...bounds);
      for (const bound of bounds) await run.refused(bound);
    },
  },
  'take-longest': {
    name: 'of several bounds that refuse it names the one that does for longest',
    check: async (run) => {
      const soon = run.rate({ key: 'soon', limit: 1, perMs: 60_000 });
      const late = run.rate({ key: 'late', limit: 1, perMs: 3_600_000 });
      const held = run.slots({ limit: 1 });
      await run.taken(soon, late, held);
      const { refusedBy, retryAfterMs } = await run.refused(held, soon, late);
      expectSame('refused by', refusedBy, 2);
      if (retryAfterMs <= 60_000) throw new Error(`Expected the longest wait; came ${retryAfterMs} ms.`);
      expectSame('refused by', (await run.refused(late, held, soon)).refusedBy, 0);
    },
  },
  'take-own-counters': {
    name: 'keys, kinds and windows are counted apart',
    check: async (run) => {
      const all = [
        run.rate({ limit: 1 }),
        run.budget({ limit: 1, window: 'day' }),
        run.budget({ limit: 1, window: 'month' }),
        run.slots({ limit: 1 }),
      ];
      for (const bound of all) await run.taken(bound);
      for (const bound of all) await run.refused(bound);
      await run.taken(run.rate({ key: 'b', limit: 1 }), run.slots({ key: 'b', limit: 1 }));
    },
  },
  'slots-held': {
    name: 'slots are held until they are settled, whatever was used',
    check: async (run) => {
      const bound = run.slots({ limit: 3 });
      const held = [await run.taken(bound), await run.taken(bound), await run.taken(bound)];
      expectSame('left', held[2]?.levels[0], { remaining: 0, resetMs: 0 });
      const { refusedBy, retryAfterMs } = await run.refused(bound);
      expectSame('refusal', { refusedBy, retryAfterMs }, { refusedBy: 0, retryAfterMs: 0 });
      held[0]?.settle([]);
      held[1]?.settle([7]);
      await run.taken(bound);
      await run.taken(bound);
      await run.refused(bound);
    },
  },
  'settle-leaves-nothing': {
    lesson: 'C4, L6',
    name: 'whatever is settled in whatever order leaves nothing reserved',
    check: async (run) => {
      const [budget, slots] = [run.budget({ limit: 1_000, units: 10 }), run.slots({ limit: 20 })];
      const held = [];
      let used = 0;
      for (let turn = 0; turn < 200; turn++) {
        const came = await run.take(budget, slots);
        if (!isRefusal(came)) held.push(came);
        // Turns that are not in order, and the same in every run.
        const leaving = held.splice((turn * 7) % (held.length + 1), 1 + (turn % 2));
        for (const reservation of leaving) {
          used += turn % 3;
          reservation.settle([turn % 3]);
        }
      }
      for (const reservation of held) reservation.settle([0]);
      expectSame('left of the budget', await run.remaining(budget), 1_000 - used);
      expectSame('free slots', await run.free(slots), 20);
    },
  },
  'shared-exact': {
    lesson: 'L1',
    name: 'four that count together admit exactly what one would',
    needs: 'company',
    check: async (run) => {
      const bound = run.rate({ limit: 100 });
      const quotas = [await run.quota(0), await run.quota(1), await run.quota(2), await run.quota(3)];
      const asked = quotas.flatMap((quota) => Array.from({ length: 50 }, async () => quota.take([bound])));
      const admitted = (await Promise.all(asked)).filter((came) => !isRefusal(came));
      expectSame('admitted', admitted.length, 100);
    },
  },
};
