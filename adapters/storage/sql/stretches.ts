import { nextStartOf, startOf, type TimeUnit } from './time-units.ts';

/** A part of a range of time that sums of one unit cover exactly, or only the lines themselves. */
export interface Stretch {
  readonly unit: TimeUnit | 'line';
  /** `-Infinity`: from the first on. */
  readonly fromMs: number;
  /** Not included. `Infinity`: to the last. */
  readonly toMs: number;
}

/**
 * Cuts a range into as few and as large stretches as these units, the largest first, allow: a year is some months, with
 * days and hours at its ends, and lines where it begins or ends within an hour.
 */
export function stretchesOf(fromMs: number, toMs: number, units: readonly TimeUnit[]): Stretch[] {
  if (!(fromMs < toMs)) return [];
  const [unit, ...smaller] = units;
  if (unit === undefined) return [{ unit: 'line', fromMs, toMs }];
  const first = nextStartOf(unit, fromMs);
  const end = startOf(unit, toMs);
  if (first >= end) return stretchesOf(fromMs, toMs, smaller);
  return [
    ...stretchesOf(fromMs, first, smaller),
    { unit, fromMs: first, toMs: end },
    ...stretchesOf(end, toMs, smaller),
  ];
}
