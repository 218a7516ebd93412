/**
 * `npm run bench:ledger`: what it costs to write an entry to a ledger in SQLite, and how long questions take about a year
 * of ten million lines (or `-- 1000000`).
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { measureWriting } from './ledger/writing.ts';
import { askYear, fillYear } from './ledger/year.ts';

const lines = Number(process.argv[2] ?? 10_000_000);
const folder = mkdtempSync(join(tmpdir(), 'nexusai-hub-bench-ledger-'));
try {
  console.log('| entries in a batch | where | us of the asking thread | us of the processor | entries/s |');
  console.log('| --: | --- | --: | --: | --: |');
  for (const thread of [false, true])
    for (const batch of [1, 10, 100]) {
      const entries = batch === 1 ? 2_000 : 20_000;
      const { asking, processor, entriesPerSecond } = await measureWriting(join(folder, 'a'), thread, batch, entries);
      const cells = [asking.toFixed(0), processor.toFixed(0), entriesPerSecond.toFixed(0)];
      console.log(`| ${batch} | ${thread ? 'in a thread' : 'in the thread that asks'} | ${cells.join(' | ')} |`);
    }
  const year = join(folder, 'b');
  await fillYear(year, lines);
  console.log(
    `\n| of ${lines.toLocaleString('en')} lines | median ms | fastest ms | rows |\n| --- | --: | --: | --: |`,
  );
  for (const { question, medianMs, fastestMs, rows } of await askYear(year))
    console.log(`| ${question} | ${medianMs.toFixed(1)} | ${fastestMs.toFixed(1)} | ${rows} |`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
