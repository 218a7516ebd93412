/** Stretches of time by which usage is summed up, of UTC. */
export type TimeUnit = 'hour' | 'day' | 'month';

export const HOUR_MS: number = 3_600_000;
export const DAY_MS: number = 24 * HOUR_MS;

/** The beginning of the hour, day or month in which a moment is. Infinities are their own. */
export function startOf(unit: TimeUnit, ms: number): number {
  if (!Number.isFinite(ms)) return ms;
  switch (unit) {
    case 'hour':
      return Math.floor(ms / HOUR_MS) * HOUR_MS;
    case 'day':
      return Math.floor(ms / DAY_MS) * DAY_MS;
    case 'month':
      return monthAt(ms, 0);
  }
}

/** The first beginning of one that is not before a moment. */
export function nextStartOf(unit: TimeUnit, ms: number): number {
  const start = startOf(unit, ms);
  if (start === ms) return ms;
  switch (unit) {
    case 'hour':
      return start + HOUR_MS;
    case 'day':
      return start + DAY_MS;
    case 'month':
      return monthAt(ms, 1);
  }
}

function monthAt(ms: number, after: number): number {
  const date = new Date(ms);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + after);
}
