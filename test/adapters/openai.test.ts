import { inspect } from 'node:util';

import type { ChatRequest, Provider } from 'nexusai-hub/ports';
import { openai, type OpenAIOptions } from 'nexusai-hub/adapters/openai';
import { isNexusError, wireTextOf, withWireText } from 'nexusai-hub/provider-kit';
import { describe, expect, it } from 'vitest';

import type { AnswerScript, RecordedRequest } from '../../src/testing/answer-script.ts';
import { type ScriptedFetch, scriptedFetch } from '../../src/testing/scripted-fetch.ts';
import { contextWith } from './context.ts';
import { bytesOf, fixtureOf } from './fixtures.ts';
import { ask } from './run-fixture.ts';

const KEY = 'canary-4f1d0c7e9b';

function openaiWith(
  script: AnswerScript | ((request: RecordedRequest) => AnswerScript),
  options: Partial<OpenAIOptions> = {},
): ScriptedFetch & { provider: Provider } {
  const scripted = scriptedFetch(script);
  return { ...scripted, provider: openai({ apiKey: KEY, fetch: scripted.fetch, ...options }) };
}

function answer(file: string): AnswerScript {
  const fixture = fixtureOf(file);
  return { status: fixture.response.status, headers: fixture.response.headers, sends: [bytesOf(fixture)] };
}

const REQUEST: ChatRequest = { model: 'gpt-4o', messages: [{ role: 'user', content: '你好' }] };

function textOf(request: RecordedRequest | undefined): string {
  return new TextDecoder().decode(request?.body);
}

function bodyOf(request: RecordedRequest | undefined): Record<string, unknown> {
  return JSON.parse(textOf(request)) as Record<string, unknown>;
}

describe('requests', () => {
  it('go to the path, with the key and what names the account', async () => {
    const { provider, requests } = openaiWith(answer('openai/chat-ok.json'), {
      organization: 'org-1',
      project: 'proj-1',
      headers: { 'X-Own': 'yes' },
    });
    await ask(provider, REQUEST);
    expect(requests[0]).toMatchObject({ method: 'POST', path: '/v1/chat/completions' });
    expect(requests[0]!.headers).toMatchObject({
      authorization: `Bearer ${KEY}`,
      'openai-organization': 'org-1',
      'openai-project': 'proj-1',
      'x-own': 'yes',
      'content-type': 'application/json',
    });
  });

  it('leave as the bytes that came, unknown members and odd spacing included', async () => {
    const text =
      '{ "model":"gpt-4o",\n "messages":[{"role":"user","content":"\\u4f60"}], "unknown_to_us": [1.0, 2e3] }';
    const { provider, requests } = openaiWith(answer('openai/chat-ok.json'));
    await ask(provider, withWireText(JSON.parse(text) as ChatRequest, text));
    expect(textOf(requests[0])).toBe(text);
  });

  it.each(['o1', 'o3-mini', 'o4-mini-2025-04-16', 'gpt-5', 'gpt-5-nano', 'gpt-5.1', 'gpt-10', 'ft:gpt-5-mini:org'])(
    'max_tokens is renamed for %s, and only that is changed',
    async (model) => {
      const text = `{"max_tokens":100,"model":"${model}","messages":[ ],"x":1.50}`;
      const { provider, requests } = openaiWith(answer('openai/chat-ok.json'));
      await ask(provider, withWireText(JSON.parse(text) as ChatRequest, text));
      expect(bodyOf(requests[0])).toEqual({ model, messages: [], x: 1.5, max_completion_tokens: 100 });
      expect(textOf(requests[0])).toContain('"messages":[ ],"x":1.50');
    },
  );

  it.each([
    { model: 'gpt-4o', max_tokens: 5 },
    { model: 'gpt-oss-120b', max_tokens: 5 },
    { model: 'gpt-50', max_completion_tokens: 5 },
    { model: 'o1', max_tokens: 5, max_completion_tokens: 6 },
    { model: 'o1', max_tokens: null },
  ])('the limit stays as it is: %j', async (members) => {
    const { provider, requests } = openaiWith(answer('openai/chat-ok.json'));
    await ask(provider, { ...REQUEST, ...members });
    expect(bodyOf(requests[0])).toEqual({ ...REQUEST, ...members });
  });

  it('a key from a function is asked for each time; one that cannot be had is no request', async () => {
    let count = 0;
    const { provider, requests } = openaiWith(answer('openai/chat-ok.json'), {
      apiKey: async () => {
        if (count === 2) throw new Error('vault is away');
        return `key-${++count}`;
      },
    });
    for (let turn = 0; turn < 2; turn++) await ask(provider, REQUEST);
    expect(requests.map(({ headers }) => headers['authorization'])).toEqual(['Bearer key-1', 'Bearer key-2']);
    const { error } = await ask(provider, REQUEST);
    expect(error).toMatchObject({ code: 'provider_denied', cause: expect.any(Error) });
    expect(requests).toHaveLength(2);
  });
});

