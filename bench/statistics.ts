/** The middle of the values; of an even number of them the mean of the two in the middle. `NaN` for none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const above = sorted[Math.floor(middle)] ?? Number.NaN;
  return Number.isInteger(middle) ? ((sorted[middle - 1] ?? Number.NaN) + above) / 2 : above;
}

/** The smallest value that at least this part of the values (0 to 1) does not exceed. `NaN` for none. */
export function percentile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? Number.NaN;
}

/** What several rounds say: their median, and the lowest and highest of them. */
export interface Spread {
  readonly median: number;
  readonly lowest: number;
  readonly highest: number;
}

/** Median and extremes of the values. */
export function spreadOf(values: readonly number[]): Spread {
  return { median: median(values), lowest: Math.min(...values), highest: Math.max(...values) };
}

/** Combines the values of two lists round by round: what stood side by side in time is compared, nothing else. */
export function byRound(
  ours: readonly number[],
  baseline: readonly number[],
  combine: (ours: number, baseline: number) => number,
): number[] {
  if (ours.length !== baseline.length) throw new RangeError('Every round needs a value of both sides.');
  return ours.map((value, round) => combine(value, baseline[round] ?? Number.NaN));
}
