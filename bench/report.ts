import { availableParallelism, cpus } from 'node:os';

import type { Spread } from './statistics.ts';

/** Load on each core under which nothing else is in the way; what the run itself builds is part of it. */
const QUIET_LOAD = 0.4;

/** How the two sides are compared: ours over the baseline, ours less the baseline, or ours by itself. */
export type Comparison = 'ratio' | 'difference' | 'value';

/** One line of the report. */
export interface Row {
  readonly name: string;
  readonly unit: string;
  readonly baselineName: string;
  /** Medians over the rounds. */
  readonly baseline: number;
  readonly ours: number;
  readonly comparison: Comparison;
  /** The comparison over the rounds. */
  readonly compared: Spread;
  /** The comparison may be this at most. */
  readonly goal?: number;
  /** Answers of the hub that were cut, wrong or refused: with any, nothing else counts. */
  readonly failed?: number;
}

/** True when the row keeps its goal; without a goal it only must not have failed. */
export function isMet({ goal, compared, failed = 0 }: Row): boolean {
  return failed === 0 && (goal === undefined || compared.median <= goal);
}

/** Under what conditions a run took place. */
export interface Conditions {
  /** Whether processes were pinned to cores. */
  readonly isPinned: boolean;
  /** The system's load average before the run: how many processes wanted a core. */
  readonly loadBefore: number;
}

/** The report: the machine, then a table. */
export function reportOf(rows: readonly Row[], conditions: Conditions): string {
  const lines = rows.map((row) => {
    const { name, unit, baselineName, baseline, ours } = row;
    const cells = [
      `${name} (${unit})`,
      `${baselineName} ${shown(baseline)}`,
      shown(ours),
      comparedOf(row),
      goalOf(row),
    ];
    return `| ${[...cells, verdictOf(row)].join(' | ')} |`;
  });
  return [
    machine(conditions),
    '',
    '| what | baseline | hub | hub beside it: median (lowest to highest) | goal | |',
    '| --- | --: | --: | --: | --: | --- |',
    ...lines,
  ].join('\n');
}

function machine({ isPinned, loadBefore }: Conditions): string {
  const pinned = isPinned
    ? 'the measured process alone on one core, mock provider and load on another'
    : 'processes not pinned to cores: expect a wider spread';
  return conditionsOf(pinned, loadBefore);
}

/** The machine, how a run used it, and whether others used it too: the load average before the run tells. */
export function conditionsOf(how: string, loadBefore: number): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor';
  const cores = availableParallelism();
  const busy =
    loadBefore < cores * QUIET_LOAD
      ? 'the machine had nothing else to do'
      : `**the machine was busy with other work** (load ${loadBefore.toFixed(1)} before the run): times of waiting mean little`;
  return `${model}, ${cores} cores; Node ${process.versions.node} on ${process.platform}; ${how}; ${busy}.`;
}

function comparedOf({ comparison, compared }: Row): string {
  const { median, lowest, highest } = compared;
  return `${inComparison(comparison, median)} (${inComparison(comparison, lowest)} to ${inComparison(comparison, highest)})`;
}

function goalOf({ goal, comparison }: Row): string {
  if (goal === undefined) return '';
  return goal === 0 ? 'none' : `<= ${inComparison(comparison, goal)}`;
}

function verdictOf(row: Row): string {
  if (row.failed) return `**${row.failed} answers failed**`;
  if (row.goal === undefined) return '';
  return isMet(row) ? 'met' : '**missed**';
}

function inComparison(comparison: Comparison, value: number): string {
  if (comparison === 'ratio') return `${value.toFixed(2)} x`;
  return comparison === 'difference' && value >= 0 ? `+${shown(value)}` : shown(value);
}

/** Three digits that count, and whole numbers as they are. */
export function shown(value: number): string {
  if (!Number.isFinite(value)) return 'not measured';
  if (Number.isInteger(value) || Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en-US');
  return value.toPrecision(value < 0.01 && value > -0.01 ? 1 : 3);
}

/**
 * The page with the report between its markers.
 * @param name of the markers, where a page has several reports.
 * @throws Error when the page has no markers.
 */
export function withReport(page: string, report: string, name = 'bench'): string {
  const [opening, closing] = [`<!-- ${name}:begin -->`, `<!-- ${name}:end -->`];
  const begin = page.indexOf(opening);
  const end = page.indexOf(closing);
  if (begin < 0 || end < begin) throw new Error(`The page has no place for the report: ${opening} and ${closing}.`);
  return `${page.slice(0, begin + opening.length)}\n\n${report}\n\n${page.slice(end)}`;
}
