/** One export in a process of its own, whose memory it measures: `worker.ts FILE WHAT FORMAT THREAD`; prints an {@link Exported}. */
import { sqliteLedger } from 'nexusai-hub/adapters/sqlite';

import { exportLedger } from '../../src/ledger-export.ts';
import type { ExportFormat } from '../../src/export/export-form.ts';
import type { Exported } from './exported.ts';

const [, , file = '', what = '', format = '', thread] = process.argv;
const ledger = sqliteLedger({ file, thread: thread === 'threads' });
await ledger.open();
const restingMb = peakMb();
const begins = performance.now();
let rows = 0;
let bytes = 0;
const query = { format: format as ExportFormat, told: (told: number) => (rows = told) };
for await (const piece of exportLedger(ledger, what as 'stats' | 'conversations', query))
  bytes += Buffer.byteLength(piece);
const seconds = (performance.now() - begins) / 1000;
await ledger.close();

const exported: Exported = { rows, bytes, seconds, restingMb, peakMb: peakMb() };
console.log(JSON.stringify(exported));

/** The most memory this process ever had. */
function peakMb(): number {
  return process.resourceUsage().maxRSS / 1024;
}