describe('S9: usage of streams', () => {
  const stream: ChatRequest = { ...REQUEST, stream: true };

  it('is asked for, beside what the caller asked for', async () => {
    const { provider, requests } = openaiWith(answer('openai/chat-stream-usage.sse'));
    await ask(provider, stream);
    await ask(provider, { ...stream, stream_options: { include_obfuscation: false } });
    await ask(provider, { ...stream, stream_options: { include_usage: false } });
    await ask(provider, REQUEST);
    expect(requests.map((request) => bodyOf(request)['stream_options'])).toEqual([
      { include_usage: true },
      { include_obfuscation: false, include_usage: true },
      { include_usage: true },
      undefined,
    ]);
  });

  it('is asked for in the bytes that came', async () => {
    const text = '{"stream":true, "model":"gpt-4o","messages":[{"role":"user","content":"\\u4f60"}]}';
    const { provider, requests } = openaiWith(answer('openai/chat-stream-usage.sse'));
    await ask(provider, withWireText(JSON.parse(text) as ChatRequest, text));
    expect(textOf(requests[0])).toContain('"content":"\\u4f60"');
    expect(bodyOf(requests[0])['stream_options']).toEqual({ include_usage: true });
  });

  it.each([
    { error: { message: 'Unrecognized request argument supplied: stream_options', code: null } },
    { error: { message: 'Extra inputs are not permitted', param: 'stream_options' } },
    { detail: [{ loc: ['body', 'stream_options'], msg: 'Extra inputs are not permitted' }] },
  ])('a server that refuses is asked once, for each model: %j', async (refusal) => {
    const { provider, requests } = openaiWith((request) =>
      'stream_options' in bodyOf(request)
        ? { status: 400, headers: { 'content-type': 'application/json' }, sends: [JSON.stringify(refusal)] }
        : answer('openai/chat-stream.sse'),
    );
    for (const model of ['a', 'a', 'b']) {
      const { error, chunks } = await ask(provider, { ...stream, model });
      expect(error).toBeUndefined();
      expect(chunks.length).toBeGreaterThan(1);
    }
    const asked = requests.map((request) => 'stream_options' in bodyOf(request));
    expect(asked).toEqual([true, false, false, true, false]);
  });

  it('another refusal is not taken for that one', async () => {
    const { provider, requests } = openaiWith(answer('openai/error-400-param.json'));
    expect((await ask(provider, stream)).error?.code).toBe('provider_rejected');
    expect(requests).toHaveLength(1);
  });
});

