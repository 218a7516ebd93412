import fc from 'fast-check';
import { durationMs, retryAfterMs } from 'nexusai-hub/provider-kit';
import { describe, expect, it } from 'vitest';

const NOW = Date.UTC(2026, 1, 2, 8, 0, 0);

function waitOf(headers: Record<string, string>, message?: string, error?: unknown): number | undefined {
  return retryAfterMs({ headers, message, error, nowMs: NOW });
}

describe('durations', () => {
  it.each([
    ['0s', 0],
    ['1ms', 1],
    ['120ms', 120],
    ['600ms', 600],
    ['8.64s', 8640],
    ['7.66s', 7660],
    ['2m52.8s', 172_800],
    ['6m0s', 360_000],
    ['7m12.48s', 432_480],
    ['1h2m3s', 3_723_000],
    ['57.238747106s', 57_239],
    ['500us', 1],
    ['2d', 172_800_000],
    ['10', 10_000],
    ['0.5', 500],
    [' 4 ', 4000],
  ])('%s', (text, ms) => {
    expect(durationMs(text)).toBe(ms);
  });

  it.each(['', 'soon', '-1', '1x', '5 s', '1m and more', 'ms', '1e3', 'NaN', 'Infinity'])(
    '"%s" is unknown, not 0',
    (text) => {
      expect(durationMs(text)).toBeUndefined();
    },
  );

  it('any sum of parts is read', () => {
    const unit = fc.constantFrom(['ms', 1], ['s', 1000], ['m', 60_000], ['h', 3_600_000]);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(999), unit), { minLength: 1, maxLength: 5 }), (parts) => {
        const text = parts.map(([amount, [name]]) => `${amount}${name}`).join('');
        const ms = parts.reduce((sum, [amount, [, size]]) => sum + amount * size, 0);
        expect(durationMs(text)).toBe(ms);
      }),
    );
  });
});

describe('R6: the wait a provider asks for', () => {
  it.each<[string, Record<string, string>, number | undefined]>([
    ['nothing', {}, undefined],
    ['milliseconds', { 'retry-after-ms': '732.4' }, 733],
    ['seconds', { 'retry-after': '22' }, 22_000],
    ['fractions of a second', { 'retry-after': '0.25' }, 250],
    ['an HTTP date by our clock', { 'retry-after': 'Mon, 02 Feb 2026 08:00:30 GMT' }, 30_000],
    [
      "an HTTP date by the answer's own clock",
      { 'retry-after': 'Mon, 02 Feb 2026 08:00:30 GMT', date: 'Mon, 02 Feb 2026 08:00:20 GMT' },
      10_000,
    ],
    ['a date that is past', { 'retry-after': 'Mon, 02 Feb 2026 07:00:00 GMT' }, 0],
    ['more than an hour', { 'retry-after': '99999999999' }, 3_600_000],
    ['a negative number', { 'retry-after': '-1' }, undefined],
    ['nonsense', { 'retry-after': 'later' }, undefined],
    ['milliseconds before seconds', { 'retry-after': '1', 'retry-after-ms': '732' }, 732],
    [
      'the longest reset of the exhausted buckets',
      {
        'x-ratelimit-remaining-requests': '0',
        'x-ratelimit-reset-requests': '8.64s',
        'x-ratelimit-remaining-tokens': '-27689',
        'x-ratelimit-reset-tokens': '22',
      },
      22_000,
    ],
    [
      'no reset of a bucket that has some left',
      { 'x-ratelimit-remaining-requests': '9', 'x-ratelimit-reset-requests': '8s' },
      undefined,
    ],
    ['epoch milliseconds', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(NOW + 5000) }, 5000],
    ['epoch seconds', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(NOW / 1000 + 5) }, 5000],
    [
      'RFC 3339',
      { 'anthropic-ratelimit-tokens-remaining': '0', 'anthropic-ratelimit-tokens-reset': '2026-02-02T08:00:42Z' },
      42_000,
    ],
  ])('%s', (_name, headers, ms) => {
    expect(waitOf(headers)).toBe(ms);
  });

  it.each([
    ['Please try again in 7.66s. Visit', 7660],
    ['Please try again in 6m0s.', 360_000],
    ['Please try again in 120ms.', 120],
    ['Please retry after 22 seconds.', 22_000],
    ['Please retry after 1 second.', 1000],
    ['try again in 2 minutes', 120_000],
    ['Please try again later.', undefined],
    ['Please try again in a while', undefined],
  ])('in words: %s', (message, ms) => {
    expect(waitOf({}, message)).toBe(ms);
  });

  it("Gemini's retryDelay comes before buckets and words, after the headers", () => {
    const error = { details: [{ '@type': 'x' }, { retryDelay: '34.4s' }] };
    const bucket = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '9s' };
    expect(waitOf(bucket, 'Please retry after 22 seconds.', error)).toBe(34_400);
    expect(waitOf({ ...bucket, 'retry-after': '3' }, undefined, error)).toBe(3000);
    expect(waitOf(bucket, 'Please retry after 22 seconds.')).toBe(9000);
  });

  it('takes no time over a hostile message', () => {
    expect(waitOf({}, `try again in ${'1'.repeat(200_000)}`)).toBeUndefined();
    expect(waitOf({}, 'retry after 1s'.repeat(20_000))).toBe(1000);
  });
});
