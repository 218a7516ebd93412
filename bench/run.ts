/** `npm run bench`: measures the hub against a bare proxy in the same run. `--help` tells the rest. */
import { readFileSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';

import { format } from 'prettier';

import { buildPrograms } from './build.ts';
import { type Extent, FULL, HttpBench, QUICK } from './http-scenarios.ts';
import { runCalls, runPieces } from './memory-scenarios.ts';
import { optionsOf, type RunOptions, SCENARIOS, USAGE } from './options.ts';
import { Processes } from './processes.ts';
import { type Conditions, isMet, reportOf, type Row, withReport } from './report.ts';
import { readOptions } from './read-options.ts';

const PAGE = fileURLToPath(new URL('../docs/performance.md', import.meta.url));

/** Runs what the options say, and ends every process it started whatever happens. */
async function run(options: RunOptions): Promise<readonly Row[]> {
  const [loadBefore = 0] = loadavg();
  tell('building');
  const programs = await buildPrograms();
  const processes = new Processes(programs);
  let interrupt = (): void => undefined;
  const interrupted = new Promise<never>((_resolve, reject) => {
    interrupt = () => reject(new Interrupted());
  });
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  try {
    const rows = await Promise.race([measure(options, processes), interrupted]);
    await finish(rows, options, { isPinned: processes.cores !== undefined, loadBefore });
    return rows;
  } finally {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
    await processes.stopAll();
    programs.remove();
  }
}

/** Somebody ended the run before it was over. */
class Interrupted extends Error {}

async function measure({ scenarios, rounds, isQuick }: RunOptions, processes: Processes): Promise<readonly Row[]> {
  const extent: Extent = { rounds, ...(isQuick ? QUICK : FULL) };
  const http = await HttpBench.start(processes, extent, tell);
  const rows: Row[] = [];
  for (const scenario of scenarios) {
    tell(`${scenario}: ${SCENARIOS[scenario]}`);
    if (scenario === 'calls') rows.push(...(await runCalls(processes, extent, tell)));
    else if (scenario === 'pieces') rows.push(...(await runPieces(processes, extent)));
    else rows.push(...(await http.run(scenario)));
  }
  return rows;
}

/** Prints the report; a whole run also goes into the page. */
async function finish(rows: readonly Row[], { scenarios, isQuick }: RunOptions, conditions: Conditions): Promise<void> {
  const report = await format(reportOf(rows, conditions), { parser: 'markdown', printWidth: 120 });
  console.log(`\n${report}`);
  if (isQuick || scenarios.length < Object.keys(SCENARIOS).length) return;
  const page = withReport(readFileSync(PAGE, 'utf8'), report.trim());
  writeFileSync(PAGE, await format(page, { parser: 'markdown', printWidth: 120 }));
  tell('written to docs/performance.md');
}

function tell(line: string): void {
  console.log(line);
}

async function main(): Promise<void> {
  const options = readOptions(optionsOf, USAGE);
  if (!options) return;
  const rows = await run(options);
  const goals = rows.filter(({ goal }) => goal !== undefined);
  tell(`${goals.filter((row) => !isMet(row)).length} of ${goals.length} goals missed.`);
  // A missed goal is a finding; answers that failed are a fault.
  if (rows.some(({ failed = 0 }) => failed > 0)) process.exitCode = 1;
}

try {
  await main();
} catch (cause) {
  if (!(cause instanceof Interrupted)) throw cause;
  tell('interrupted');
  process.exitCode = 130;
}
