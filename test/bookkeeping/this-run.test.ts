import { describe, expect, it } from 'vitest';
import type { Ledger, LedgerRun } from 'nexusai-hub/ports';
import { manualClock } from 'nexusai-hub/testing';
import type { ManualClock } from 'nexusai-hub/testing';
import type { Machine } from '../../src/bookkeeping/this-run.ts';
import { ThisRun } from '../../src/bookkeeping/this-run.ts';
import type { Log } from './log.ts';
import { keptLog } from './log.ts';

/** A ledger that keeps runs. */
function runLedger(): Required<Pick<Ledger, 'runs' | 'endRuns'>> & { readonly kept: Map<string, LedgerRun> } {
  const kept = new Map<string, LedgerRun>();
  return {
    kept,
    runs: async (mine) => {
      kept.set(mine.id, mine);
      return [...kept.values()];
    },
    endRuns: async (ids) => {
      for (const id of ids) kept.delete(id);
    },
  };
}

const HERE = { host: 'here', pid: 7, since: () => 0, isRunning: () => false } satisfies Machine;

describe('a hub that starts', () => {
  const start = async (
    ledger: ReturnType<typeof runLedger>,
    clock: ManualClock,
    machine: Partial<Machine> = {},
  ): Promise<{ log: Log; run: ThisRun }> => {
    const log = keptLog();
    const run = new ThisRun(ledger, clock, log, { ...HERE, ...machine });
    await run.says();
    return { log, run };
  };

  it('tells of one that ended suddenly, once', async () => {
    const ledger = runLedger();
    const clock = manualClock();
    expect((await start(ledger, clock, { pid: 6 })).log.lines).toEqual([]);
    const { log } = await start(ledger, clock);
    expect(log.lines).toMatchObject([
      { line: expect.stringMatching(/^warn a hub .* ended suddenly/), record: { run: { pid: 6 } } },
    ]);
    expect((await start(ledger, clock, { pid: 8, isRunning: (pid) => pid === 7 })).log.lines).toEqual([]);
    expect([...ledger.kept.values()].map(({ pid }) => pid)).toEqual([7, 8]);
  });

  it('tells of none that ended by itself, runs still, or runs elsewhere', async () => {
    const ledger = runLedger();
    const clock = manualClock();
    const { run } = await start(ledger, clock, { pid: 5 });
    await run.ends();
    await start(ledger, clock, { pid: 6, host: 'elsewhere' });
    await start(ledger, clock, { pid: 9 });
    const { log } = await start(ledger, clock, { isRunning: (pid) => pid === 9 });
    expect(log.lines).toEqual([]);
    expect(ledger.kept.size).toBe(3);
  });

  it('knows that of the same number a process before this one is meant, as in a container, but not this one', async () => {
    const ledger = runLedger();
    const clock = manualClock();
    await start(ledger, clock, { pid: 1 });
    await clock.advance(1_000);
    const { log } = await start(ledger, clock, { pid: 1, since: () => clock.now() - 500 });
    expect(log.lines).toHaveLength(1);
    const another = await start(ledger, clock, { pid: 1, since: () => clock.now() - 500 });
    expect(another.log.lines).toEqual([]);
  });

  it('takes one that was not heard of for a day for gone, wherever it ran; one that writes is heard of', async () => {
    const ledger = runLedger();
    const clock = manualClock();
    await start(ledger, clock, { pid: 5, host: 'elsewhere' });
    const { run } = await start(ledger, clock, { pid: 6, host: 'elsewhere', isRunning: () => true });
    await clock.advance(23 * 3_600_000);
    await run.says();
    await clock.advance(2 * 3_600_000);
    const { log } = await start(ledger, clock);
    expect(log.lines).toMatchObject([{ record: { run: { pid: 5 } } }]);
  });

  it('looks again where the ledger did not answer', async () => {
    const ledger = runLedger();
    const clock = manualClock();
    await start(ledger, clock, { pid: 6 });
    const log = keptLog();
    const { runs } = ledger;
    ledger.runs = () => Promise.reject(new Error('away'));
    const run = new ThisRun(ledger, clock, log, HERE);
    await expect(run.says()).rejects.toThrow('away');
    ledger.runs = runs;
    await run.says();
    expect(log.lines).toHaveLength(1);
  });
});
