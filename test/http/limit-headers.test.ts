import { expect, it } from 'vitest';
import { addLimitHeaders } from '../../src/http/limit-headers.ts';

// Go's time.Duration.String, which OpenAI's headers are made by.
it.each([
  [0, '0s'],
  [0.2, '1ms'],
  [12, '12ms'],
  [999.5, '1s'],
  [1_000, '1s'],
  [1_500, '1.5s'],
  [8_640, '8.64s'],
  [59_999, '59.999s'],
  [60_000, '1m0s'],
  [360_000, '6m0s'],
  [86_400, '1m26.4s'],
  [3_600_000, '1h0m0s'],
  [5_025_500, '1h23m45.5s'],
])('prints %d ms as %s', (resetMs, text) => {
  const limits = [{ what: 'tokens' as const, limit: 10, remaining: 3, resetMs }];
  const headers = {};
  addLimitHeaders(headers, limits);
  expect(headers).toEqual({
    'x-ratelimit-limit-tokens': '10',
    'x-ratelimit-remaining-tokens': '3',
    'x-ratelimit-reset-tokens': text,
  });
});
