import { rmSync } from 'node:fs';

import { sqliteLedger } from 'nexusai-hub/adapters/sqlite';

import { entryAt, NOW_MS } from './made-up.ts';

/** What an entry of one attempt and two messages costs, in microseconds. */
export interface Writing {
  readonly batch: number;
  readonly thread: boolean;
  /** Of the thread that asks: what requests wait for. */
  readonly asking: number;
  /** Of the processor, in all threads. */
  readonly processor: number;
  readonly entriesPerSecond: number;
}

/** Writes so many entries, batch after batch. */
export async function measureWriting(file: string, thread: boolean, batch: number, entries: number): Promise<Writing> {
  rmSync(file, { force: true });
  const ledger = sqliteLedger({ file, thread });
  let number = 0;
  const batches = (count: number): ReturnType<typeof entryAt>[][] =>
    Array.from({ length: Math.ceil(count / batch) }, () =>
      Array.from({ length: batch }, () => entryAt(NOW_MS + 20 * number++)),
    );
  for (const some of batches(entries / 4)) await ledger.append(some);
  const measured = batches(entries);
  const [fromMs, used, loop] = [performance.now(), process.cpuUsage(), performance.eventLoopUtilization()];
  for (const some of measured) await ledger.append(some);
  const ms = performance.now() - fromMs;
  const { user, system } = process.cpuUsage(used);
  const { active } = performance.eventLoopUtilization(loop);
  await ledger.close();
  const written = measured.length * batch;
  return {
    batch,
    thread,
    asking: (active * 1000) / written,
    processor: (user + system) / written,
    entriesPerSecond: (written / ms) * 1000,
  };
}
