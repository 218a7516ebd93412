import { openaiCompatible, type OpenAICompatibleOptions } from 'nexusai-hub/adapters/openai-compatible';
import type { ChatRequest } from 'nexusai-hub/ports';
import { describe, expect, it } from 'vitest';

import { scriptedFetch } from '../../src/testing/scripted-fetch.ts';
import { bytesOf, fixtureOf } from './fixtures.ts';
import { ask } from './run-fixture.ts';

const REQUEST: ChatRequest = { model: 'm', messages: [{ role: 'user', content: 'hi' }], stream: true };

async function sentBy(
  options: Partial<OpenAICompatibleOptions>,
  request: Partial<ChatRequest> = {},
): Promise<{ body: Record<string, unknown>; headers: Record<string, string>; path: string }> {
  const { fetch, requests } = scriptedFetch({ sends: [bytesOf(fixtureOf('openai/chat-stream.sse'))] });
  const provider = openaiCompatible({ baseUrl: 'http://server.test/api/v9/', fetch, ...options });
  expect((await ask(provider, { ...REQUEST, ...request })).error).toBeUndefined();
  const { body, headers, path } = requests[0]!;
  return { body: JSON.parse(new TextDecoder().decode(body)), headers, path };
}

describe('openaiCompatible', () => {
  it('asks at its base URL, with its headers, and without a key where none is given', async () => {
    const bare = await sentBy({ headers: { 'api-key': 'x' } });
    expect(bare.path).toBe('/api/v9/chat/completions');
    expect(bare.headers['api-key']).toBe('x');
    expect(bare.headers).not.toHaveProperty('authorization');
    expect((await sentBy({ apiKey: 'k1' })).headers['authorization']).toBe('Bearer k1');
  });

  it('is called what its owner calls it', () => {
    expect(openaiCompatible({ baseUrl: 'http://server.test' }).kind).toBe('openai-compatible');
    expect(openaiCompatible({ baseUrl: 'http://server.test', name: 'vllm', models: ['a'] })).toMatchObject({
      kind: 'vllm',
      models: ['a'],
    });
  });

  it('usageInStream: never does not ask, and leaves what the caller asked for', async () => {
    expect((await sentBy({})).body['stream_options']).toEqual({ include_usage: true });
    expect((await sentBy({ quirks: { usageInStream: 'never' } })).body).not.toHaveProperty('stream_options');
    const own = { stream_options: { include_usage: true } };
    expect((await sentBy({ quirks: { usageInStream: 'never' } }, own)).body).toMatchObject(own);
  });

  it.each([
    ['max_tokens', { max_completion_tokens: 7 }, { max_tokens: 7 }],
    ['max_tokens', { max_tokens: 7 }, { max_tokens: 7 }],
    ['max_tokens', { max_tokens: 9, max_completion_tokens: 7 }, { max_tokens: 7 }],
    ['max_completion_tokens', { max_tokens: 7 }, { max_completion_tokens: 7 }],
    [undefined, { max_tokens: 7, max_completion_tokens: 8 }, { max_tokens: 7, max_completion_tokens: 8 }],
    ['max_tokens', {}, {}],
  ] as const)('maxTokensName: %s turns %j into %j', async (name, given, wanted) => {
    const { body } = await sentBy(
      { quirks: { ...(name ? { maxTokensName: name } : {}), usageInStream: 'never' } },
      given,
    );
    expect(body).toEqual({ ...REQUEST, ...wanted });
  });

  it('omit leaves members out', async () => {
    const { body } = await sentBy(
      { quirks: { omit: ['user', 'seed', 'stream_options'], usageInStream: 'never' } },
      { user: 'u', seed: 1, top_p: 0.5 },
    );
    expect(body).toEqual({ ...REQUEST, top_p: 0.5 });
  });

  it('embeddings: false has none', () => {
    const baseUrl = 'http://server.test';
    expect(openaiCompatible({ baseUrl }).embed).toBeDefined();
    expect(openaiCompatible({ baseUrl, quirks: { embeddings: false } }).embed).toBeUndefined();
  });

  it.each<[object, RegExp]>([
    [{}, /^openaiCompatible: baseUrl must be .* got undefined/],
    [
      { baseUrl: 'http://x', quirks: { usageInStream: 'always' } },
      /quirks.usageInStream must be one of "ask", "never"; got "always"/,
    ],
    [{ baseUrl: 'http://x', quirks: { maxTokensName: 'n' } }, /quirks.maxTokensName must be one of/],
    [{ baseUrl: 'http://x', quirks: { omit: 'a' } }, /quirks.omit must be a list/],
    [{ baseUrl: 'http://x', quirks: { embeddings: 'no' } }, /quirks.embeddings must be one of true, false/],
  ])('wrong options: %j', (options, message) => {
    expect(() => openaiCompatible(options as OpenAICompatibleOptions)).toThrow(message);
    expect(() => openaiCompatible(options as OpenAICompatibleOptions)).toThrow(TypeError);
  });
});
