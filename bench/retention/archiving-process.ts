/** Archives a whole ledger while it writes to it, and tells what that took. */
import { sqliteLedger } from 'nexusai-hub/adapters/sqlite';

import { archiveExpired } from '../../src/data/archive-expired.ts';
import { systemClock } from '../../src/defaults/clock.ts';
import { percentile } from '../statistics.ts';
import { newRequest } from './old-conversations.ts';

const [file = '', folder = ''] = process.argv.slice(2);
const MB = 1024 * 1024;
/** Between two requests that are written meanwhile. */
const EVERY_MS = 20;

const ledger = sqliteLedger({ file });
const end = new AbortController();
const waits: number[] = [];
let heap = 0;
let rss = 0;
const watch = setInterval(() => {
  const { heapUsed, rss: all } = process.memoryUsage();
  [heap, rss] = [Math.max(heap, heapUsed), Math.max(rss, all)];
}, EVERY_MS);
const writing = writeUntilEnd(end.signal);
const from = performance.now();
const run = { ledger, folder, beforeMs: Date.now() - 86_400_000, clock: systemClock };
const { entries } = await archiveExpired({ ...run, signal: end.signal, goesOn: async () => undefined });
const seconds = Math.round((performance.now() - from) / 1000);
end.abort();
await writing;
clearInterval(watch);
const at = (share: number): number => Math.round(percentile(waits, share) * 10) / 10;
process.send?.({
  entries,
  seconds,
  heapMb: Math.round(heap / MB),
  rssMb: Math.round(rss / MB),
  writes: waits.length,
  writeMs: { p50: at(0.5), p99: at(0.99), most: at(1) },
});
await ledger.close();

/** A request after the other, as a hub writes them. */
async function writeUntilEnd(signal: AbortSignal): Promise<void> {
  for (let number = 0; !signal.aborted; number++) {
    const begun = performance.now();
    await ledger.append([newRequest(number, Date.now())]);
    waits.push(performance.now() - begun);
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
  }
}
