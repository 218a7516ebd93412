import { NOTHING } from '../../defaults/live-counters.ts';
import type { LiveCounters, LiveReport, LiveTotals } from '../../ports/live-counters.ts';
import { expectSame } from './reading.ts';

/** What live counters have to do, asked of two over one place. */
interface LiveCountersCheck {
  readonly name: string;
  readonly check: (one: LiveCounters, other: LiveCounters, wait: (ms: number) => Promise<void>) => Promise<void>;
}

/** Long enough that a server under load does not end it early, short enough to wait for. */
const LASTS_MS = 400;
const NOW_MS = 1_767_225_600_000;
const IDLE_MS = 1_800_000;

/** Checks by the ids of their cases. */
export const liveCountersChecks: Readonly<Record<string, LiveCountersCheck>> = {
  sums: {
    name: 'adds up what processes have counted, each count by itself, and what they have to do',
    check: async (one, other) => {
      await tell(one, 'a', {
        counts: { requests: 3, failed: 1, promptTokens: 30, completionTokens: 20, totalTokens: 51, costNanoUsd: 700 },
        load: { inFlight: 2, shed: 5 },
      });
      const all = await tell(other, 'b', { counts: { ...NOTHING, requests: 4 }, load: { inFlight: 1, shed: 0 } });
      const { requests, failed, promptTokens, completionTokens, totalTokens, costNanoUsd } = all;
      expectSame('requests', [requests, failed], [7, 1]);
      expectSame('tokens and cost', [promptTokens, completionTokens, totalTokens, costNanoUsd], [30, 20, 51, 700]);
      expectSame('load', [all.inFlight, all.shed, all.processes, all.activeSessions], [3, 5, 2, 0]);
    },
  },
  again: {
    name: 'counts a report that comes again once, and one that was overtaken not at all',
    check: async (one) => {
      for (const requests of [3, 3, 5, 4, 3, 5]) await tell(one, 'a', { counts: { ...NOTHING, requests } });
      expectSame('requests', (await tell(one, 'a', { counts: { ...NOTHING, requests: 6 } })).requests, 6);
    },
  },
  unknown: {
    name: 'counts of a process it does not know what was not counted before',
    check: async (one) => {
      const counted = { ...NOTHING, requests: 10 };
      expectSame('requests', (await tell(one, 'a', { counts: { ...NOTHING, requests: 12 }, counted })).requests, 2);
      expectSame('requests', (await tell(one, 'a', { counts: { ...NOTHING, requests: 15 }, counted })).requests, 5);
    },
  },
  gone: {
    name: 'a process that is silent for too long does not run, what it counted stays, and it comes back',
    check: async (one, other, wait) => {
      await tell(one, 'a', { counts: { ...NOTHING, requests: 3 }, load: { inFlight: 2, shed: 1 } });
      await tell(other, 'b', { lastsMs: 100 * LASTS_MS });
      await wait(LASTS_MS + 50);
      const alone = await tell(other, 'b', { lastsMs: 100 * LASTS_MS });
      expectSame('running', [alone.processes, alone.inFlight, alone.shed, alone.requests], [1, 0, 0, 3]);
      const back = await tell(one, 'a', { counts: { ...NOTHING, requests: 4 }, load: { inFlight: 1, shed: 1 } });
      expectSame('running again', [back.processes, back.inFlight, back.shed, back.requests], [2, 1, 1, 4]);
    },
  },
  ends: {
    name: 'a process that says that it ends does not run any more',
    check: async (one, other) => {
      await tell(one, 'a', { load: { inFlight: 1, shed: 0 } });
      await tell(one, 'a', { lastsMs: 0, counts: { ...NOTHING, requests: 1 } });
      const all = await tell(other, 'b');
      expectSame('running', [all.processes, all.inFlight, all.requests], [1, 0, 1]);
    },
  },
  sessions: {
    name: 'N6: a conversation counts once, whichever processes it is in, until it is idle or ended',
    check: async (one, other) => {
      await tell(one, 'a', { sessions: [seen('x', 0), seen('y', 0)] });
      const both = await tell(other, 'b', { sessions: [seen('x', 10), seen('z', 10)] });
      expectSame('conversations', both.activeSessions, 3);
      const idle = await tell(one, 'a', { nowMs: NOW_MS + IDLE_MS });
      expectSame('conversations that are not idle', idle.activeSessions, 2);
      const ended = await tell(one, 'a', { sessions: [{ name: 'z', atMs: undefined }], nowMs: NOW_MS + IDLE_MS });
      expectSame('conversations that were not ended', ended.activeSessions, 1);
      const anew = await tell(one, 'a', { sessions: [seen('z', IDLE_MS)], nowMs: NOW_MS + IDLE_MS });
      expectSame('conversations with one that began anew', anew.activeSessions, 2);
    },
  },
  late: {
    name: 'what is told late of a conversation does not make it older',
    check: async (one, other) => {
      await tell(one, 'a', { sessions: [seen('x', 500)] });
      await tell(other, 'b', { sessions: [seen('x', 0)] });
      const all = await tell(one, 'a', { nowMs: NOW_MS + IDLE_MS + 499 });
      expectSame('conversations', all.activeSessions, 1);
    },
  },
  exact: {
    name: 'counts whole numbers exactly, and takes any text for a name',
    check: async (one, other) => {
      const costNanoUsd = 2 ** 52;
      await tell(one, 'a:{b}*', {
        counts: { ...NOTHING, costNanoUsd },
        sessions: [seen(' "\n杭州', 0), seen('-1', 0)],
      });
      const all = await tell(other, 'b', { counts: { ...NOTHING, costNanoUsd: costNanoUsd - 1 } });
      expectSame('figures', [all.costNanoUsd, all.activeSessions, all.processes], [2 ** 53 - 1, 2, 2]);
    },
  },
  many: {
    name: 'reports at the same time are all counted',
    check: async (one, other) => {
      const told = Array.from({ length: 100 }, (_, place) =>
        tell(place % 2 === 0 ? one : other, `p${String(place)}`, {
          counts: { ...NOTHING, requests: 1 },
          lastsMs: 60_000,
        }),
      );
      await Promise.all(told);
      const all = await tell(one, 'last', { lastsMs: 60_000 });
      expectSame('figures', [all.requests, all.processes], [100, 101]);
    },
  },
};

function seen(name: string, afterMs: number): LiveReport['sessions'][number] {
  return { name, atMs: NOW_MS + afterMs };
}

async function tell(counters: LiveCounters, process: string, told: Partial<LiveReport> = {}): Promise<LiveTotals> {
  return counters.report({
    process,
    lastsMs: LASTS_MS,
    counts: NOTHING,
    counted: NOTHING,
    load: { inFlight: 0, shed: 0 },
    sessions: [],
    nowMs: NOW_MS,
    idleMs: IDLE_MS,
    ...told,
  });
}
