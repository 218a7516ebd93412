/** `npm run bench:resilience`: what clients see while providers fail. `--help` tells the rest. */
import { readFileSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';

import { format } from 'prettier';

import { conditionsOf, withReport } from './report.ts';
import type { Measured } from './resilience/measured.ts';
import { optionsOf, type RunOptions, USAGE } from './resilience/options.ts';
import { FULL, QUICK, runScenario } from './resilience/run-scenario.ts';
import { type Scenario, SCENARIOS } from './resilience/scenarios.ts';
import { type Ran, tableOf } from './resilience/table.ts';
import { faultsOf } from './resilience/verdict.ts';
import { readOptions } from './read-options.ts';

const PAGE = fileURLToPath(new URL('../docs/resilience.md', import.meta.url));
const HOW = 'hub, providers and load in one process';

/** Runs what the options say, one scenario after the other. */
async function run({ scenarios, isQuick }: RunOptions): Promise<readonly Ran[]> {
  const [loadBefore = 0] = loadavg();
  const extent = isQuick ? QUICK : FULL;
  // The first run is for the compiler.
  await runScenario(SCENARIOS.healthy, QUICK);
  const healthy = await runScenario(SCENARIOS.healthy, extent);
  const ran: Ran[] = [];
  for (const name of scenarios) {
    const scenario: Scenario = SCENARIOS[name];
    const measured = name === 'healthy' ? healthy : await runScenario(scenario, extent);
    ran.push({ scenario, measured });
    tell(`${name}: ${scenario.what}: ${faultsOf(scenario, measured).join('; ') || 'met'}`);
  }
  await finish(healthy, ran, isQuick, loadBefore);
  return ran;
}

/** Prints the report; a whole run also goes into the page. */
async function finish(healthy: Measured, ran: readonly Ran[], isQuick: boolean, loadBefore: number): Promise<void> {
  const text = `${conditionsOf(HOW, loadBefore)}\n\n${tableOf(healthy, ran)}`;
  const report = await format(text, { parser: 'markdown', printWidth: 120 });
  tell(`\n${report}`);
  if (isQuick || ran.length < Object.keys(SCENARIOS).length) return;
  const page = withReport(readFileSync(PAGE, 'utf8'), report.trim());
  writeFileSync(PAGE, await format(page, { parser: 'markdown', printWidth: 120 }));
  tell('written to docs/resilience.md');
}

function tell(line: string): void {
  console.log(line);
}

const options = readOptions(optionsOf, USAGE);
if (options) {
  const ran = await run(options);
  const missed = ran.filter(({ scenario, measured }) => faultsOf(scenario, measured).length > 0);
  tell(`${missed.length} of ${ran.length} scenarios missed.`);
  // What does not hold here is a fault of the hub.
  if (missed.length > 0) process.exitCode = 1;
}
