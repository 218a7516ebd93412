import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { bearerAuthenticator } from '../../src/defaults/authenticator.ts';

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

  it('X1: shows no key to whoever prints it', () => {
    expect(inspect(bearerAuthenticator(keys), { depth: 10, showHidden: true })).not.toContain('canary');
  });
});
