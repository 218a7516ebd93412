import { describe, expect, it } from 'vitest';
import type { NexusErrorCode } from '../../src/errors.ts';
import { asNexusError, CODES, NexusError } from '../../src/errors.ts';
import { errorBodyOf } from '../../src/openai/error-body.ts';

describe('errorBodyOf', () => {
  it.each([
    ['unauthenticated', 'invalid_api_key'],
    ['model_not_found', 'model_not_found'],
    ['rate_limited', 'rate_limit_exceeded'],
    ['provider_rate_limited', 'rate_limit_exceeded'],
    ['context_length_exceeded', 'context_length_exceeded'],
    ['content_filtered', 'content_filter'],
    ['provider_quota_exhausted', 'insufficient_quota'],
    ['stream_interrupted', 'stream_interrupted'],
  ] as const)('names %s as users of OpenAI know it: %s', (code, name) => {
    expect(errorBodyOf(new NexusError(code, 'why')).error.code).toBe(name);
  });

  it('takes the type from the row of the code, for every code', () => {
    for (const [code, row] of Object.entries(CODES)) {
      const { error } = errorBodyOf(new NexusError(code as NexusErrorCode, 'why'));
      expect(error).toEqual({ message: expect.any(String), type: row.type, code: expect.any(String), param: null });
    }
  });

  it('names the member that is wrong', () => {
    const error = new NexusError('request_invalid', 'messages must hold at least one message', { param: 'messages' });
    expect(errorBodyOf(error).error).toMatchObject({
      message: error.message,
      param: 'messages',
      code: 'request_invalid',
    });
  });

  it('tells nothing of what went wrong inside', () => {
    const secret = 'sk-canary at /srv/app/hub.ts';
    const cause = new Error(secret);
    for (const error of [asNexusError(cause), new NexusError('internal', secret, { providerMessage: secret }, cause)]) {
      const text = JSON.stringify(errorBodyOf(error));
      expect(text).not.toContain('canary');
      expect(text).not.toContain('hub.ts');
      expect(errorBodyOf(error).error.message).toMatch(/log/);
    }
  });
});
