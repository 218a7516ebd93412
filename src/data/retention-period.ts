/** How long conversations are kept after their latest request: calendar months, or days. */
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

function daysOf(date: Date): number {
  return new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
}
