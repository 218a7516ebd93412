import { shown } from '../report.ts';
import { percentile } from '../statistics.ts';
import { countOf, type Measured } from './measured.ts';
import type { Scenario } from './scenarios.ts';
import { faultsOf } from './verdict.ts';

/** One scenario that was run. */
export interface Ran {
  readonly scenario: Scenario;
  readonly measured: Measured;
}

/** The table, beside the run in which nothing failed. */
export function tableOf(healthy: Measured, ran: readonly Ran[]): string {
  const base = firstContentOf(healthy);
  return [
    '| what happens | requests | errors before content | broken after it | asked in vain | first content, p50 | p99 | besides | |',
    '| --- | --: | --: | --: | --- | --: | --: | --- | --- |',
    ...ran.map(({ scenario, measured }) => rowOf(scenario, measured, base)),
  ].join('\n');
}

interface FirstContent {
  readonly p50: number;
  readonly p99: number;
}

function firstContentOf({ seen }: Measured): FirstContent {
  const times = seen.flatMap(({ firstMs }) => (firstMs === undefined ? [] : [firstMs]));
  return { p50: percentile(times, 0.5), p99: percentile(times, 0.99) };
}

function rowOf(scenario: Scenario, measured: Measured, base: FirstContent): string {
  const { what, rules = [] } = scenario;
  const { p50, p99 } = firstContentOf(measured);
  const faults = faultsOf(scenario, measured);
  const cells = [
    what,
    measured.seen.length,
    countOf(measured, 'refused'),
    countOf(measured, 'broken'),
    inVainOf(scenario, measured),
    besideHealthy(p50, base.p50),
    besideHealthy(p99, base.p99),
    rules.map(({ note }) => note(measured)).join('; '),
    faults.length === 0 ? 'met' : `**missed**: ${faults.join('; ')}`,
  ];
  return `| ${cells.join(' | ')} |`;
}

/** Attempts that were bound to be made, and those after the threshold beside the probes that were due. */
function inVainOf({ threshold }: Scenario, { watch, probesDue }: Measured): string {
  if (threshold === undefined) return '';
  return `${watch.inVainBefore} + ${watch.inVainAfter} (probes due: ${probesDue})`;
}

function besideHealthy(ms: number, base: number): string {
  return Number.isNaN(ms) ? '' : `${shown(ms)} ms (${(ms / base).toFixed(1)} x)`;
}
