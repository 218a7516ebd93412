import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { bearerAuthenticator } from '../../src/defaults/authenticator.ts';
import { signingKeyOf } from '../../src/defaults/signing-key.ts';

const signal = new AbortController().signal;
const keys = [
  { name: 'app', key: 'sk-canary-1234', models: ['m'], requestsPerMinute: 5, tokensPerMinute: 6 },
  { name: 'poor', key: 'sk-poor-1234', maxConcurrent: 7, budgetUsd: { day: 0.1, month: 2.5 }, priority: -3 },
  { name: 'boss', key: 'sk-boss-12345', role: 'admin' as const },
];

describe('bearerAuthenticator', () => {
  it('knows a caller by its key', () => {
    const { identify } = bearerAuthenticator(keys);
    expect(identify({ via: 'http', key: 'sk-canary-1234' }, signal)).toEqual({
      id: 'app',
      role: 'user',
      models: ['m'],
      requestsPerMinute: 5,
      tokensPerMinute: 6,
    });
    expect(identify({ via: 'http', key: 'sk-boss-12345' }, signal)).toEqual({ id: 'boss', role: 'admin' });
  });

  it('hands on every limit of a key, money in nano-dollars', () => {
    const { identify } = bearerAuthenticator(keys);
    expect(identify({ via: 'http', key: 'sk-poor-1234' }, signal)).toEqual({
      id: 'poor',
      role: 'user',
      maxConcurrent: 7,
      budgetNanoUsd: { day: 100_000_000, month: 2_500_000_000 },
      priority: -3,
    });
    const day = [{ name: 'day', key: 'sk-only-a-day', budgetUsd: { day: 1 } }];
    expect(bearerAuthenticator(day).identify({ via: 'http', key: 'sk-only-a-day' }, signal)).toMatchObject({
      budgetNanoUsd: { day: 1e9 },
    });
  });

  it.each([undefined, '', 'sk-canary-123', 'sk-canary-12345', 'app', 'Bearer sk-canary-1234'])(
    'refuses the key %j',
    (key) => {
      const { identify } = bearerAuthenticator(keys);
      expect(() => identify({ via: 'http', ...(key === undefined ? {} : { key }) }, signal)).toThrow(
        expect.objectContaining({ code: 'unauthenticated' }),
      );
    },
  );

  it('lets anybody in where there are no keys, and our own program always', () => {
    expect(bearerAuthenticator([]).identify({ via: 'http', key: 'any' }, signal)).toMatchObject({ role: 'user' });
    expect(bearerAuthenticator(keys).identify({ via: 'process' }, signal)).toMatchObject({ role: 'admin' });
  });

  it('knows a caller by the name it has signed with, where its key is long enough', () => {
    const long = { name: 'long', key: 'sk-canary-that-is-long-enough-to-sign' };
    const { identify, signingKey } = bearerAuthenticator([...keys, { ...long, signature: 'required' }]);
    expect(signingKey?.('long', signal)).toEqual(signingKeyOf(long.key));
    expect([signingKey?.('app', signal), signingKey?.('nobody', signal)]).toEqual([undefined, undefined]);
    expect(identify({ via: 'http', signedBy: 'long' }, signal)).toEqual({
      ...{ id: 'long', role: 'user', signature: 'required' },
    });
    expect(identify({ via: 'http', signedBy: 'long', key: 'sk-boss-12345' }, signal)).toMatchObject({ id: 'long' });
    expect(() => identify({ via: 'http', key: long.key }, signal)).toThrow(/takes signed requests only/);
    expect(() => identify({ via: 'http', signedBy: 'nobody' }, signal)).toThrow(/No API key was sent/);
    expect(bearerAuthenticator([]).signingKey).toBeUndefined();
  });

  it('X1: shows no key to whoever prints it', () => {
    expect(inspect(bearerAuthenticator(keys), { depth: 10, showHidden: true })).not.toContain('canary');
  });
});
