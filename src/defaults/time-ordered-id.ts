import { randomBytes } from 'node:crypto';

/** Random digits are fetched for many ids at once: the call costs more than the digits. */
const POOL_BYTES = 4_096;
/** Digits of an id that are random: all but those of the time and the version. */
const RANDOM_DIGITS = 19;

let pool = '';
let used = 0;
/** The digits of the millisecond that was asked for last: many ids are made in one. */
let lastMs = -1;
let timeDigits = '';

/** A UUID that begins with its time (version 7, RFC 9562): ids grow as time does, and no two are the same. */
export function timeOrderedId(atMs: number): string {
  const ms = Math.max(0, Math.floor(atMs));
  if (ms !== lastMs) {
    const time = ms.toString(16).padStart(12, '0');
    timeDigits = `${time.slice(0, 8)}-${time.slice(8)}`;
    lastMs = ms;
  }
  if (used + RANDOM_DIGITS > pool.length) {
    pool = randomBytes(POOL_BYTES).toString('hex');
    used = 0;
  }
  const from = used;
  used += RANDOM_DIGITS;
  const third = `7${pool.slice(from, from + 3)}`;
  const fourth = `${variantOf(pool.charAt(from + 3))}${pool.slice(from + 4, from + 7)}`;
  return `${timeDigits}-${third}-${fourth}-${pool.slice(from + 7, used)}`;
}

/** Two bits of the digit that tells the variant are random. */
function variantOf(random: string): string {
  return (8 + (Number.parseInt(random, 16) & 3)).toString(16);
}