describe('answers', () => {
  it('S3: an event of 5 MB passes; the limit can be lower', async () => {
    const long = 'x'.repeat(5 << 20);
    const event = `data: {"id":"a","choices":[{"index":0,"delta":{"role":"assistant","content":"${long}"},"finish_reason":"stop"}]}\n\n`;
    const script = { sends: [event, 'data: [DONE]\n\n'] };
    const { chunks, error } = await ask(openaiWith(script).provider, { ...REQUEST, stream: true });
    expect(error).toBeUndefined();
    expect(chunks[0]!.choices[0]!.delta.content).toBe(long);
    const low = openaiWith(script, { maxFrameBytes: 1 << 20 });
    expect((await ask(low.provider, { ...REQUEST, stream: true })).error?.code).toBe('frame_too_large');
    const small = openaiWith(answer('openai/chat-ok.json'), { maxAnswerBytes: 100 });
    expect((await ask(small.provider, REQUEST)).error?.code).toBe('frame_too_large');
  });

  it('a completion in normal form keeps its bytes', async () => {
    const { completion } = await ask(openaiWith(answer('openai/chat-ok.json')).provider, REQUEST);
    expect(Buffer.from(wireTextOf(completion!) as Uint8Array)).toEqual(
      Buffer.from(bytesOf(fixtureOf('openai/chat-ok.json'))),
    );
  });

  it('also when blank lines or a byte order mark came before it', async () => {
    const bytes = bytesOf(fixtureOf('openai/chat-ok.json'));
    for (const before of ['\n\r\n\n', '\uFEFF', '\uFEFF \n']) {
      const { provider } = openaiWith({
        headers: { 'content-type': 'application/json' },
        sends: [`${before}\n`, bytes],
      });
      const { completion } = await ask(provider, REQUEST);
      expect(Buffer.from(wireTextOf(completion!) as Uint8Array)).toEqual(Buffer.from(bytes));
    }
  });

  it.each(['openai/embeddings-ok.json', 'openai/embeddings-base64.json'])(
    '%s passes through, byte for byte',
    async (file) => {
      const { provider, requests } = openaiWith(answer(file));
      const text = JSON.stringify(fixtureOf(file).request.body).replace('{', '{ ');
      const embeddings = await provider.embed!(withWireText(JSON.parse(text), text), contextWith());
      expect(Buffer.from(wireTextOf(embeddings) as Uint8Array)).toEqual(Buffer.from(bytesOf(fixtureOf(file))));
      expect(embeddings).toEqual(JSON.parse(Buffer.from(bytesOf(fixtureOf(file))).toString()));
      expect(requests[0]!.path).toBe('/v1/embeddings');
      expect(textOf(requests[0])).toBe(text);
    },
  );

  it.each([
    ['openai/error-429-rate.json', 'provider_rate_limited'],
    ['openai/chat-ok.json', 'malformed_response'],
  ])('embeddings: %s is %s', async (file, code) => {
    const pending = openaiWith(answer(file)).provider.embed!({ model: 'e', input: 'x' }, contextWith());
    const error: unknown = await pending.catch((cause: unknown) => cause);
    expect(isNexusError(error) && error.code).toBe(code);
  });
});

describe('options', () => {
  it.each<[string, object, RegExp]>([
    ['no key', {}, /^openai: apiKey must be a text.*got undefined/],
    ['an empty key', { apiKey: '' }, /^openai: apiKey .*empty/],
    ['a key with a line break', { apiKey: `${KEY}\n` }, /^openai: apiKey /],
    [
      'no URL',
      { apiKey: KEY, baseUrl: 'api.openai.com' },
      /^openai: baseUrl must be an http or https URL; got "api.openai.com"/,
    ],
    ['another protocol', { apiKey: KEY, baseUrl: 'ftp://x' }, /^openai: baseUrl must/],
    ['a password in the URL', { apiKey: KEY, baseUrl: 'https://u:pass-word@x' }, /^openai: baseUrl must not hold/],
    ['models that are no list', { apiKey: KEY, models: 'gpt' }, /^openai: models must be a list of names; got "gpt"/],
    [
      'no connections',
      { apiKey: KEY, connections: 0 },
      /^openai: connections must be a whole number of at least 1; got 0/,
    ],
    ['a header with a line break', { apiKey: KEY, headers: { a: 'x\r\ny' } }, /^openai: headers\["a"\]/],
    ['a header with letters that none can hold', { apiKey: KEY, headers: { a: '密钥' } }, /^openai: headers\["a"\]/],
    ['a header without a text', { apiKey: KEY, headers: { a: undefined } }, /^openai: headers\["a"\]/],
    ['an organization with a line break', { apiKey: KEY, organization: 'x\r\ny' }, /^openai: organization/],
    ['a project with a line break', { apiKey: KEY, project: 'x\ny: z' }, /^openai: project/],
    ['a header without a name', { apiKey: KEY, headers: { 'a b': 'x' } }, /^openai: headers must/],
    ['a proxy that is none', { apiKey: KEY, proxy: 'pass-word@x' }, /^openai: proxy must be/],
    ['a dispatcher that is none', { apiKey: KEY, dispatcher: {} }, /^openai: dispatcher must be/],
    ['no patience', { apiKey: KEY, connectTimeoutMs: -1 }, /^openai: connectTimeoutMs must/],
    ['a fetch that is none', { apiKey: KEY, fetch: 1 }, /^openai: fetch must be a function; got 1/],
  ])('%s', (_name, options, message) => {
    let thrown: unknown;
    try {
      openai(options as OpenAIOptions);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(TypeError);
    const text = (thrown as TypeError).message;
    expect(text).toMatch(message);
    expect(text).not.toContain(KEY);
    expect(text).not.toContain('pass-word');
  });

  it('X1: neither printing nor serialising shows the key', async () => {
    const provider = openai({ apiKey: KEY });
    expect(inspect(provider, { depth: 9, showHidden: true }) + JSON.stringify(provider)).not.toContain(KEY);
  });
});
