import { LONGEST_TOLD_MS } from '../errors.ts';
import { isJsonObject } from '../openai/json.ts';

/** Where a provider may say how long to wait. */
export interface WaitHints {
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The error's text: a last resort. */
  readonly message?: string | undefined;
  /** The parsed `error` object: Gemini hides `retryDelay` in its details. */
  readonly error?: unknown;
  /** The parsed body: some say `retry_after` beside the error. */
  readonly body?: unknown;
  /** Unix milliseconds: what dates are compared with when the answer has no `date` header. */
  readonly nowMs: number;
}

/**
 * The wait a provider asked for, in milliseconds, an hour at the most; `undefined` when it said nothing that can be
 * understood.
 *
 * The first that is there wins: `retry-after-ms`, `retry-after` (seconds or HTTP date), Gemini's `retryDelay`,
 * `retry_after_ms` and `retry_after` (seconds) in the error or beside it, the longest reset of an exhausted bucket, the
 * wording of the message.
 */
export function retryAfterMs(hints: WaitHints): number | undefined {
  const told =
    plainNumber(hints.headers['retry-after-ms'], 1) ??
    retryAfterHeader(hints) ??
    retryDelay(hints.error) ??
    waitInMembers(hints.error) ??
    waitInMembers(hints.body) ??
    longestReset(hints) ??
    waitInWords(hints.message);
  return told === undefined ? undefined : Math.min(told, LONGEST_TOLD_MS);
}

const UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** The longer unit stands first, else `120ms` reads as minutes. */
const DURATION_PART = /(\d+(?:\.\d+)?)(ns|us|µs|μs|ms|s|m|h|d)/y;

/**
 * A duration as Go, protobuf and rate headers write it (`6m0s`, `120ms`, `34.4s`; a bare number is seconds), in
 * milliseconds; `undefined` for anything else.
 */
export function durationMs(text: string): number | undefined {
  const trimmed = text.trim();
  const bare = plainNumber(trimmed, 1000);
  if (bare !== undefined) return bare;
  let total = 0;
  DURATION_PART.lastIndex = 0;
  while (DURATION_PART.lastIndex < trimmed.length) {
    const [, amount, unit] = DURATION_PART.exec(trimmed) ?? [];
    if (amount === undefined || unit === undefined) return undefined;
    total += Number(amount) * (UNIT_MS[unit] ?? 0);
  }
  return trimmed === '' ? undefined : Math.ceil(total);
}

function plainNumber(text: string | undefined, unitMs: number): number | undefined {
  return text !== undefined && /^\s*\d+(?:\.\d+)?\s*$/.test(text) ? Math.ceil(Number(text) * unitMs) : undefined;
}

function retryAfterHeader({ headers, nowMs }: WaitHints): number | undefined {
  const value = headers['retry-after'];
  if (value === undefined) return undefined;
  const wait = durationMs(value);
  if (wait !== undefined) return wait;
  // A number that did not read as a wait (`-1`) is no date either, though `Date.parse` makes one of it.
  return /[a-z]{3}/i.test(value) ? until(Date.parse(value), headers, nowMs) : undefined;
}

/** Against the answer's own clock where it shows it: ours may be wrong. */
function until(atMs: number, headers: Readonly<Record<string, string>>, nowMs: number): number | undefined {
  if (!Number.isFinite(atMs)) return undefined;
  const serverNowMs = Date.parse(headers['date'] ?? '');
  return Math.max(0, atMs - (Number.isFinite(serverNowMs) ? serverNowMs : nowMs));
}

function retryDelay(error: unknown): number | undefined {
  if (!isJsonObject(error) || !Array.isArray(error['details'])) return undefined;
  for (const detail of error['details'] as unknown[]) {
    const delay = isJsonObject(detail) ? detail['retryDelay'] : undefined;
    if (typeof delay === 'string') return durationMs(delay);
  }
  return undefined;
}

function waitInMembers(value: unknown): number | undefined {
  if (!isJsonObject(value)) return undefined;
  return waitInMember(value['retry_after_ms'], 1) ?? waitInMember(value['retry_after'], 1000);
}

function waitInMember(value: unknown, unitMs: number): number | undefined {
  return typeof value === 'number' || typeof value === 'string' ? plainNumber(String(value), unitMs) : undefined;
}

const BUCKETS: readonly (readonly [remaining: string, reset: string])[] = [
  ['x-ratelimit-remaining-requests', 'x-ratelimit-reset-requests'],
  ['x-ratelimit-remaining-tokens', 'x-ratelimit-reset-tokens'],
  ['x-ratelimit-remaining', 'x-ratelimit-reset'],
  ['anthropic-ratelimit-requests-remaining', 'anthropic-ratelimit-requests-reset'],
  ['anthropic-ratelimit-tokens-remaining', 'anthropic-ratelimit-tokens-reset'],
  ['anthropic-ratelimit-input-tokens-remaining', 'anthropic-ratelimit-input-tokens-reset'],
  ['anthropic-ratelimit-output-tokens-remaining', 'anthropic-ratelimit-output-tokens-reset'],
];

function longestReset({ headers, nowMs }: WaitHints): number | undefined {
  let longest: number | undefined;
  for (const [remaining, reset] of BUCKETS) {
    const left = headers[remaining];
    if (left === undefined || left.trim() === '' || !(Number(left) <= 0)) continue;
    const wait = resetMs(headers[reset] ?? '', headers, nowMs);
    if (wait !== undefined) longest = Math.max(longest ?? 0, wait);
  }
  return longest;
}

const YEAR_2001_MS = 1e12;
const YEAR_2001_SECONDS = 1e9;

/** A duration, a point in time (RFC 3339), or a Unix time in seconds or milliseconds. */
function resetMs(text: string, headers: Readonly<Record<string, string>>, nowMs: number): number | undefined {
  const number = plainNumber(text, 1);
  if (number !== undefined && number >= YEAR_2001_MS) return until(number, headers, nowMs);
  if (number !== undefined && number >= YEAR_2001_SECONDS) return until(number * 1000, headers, nowMs);
  return durationMs(text) ?? (/^\d{4}-/.test(text) ? until(Date.parse(text), headers, nowMs) : undefined);
}

const WORDS = /(?:try again|retry) (?:in|after) (\d+(?:\.\d+)?) ?([a-z]+)/i;
const COMPOUND = /(?:try again|retry) (?:in|after) ((?:\d+(?:\.\d+)?(?:ns|us|µs|μs|ms|s|m|h|d))+)/i;
const UNIT_WORDS_MS: readonly (readonly [RegExp, number])[] = [
  [/^millisecond/i, 1],
  [/^sec/i, 1000],
  [/^min/i, 60_000],
  [/^hour/i, 3_600_000],
];

/** "Please try again in 7.66s", "in 6m0s", "Please retry after 22 seconds". */
function waitInWords(message: string | undefined): number | undefined {
  if (message === undefined) return undefined;
  const compound = COMPOUND.exec(message)?.[1];
  if (compound !== undefined) return durationMs(compound);
  const [, amount, word] = WORDS.exec(message) ?? [];
  const unit = UNIT_WORDS_MS.find(([pattern]) => pattern.test(word ?? ''));
  return unit && plainNumber(amount, unit[1]);
}
