/**
 * Retention over many rows in a small heap (P4): fills a ledger with old conversations, then archives all of them, in a
 * process of its own with a bounded heap, while another connection writes new records to the same file.
 *
 * `npm run bench:retention -- [--rows 5000000] [--heap 256]`
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { sqliteLedger } from 'nexusai-hub/adapters/sqlite';

import { oldConversations } from './retention/old-conversations.ts';

/** Each request leaves a line and two messages. */
const ROWS_OF_REQUEST = 3;
const BATCH = 500;
const MB = 1024 * 1024;

const { values } = parseArgs({ options: { rows: { type: 'string' }, heap: { type: 'string' } } });
const rows = Number(values.rows ?? 5_000_000);
const heapMb = Number(values.heap ?? 256);
const folder = mkdtempSync(join(tmpdir(), 'nexusai-hub-retention-'));
try {
  const file = join(folder, 'ledger.db');
  await fill(file);
  const report = await archive(file);
  const archived = readdirSync(join(folder, 'archive')).filter((name) => name.endsWith('.gz'));
  const bytes = archived.reduce((sum, name) => sum + statSync(join(folder, 'archive', name)).size, 0);
  console.log(
    JSON.stringify({ rows, heapMb, ...report, archives: archived.length, archiveMb: Math.round(bytes / MB) }),
  );
} finally {
  rmSync(folder, { recursive: true });
}

async function fill(file: string): Promise<void> {
  const ledger = sqliteLedger({ file, thread: false });
  const requests = Math.ceil(rows / ROWS_OF_REQUEST);
  const from = performance.now();
  for (let number = 0; number < requests; number += BATCH)
    await ledger.append(oldConversations(number, Math.min(BATCH, requests - number)));
  await ledger.close();
  const seconds = Math.round((performance.now() - from) / 1000);
  console.error(`${requests * ROWS_OF_REQUEST} rows in ${Math.round(statSync(file).size / MB)} MB, after ${seconds} s`);
}

/** In a process that ends where its heap is larger than it may be. */
async function archive(file: string): Promise<object> {
  const program = fileURLToPath(new URL('retention/archiving-process.ts', import.meta.url));
  const child = fork(program, [file, join(folder, 'archive')], {
    execArgv: ['--import', 'tsx', `--max-old-space-size=${heapMb}`],
  });
  let report: object | undefined;
  child.on('message', (message: object) => (report = message));
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0 || !report) throw new Error(`The process with ${heapMb} MB ended with ${code}.`);
  return report;
}
