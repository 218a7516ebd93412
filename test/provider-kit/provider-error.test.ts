import { type NexusError, type NexusErrorCode, providerError, Secret } from 'nexusai-hub/provider-kit';
import { describe, expect, it } from 'vitest';

function errorOf(status: number, body: unknown, headers: Record<string, string> = {}, key?: string): NexusError {
  return providerError({ status, headers, body, nowMs: 0, ...(key === undefined ? {} : { key: new Secret(key) }) });
}

describe('what a provider says becomes a code', () => {
  // Cases no fixture has.
  it.each<[number, unknown, NexusErrorCode, string | undefined]>([
    [400, { error: { code: 400, type: 'exceed_context_size_error', n_ctx: 1 } }, 'context_length_exceeded', '400'],
    [
      400,
      { code: 'InvalidParameter', message: 'Range of input length should be [1, 6000]' },
      'context_length_exceeded',
      'InvalidParameter',
    ],
    [
      403,
      { error: { code: 403, message: 'Your input was flagged', metadata: { reasons: [] } } },
      'content_filtered',
      '403',
    ],
    [
      429,
      { error: { code: 'rate_limit_exceeded', message: 'Request too large for gpt-4o' } },
      'provider_limit_exceeded',
      'rate_limit_exceeded',
    ],
    [429, 'slow down', 'provider_rate_limited', undefined],
    [402, '', 'provider_quota_exhausted', undefined],
    [403, {}, 'provider_denied', undefined],
    [401, { statusCode: 401, message: 'Access denied' }, 'provider_denied', '401'],
    [408, '', 'provider_unavailable', undefined],
    [409, '', 'provider_unavailable', undefined],
    [413, '', 'provider_rejected', undefined],
    [418, '', 'provider_rejected', undefined],
    [498, '', 'provider_overloaded', undefined],
    [504, '', 'provider_unavailable', undefined],
    [529, '', 'provider_overloaded', undefined],
    [200, { error: { code: 'invalid_api_key', message: 'no' } }, 'provider_denied', 'invalid_api_key'],
    [200, { error: { type: 'invalid_request_error', message: 'no' } }, 'provider_rejected', 'invalid_request_error'],
    [200, { code: 'rpm_rate_limit_exceeded', msg: 'slow' }, 'provider_rate_limited', 'rpm_rate_limit_exceeded'],
    [200, { error: { message: 'what?' } }, 'provider_unavailable', undefined],
    [200, { error_code: 17, error_msg: 'quota' }, 'provider_unavailable', '17'],
  ])('%s %j: %s', (status, body, code, providerCode) => {
    const error = errorOf(status, body);
    expect(error.code).toBe(code);
    expect(error.details.providerCode).toBe(providerCode);
    expect(error.details.providerStatus).toBe(status);
  });

  it('the caller is told what is wrong with the request, and nothing about our account', () => {
    const named = errorOf(400, { error: { message: 'bad "temperature"', param: 'temperature' } });
    expect(named.message).toContain('bad "temperature"');
    expect(named.details.param).toBe('temperature');
    expect(errorOf(429, { error: { message: 'Limit of organization org-1' } }).message).not.toContain('org-1');
    expect(errorOf(401, { error: { message: 'key of project p1' } }).message).not.toContain('p1');
  });

  it('x-should-retry overrides', () => {
    expect(errorOf(500, {}, { 'x-should-retry': 'false' }).details.askAgain).toBe(false);
    expect(errorOf(409, {}, { 'x-should-retry': 'true' }).details.askAgain).toBe(true);
    expect(errorOf(500, {}).details.askAgain).toBeUndefined();
  });

  it('a wait is told only where waiting helps', () => {
    expect(errorOf(429, {}, { 'retry-after': '3' }).details.retryAfterMs).toBe(3000);
    expect(errorOf(429, { error: { code: 'insufficient_quota' } }, { 'retry-after': '120' })).toMatchObject({
      code: 'provider_quota_exhausted',
      details: { retryAfterMs: 120_000 },
    });
    for (const status of [400, 401, 403, 404])
      expect(errorOf(status, {}, { 'retry-after': '3' }).details.retryAfterMs).toBeUndefined();
  });
});

describe('R6: a wait in members of the body', () => {
  it.each<[string, unknown, number | undefined]>([
    ['seconds in the error', { error: { message: 'slow down', retry_after: 0.6 } }, 600],
    ['seconds as text', { error: { message: 'slow down', retry_after: '2' } }, 2_000],
    ['milliseconds in the error', { error: { message: 'slow down', retry_after_ms: 600, retry_after: 1 } }, 600],
    ['seconds beside the error', { error: { message: 'slow down' }, retry_after: 0.6 }, 600],
    ['seconds beside a text', { error: 'slow down', retry_after: 3 }, 3_000],
    ['members before words', { error: { message: 'Please try again in 7s', retry_after: 3 } }, 3_000],
    ['what is no wait', { error: { message: 'slow down', retry_after: -1, retry_after_ms: 'soon' } }, undefined],
  ])('%s', (_what, body, wanted) => {
    expect(errorOf(429, body).details.retryAfterMs).toBe(wanted);
  });

  it('headers come before them', () => {
    const body = { error: { message: 'slow down', retry_after: 9 } };
    expect(errorOf(429, body, { 'retry-after': '3' }).details.retryAfterMs).toBe(3_000);
  });
});

describe('X1: no key in an error', () => {
  const KEYS = [
    'sk-proj-abcDEF0123456789',
    'gsk_abcdef0123456789',
    'AIzaSyA0123456789012345678901234567890',
    'bce-v3/ALTAK-abc123/def456',
    'xai-0123456789abcdef',
    'Bearer abcdef0123456789',
    'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl',
  ];

  it.each(KEYS)('masks what looks like one: %s', (key) => {
    const { details, message } = errorOf(400, {
      error: { message: `key ${key}, is bad`, code: `c ${key}`, param: key },
    });
    expect(JSON.stringify(details) + message).not.toContain(key.replace('Bearer ', ''));
    expect(details.providerMessage).toBe('key [secret], is bad');
  });

  it('masks our own, whatever it looks like', () => {
    const error = errorOf(400, { error: { message: 'you sent: hunter2!', code: 'hunter2!' } }, {}, 'hunter2!');
    expect(JSON.stringify(error.details) + error.message).not.toContain('hunter2');
  });

  it('bounds what it keeps', () => {
    expect(errorOf(400, { error: { message: 'x'.repeat(1e6) } }).details.providerMessage!.length).toBeLessThan(600);
    // A key that the bound would cut in two is masked first.
    const long = `${'x '.repeat(245)}sk-proj-${'a'.repeat(60)}`;
    expect(errorOf(400, { error: { message: long } }).details.providerMessage).not.toContain('aaa');
  });
});
