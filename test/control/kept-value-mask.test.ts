import { Secret } from 'nexusai-hub/provider-kit';
import { describe, expect, it } from 'vitest';
import { keptValueMask } from '../../src/control/kept-value-mask.ts';
import { textMask } from '../../src/masking/text-mask.ts';

const masked = keptValueMask(textMask());
const CANARY = 'canary-Zx81k20';

describe('X1, X3: a masked value', () => {
  it.each<[what: string, value: unknown]>([
    ['a secret', { anything: new Secret(CANARY) }],
    ['a member of a secret name', { api_key: CANARY, apiKey: CANARY, 'x-api-key': CANARY, CLIENT_SECRET: CANARY }],
    ['a list of keys', { keys: [CANARY, CANARY], tokens: [CANARY] }],
    ['a secret in parts', { credentials: { user: CANARY, value: CANARY } }],
    ['headers', { headers: { 'x-anything': CANARY, authorization: `Bearer ${CANARY}` } }],
    ['a user and a password of a URL', { url: `https://me:${CANARY}@example.com/v1` }],
    ['a key in the query of a URL', `https://example.com/v1?a=b&access_token=${CANARY}&c=d`],
    ['a bearer in a sentence', `it said Authorization: Bearer ${CANARY}`],
    ['a key in a name', { [`sk-${CANARY}`]: 1 }],
    ['a map', new Map([['token', CANARY]])],
    ['a function that closes over it', { token: () => CANARY }],
    ['a secret of another copy', { one: { reveal: () => CANARY, value: CANARY } }],
  ])('shows nothing of %s', (_what, value) => {
    expect(JSON.stringify(masked(value))).not.toContain(CANARY);
  });

  it('shows what is none', () => {
    const value = {
      id: 'main',
      server_url: 'https://example.com/v1',
      api_key: { id: 'sec_1', last4: 'wxyz' },
      keys: [{ name: 'app', key: CANARY, role: 'user', models: ['m'] }],
      rate_limit: 5,
      max_tokens: 7,
      tokens_per_minute: 100,
      monkey_id: 'a',
      nothing: null,
      at: new Date(0),
    };
    expect(masked(value)).toEqual({
      ...value,
      keys: [{ name: 'app', key: '[secret]', role: 'user', models: ['m'] }],
      at: '1970-01-01T00:00:00.000Z',
    });
  });

  it('ends, whatever it is given', () => {
    const round: Record<string, unknown> = { bytes: new Uint8Array(3), big: 1n, wrong: new Date(NaN) };
    round['self'] = round;
    expect(masked(round)).toEqual({ bytes: '[3 bytes]', big: '1', wrong: null, self: '[circular]' });
    let deep: unknown = 1;
    for (let level = 0; level < 100; level++) deep = [deep];
    expect(JSON.stringify(masked(deep))).toContain('[more]');
    expect(masked(Array.from({ length: 3_000 }, () => 1))).toHaveLength(2_001);
    expect(masked(JSON.parse('{"__proto__":{"a":1}}'))).toEqual(JSON.parse('{"__proto__":{"a":1}}'));
  });
});
