import { memoryLiveCounters } from 'nexusai-hub';
import type { LiveCounters, LiveReport } from 'nexusai-hub/ports';
import { liveCountersCases, type LiveCountersPlace, manualClock } from 'nexusai-hub/testing';
import { describe, expect, it } from 'vitest';

/** A place in memory whose counters may be spoilt. */
function place(spoil: (counters: LiveCounters) => LiveCounters = (counters) => counters): LiveCountersPlace {
  const clock = manualClock();
  const counters = spoil(memoryLiveCounters(clock));
  return { open: () => counters, wait: (ms) => clock.advance(ms) };
}

describe('memory does what live counters have to do', () => {
  for (const { name, run } of liveCountersCases(() => place())) it(name, run);
});

describe('the cases themselves', () => {
  async function failures(make: () => LiveCountersPlace): Promise<string[]> {
    const failed: string[] = [];
    for (const { id, run } of liveCountersCases(make)) await run().catch(() => failed.push(id));
    return failed;
  }

  /** Counters that are told something else than was said. */
  const told =
    (change: (report: LiveReport) => Partial<LiveReport>) =>
    (counters: LiveCounters): LiveCounters => ({
      report: (report) => counters.report({ ...report, ...change(report) }),
    });
  let reports = 0;

  it.each<[wrong: string, failed: string[], spoil: (counters: LiveCounters) => LiveCounters]>([
    ['count what comes again', ['again', 'unknown', 'gone', 'ends'], told(() => ({ process: `p${reports++}` }))],
    [
      'forget what was counted before',
      ['unknown'],
      told(() => ({
        counted: { requests: 0, failed: 0, promptTokens: 0, completionTokens: 0, totalTokens: 0, costNanoUsd: 0 },
      })),
    ],
    ['never let a process go', ['gone', 'ends'], told(() => ({ lastsMs: 3_000_000 }))],
    [
      'keep what was ended',
      ['sessions'],
      told(({ sessions }) => ({ sessions: sessions.filter(({ atMs }) => atMs !== undefined) })),
    ],
    [
      'count a conversation in each process',
      ['sessions'],
      told(({ process, sessions }) => ({
        sessions: sessions.map((one) => ({ ...one, name: `${process} ${one.name}` })),
      })),
    ],
  ])('find counters that %s', async (_wrong, failed, spoil) => {
    expect(await failures(() => place(spoil))).toEqual(failed);
  });

  it('find counters that are not shared', async () => {
    const clock = manualClock();
    const lonely = (): LiveCountersPlace => ({
      open: () => memoryLiveCounters(clock),
      wait: (ms) => clock.advance(ms),
    });
    expect(await failures(lonely)).toEqual(['sums', 'gone', 'ends', 'sessions', 'exact', 'many']);
  });
});
