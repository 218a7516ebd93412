import { anthropic, type AnthropicOptions } from 'nexusai-hub/adapters/anthropic';
import type { ChatRequest, Provider } from 'nexusai-hub/ports';
import { describe, expect, it } from 'vitest';

import { type ScriptedFetch, scriptedFetch } from '../../src/testing/scripted-fetch.ts';
import { bytesOf, fixtureOf } from './fixtures.ts';
import { ask } from './run-fixture.ts';

const KEY = 'canary-4f1d0c7e9b';
const REQUEST: ChatRequest = { model: 'claude-sonnet-4-5', messages: [{ role: 'user', content: '你好' }] };

function anthropicWith(options: Partial<AnthropicOptions> = {}): ScriptedFetch & { provider: Provider } {
  const fixture = fixtureOf('anthropic/message-ok.json');
  const scripted = scriptedFetch({ headers: fixture.response.headers, sends: [bytesOf(fixture)] });
  return { ...scripted, provider: anthropic({ apiKey: KEY, fetch: scripted.fetch, ...options }) };
}

describe('requests to Anthropic', () => {
  it('go to /messages with key, version and betas; the key can be a token', async () => {
    const { provider, requests } = anthropicWith({ betas: ['a', 'b'] });
    await ask(provider, REQUEST);
    expect(requests[0]).toMatchObject({ method: 'POST', path: '/v1/messages' });
    expect(requests[0]!.headers).toMatchObject({
      'x-api-key': KEY,
      'anthropic-version': '2023-06-01',
      'anthropic-beta': 'a,b',
      'content-type': 'application/json',
    });
    expect(requests[0]!.headers).not.toHaveProperty('authorization');
    const token = anthropicWith({
      authorization: 'bearer',
      version: '2099-01-01',
    });
    await ask(token.provider, REQUEST);
    expect(token.requests[0]!.headers).toMatchObject({
      authorization: `Bearer ${KEY}`,
      'anthropic-version': '2099-01-01',
    });
    expect(token.requests[0]!.headers).not.toHaveProperty('x-api-key');
  });

  it('a request that cannot be said is not sent', async () => {
    const { provider, requests } = anthropicWith();
    expect((await ask(provider, { ...REQUEST, n: 2 })).error?.code).toBe('request_invalid');
    expect(requests).toHaveLength(0);
  });

  it('there are no embeddings to ask for', () => {
    expect(anthropic({ apiKey: KEY }).embed).toBeUndefined();
  });
});

describe('options of anthropic', () => {
  it.each<[object, RegExp]>([
    [{}, /^anthropic: apiKey must be a text.*got undefined/],
    [
      { apiKey: KEY, authorization: 'basic' },
      /^anthropic: authorization must be one of "api-key", "bearer"; got "basic"/,
    ],
    [{ apiKey: KEY, baseUrl: 'api' }, /^anthropic: baseUrl must/],
    [{ apiKey: KEY, maxTokens: 0 }, /^anthropic: maxTokens must be a whole number of at least 1; got 0/],
    [{ apiKey: KEY, thinking: 'deep' }, /^anthropic: thinking must be one of/],
    [{ apiKey: KEY, structuredOutput: 'grammar' }, /^anthropic: structuredOutput must be one of/],
    [{ apiKey: KEY, betas: 'a' }, /^anthropic: betas must be a list/],
    [{ apiKey: KEY, models: [''] }, /^anthropic: models must be a list/],
    [{ apiKey: KEY, version: 'a\nb' }, /^anthropic: headers/],
  ])('%j', (options, message) => {
    const make = (): Provider => anthropic(options as AnthropicOptions);
    expect(make).toThrow(TypeError);
    expect(make).toThrow(message);
  });
});
