/** `npm run bench:ledger-cost`: what a ledger in SQLite costs a server, beside one without. `-- 1`: one round, to try it. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { format, resolveConfig } from 'prettier';

import { buildPrograms } from './build.ts';
import { measureServed } from './ledger/served.ts';
import { Processes } from './processes.ts';
import { reportOf, withReport } from './report.ts';

const PAGE = fileURLToPath(new URL('../docs/performance.md', import.meta.url));
const WHOLE_RUN = 5;

const rounds = Number(process.argv[2] ?? WHOLE_RUN);
const [loadBefore = 0] = loadavg();
const folder = mkdtempSync(join(tmpdir(), 'nexusai-hub-bench-cost-'));
const programs = await buildPrograms();
const processes = new Processes(programs);
try {
  const rows = await measureServed(processes, join(folder, 'ledger.db'), rounds);
  const style = { ...(await resolveConfig(PAGE)), parser: 'markdown' };
  const report = await format(reportOf(rows, { isPinned: processes.cores !== undefined, loadBefore }), style);
  console.log(report);
  if (rounds >= WHOLE_RUN) {
    writeFileSync(PAGE, await format(withReport(readFileSync(PAGE, 'utf8'), report.trim(), 'bench-ledger'), style));
    console.log('written to docs/performance.md');
  }
  if (rows.some(({ failed = 0 }) => failed > 0)) process.exitCode = 1;
} finally {
  await processes.stopAll();
  programs.remove();
  rmSync(folder, { recursive: true, force: true });
}
