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

/** More are not worth a name each. */
const MOST_STARTS = 4_096;

/** The beginning of each one in a stretch. None for a stretch without an end, or for too many. */
export function startsIn(unit: TimeUnit, fromMs: number, toMs: number): number[] {
  const starts: number[] = [];
  if (!Number.isFinite(fromMs) || !Number.isFinite(toMs)) return starts;
  for (let ms = nextStartOf(unit, fromMs); ms < toMs; ms = nextStartOf(unit, ms + 1)) {
    if (starts.length === MOST_STARTS) return [];
    starts.push(ms);
  }
  return starts;
}

function monthAt(ms: number, after: number): number {
  const date = new Date(ms);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + after);
}
