/** `npm run bench:export [-- messages]`: what exports of a ledger in SQLite take, of a million messages unless told. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { buildExport } from './build.ts';
import type { Exported } from './export/exported.ts';
import { fill } from './export/fill.ts';

/** What an export may take, whatever is in the ledger. */
const GOAL_MB = 150;

const messages = Number(process.argv[2] ?? 1_000_000);
const program = await buildExport();
const folder = mkdtempSync(join(tmpdir(), 'nexus-bench-export-'));
try {
  const file = join(folder, 'ledger.sqlite');
  const begins = performance.now();
  await fill(file, messages);
  const megabytes = Math.round(statSync(file).size / 2 ** 20);
  console.log(
    `${messages} messages, ${megabytes} MiB, filled in ${((performance.now() - begins) / 1000).toFixed(0)} s`,
  );
  for (const [what, format, thread] of [
    ['conversations', 'csv', 'alone'],
    ['conversations', 'json', 'alone'],
    ['conversations', 'jsonl', 'alone'],
    ['stats', 'csv', 'alone'],
    ['conversations', 'jsonl', 'threads'],
  ] as const) {
    const printed = execFileSync(process.execPath, [program.fileOf('worker'), file, what, format, thread], {
      encoding: 'utf8',
    });
    const { rows, bytes, seconds, restingMb, peakMb } = JSON.parse(printed) as Exported;
    const verdict = peakMb < GOAL_MB ? 'reached' : 'MISSED';
    console.log(
      `${what} as ${format} (${thread}): ${rows} rows, ${Math.round(bytes / 2 ** 20)} MiB, ${seconds.toFixed(1)} s, ` +
        `peak ${peakMb.toFixed(0)} MiB (${restingMb.toFixed(0)} at rest); goal under ${GOAL_MB}: ${verdict}`,
    );
  }
} finally {
  rmSync(folder, { recursive: true });
  program.remove();
}
