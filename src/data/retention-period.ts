/** How long something is kept: calendar months, or days. */
export type RetentionPeriod = { readonly months: number } | { readonly days: number };

const DAY_MS = 24 * 60 * 60 * 1000;

/** The moment before which something was last of use that is not kept any longer. Calendar and days are those of UTC. */
export function startOfRetention(nowMs: number, period: RetentionPeriod): number {
  if ('days' in period) return nowMs - period.days * DAY_MS;
  const date = new Date(nowMs);
  const day = date.getUTCDate();
  // From the first of the month: the 31st of a month that has 30 days would be in the month after it.
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() - period.months);
  date.setUTCDate(Math.min(day, daysOf(date)));
  return date.getTime();
}

/** The same, at the beginning of a month, or of a day where days are counted: what goes together goes at once. */
export function startOfWholeRetention(nowMs: number, period: RetentionPeriod): number {
  const date = new Date(startOfRetention(nowMs, period));
  date.setUTCHours(0, 0, 0, 0);
  if ('months' in period) date.setUTCDate(1);
  return date.getTime();
}

function daysOf(date: Date): number {
  return new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
}
