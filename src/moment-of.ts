/** Seconds since 1970, and what ISO 8601 looks like. */
const UNIX_SECONDS = /^\d{1,11}(\.\d{1,3})?$/;
const ISO_TIME = /^(\d{4}-\d\d-\d\d)(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?)?$/i;

/** How moments are written, for messages. */
export const MOMENT_FORMS = '2026-01-31, 2026-01-31T08:00:00Z or Unix seconds';

/** A moment as people write it, in Unix milliseconds; without a zone it is UTC. `undefined`: it is none. */
export function momentOf(text: string): number | undefined {
  if (UNIX_SECONDS.test(text)) return Math.round(Number(text) * 1000);
  // An unescaped plus before the zone arrives in a query as a blank.
  const [whole, day, time, , , zone] = ISO_TIME.exec(text.replace(/ (?=\d\d:?\d\d$)/, '+')) ?? [];
  if (whole === undefined || day === undefined) return undefined;
  // The language takes the 30th of February for the 2nd of March.
  const begins = new Date(`${day}T00:00:00Z`);
  if (Number.isNaN(begins.getTime()) || !begins.toISOString().startsWith(day)) return undefined;
  const isUtc = time === undefined || zone !== undefined;
  const ms = Date.parse(isUtc ? whole.replace(/([+-]\d\d)(\d\d)$/, zoneOf) : `${whole}Z`);
  return Number.isNaN(ms) ? undefined : ms;
}

function zoneOf(_: string, hours: string, minutes: string): string {
  return `${hours}:${minutes}`;
}
