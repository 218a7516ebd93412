import { inspect } from 'node:util';

import fc from 'fast-check';
import { azure, type AzureOptions } from 'nexusai-hub/adapters/azure';
import type { ChatChunk, ChatCompletion, ChatRequest, Provider } from 'nexusai-hub/ports';
import { Collector, wireTextOf, withWireText } from 'nexusai-hub/provider-kit';
import { describe, expect, it } from 'vitest';

import type { AnswerScript, RecordedRequest } from '../../src/testing/answer-script.ts';
import { manualClock } from '../../src/testing/manual-clock.ts';
import { type ScriptedFetch, scriptedFetch } from '../../src/testing/scripted-fetch.ts';
import { contextWith } from './context.ts';
import { answer, bodyOf, JSON_TYPE, jsonAnswer, textOf } from './fixture-answers.ts';
import { bytesOf, fixtureOf } from './fixtures.ts';
import { ask } from './run-fixture.ts';

const KEY = 'canary-4f1d0c7e9b';
const ENDPOINT = 'https://name.openai.azure.com';
const REQUEST: ChatRequest = { model: 'gpt-4o', messages: [{ role: 'user', content: '你好' }] };
const STREAM: ChatRequest = { ...REQUEST, stream: true };

function azureWith(
  script: AnswerScript | ((request: RecordedRequest, count: number) => AnswerScript),
  options: Partial<AzureOptions> = { apiKey: KEY },
): ScriptedFetch & { provider: Provider } {
  const scripted = scriptedFetch(script);
  return { ...scripted, provider: azure({ endpoint: ENDPOINT, fetch: scripted.fetch, ...options }) };
}

describe('where requests go', () => {
  it('the deployments path: the deployment in the URL, the bytes as they came, the key as api-key', async () => {
    const text = '{ "model":"gpt-4o", "messages":[{"role":"user","content":"\\u4f60"}] }';
    const { provider, requests } = azureWith(answer('azure/chat-ok.json'), {
      apiKey: KEY,
      apiVersion: '2024-10-21',
      deployments: { 'gpt-4o': 'chat-prod' },
    });
    await ask(provider, withWireText(JSON.parse(text) as ChatRequest, text));
    expect(requests[0]!.path).toBe('/openai/deployments/chat-prod/chat/completions?api-version=2024-10-21');
    expect(textOf(requests[0])).toBe(text);
    expect(requests[0]!.headers['api-key']).toBe(KEY);
    expect(requests[0]!.headers).not.toHaveProperty('authorization');
  });

  it('the v1 path: the deployment in the body, no api-version', async () => {
    const { provider, requests } = azureWith(answer('azure/chat-ok.json'), {
      apiKey: async () => KEY,
      deployments: { 'gpt-4o': 'chat-prod' },
    });
    await ask(provider, REQUEST);
    await ask(provider, { ...REQUEST, model: 'other' });
    expect(requests.map(({ path }) => path)).toEqual(Array(2).fill('/openai/v1/chat/completions'));
    expect(requests.map((request) => bodyOf(request)['model'])).toEqual(['chat-prod', 'other']);
  });

  it.each([
    ['https://name.openai.azure.com/', '/openai/v1/embeddings'],
    ['https://name.openai.azure.com/openai', '/openai/v1/embeddings'],
    ['https://name.openai.azure.com/openai/v1/', '/openai/v1/embeddings'],
    ['https://gateway.example.com/azure/east', '/azure/east/openai/v1/embeddings'],
  ])('an endpoint of %s', async (endpoint, path) => {
    const { provider, requests } = azureWith(answer('openai/embeddings-ok.json'), { apiKey: KEY, endpoint });
    await provider.embed!({ model: 'e', input: 'x' }, contextWith());
    expect(requests[0]!.path).toBe(path);
  });

  it('embeddings go to their deployment too', async () => {
    const { provider, requests } = azureWith(answer('openai/embeddings-base64.json'), {
      apiKey: KEY,
      apiVersion: '2024-10-21',
      deployments: { small: 'embed-prod' },
    });
    const embeddings = await provider.embed!({ model: 'small', input: 'x' }, contextWith());
    expect(requests[0]!.path).toBe('/openai/deployments/embed-prod/embeddings?api-version=2024-10-21');
    expect(Buffer.from(wireTextOf(embeddings) as Uint8Array)).toEqual(
      Buffer.from(bytesOf(fixtureOf('openai/embeddings-base64.json'))),
    );
  });

  it('other operations go there as well', async () => {
    const script = jsonAnswer({ id: 'resp_1', object: 'response' });
    const v1 = azureWith(script, { apiKey: KEY, deployments: { 'gpt-4o': 'chat-prod' } });
    const body = { model: 'gpt-4o', input: 'x' };
    const request = { model: 'gpt-4o', stream: false, contentType: 'application/json', body } as const;
    await v1.provider.forward!({ ...request, operation: 'responses' }, contextWith());
    expect(v1.requests[0]!.path).toBe('/openai/v1/responses');
    expect(bodyOf(v1.requests[0])).toEqual({ model: 'chat-prod', input: 'x' });
    const old = azureWith(script, { apiKey: KEY, apiVersion: '2024-10-21' });
    await old.provider.forward!({ ...request, operation: 'speech' }, contextWith());
    expect(old.requests[0]!.path).toBe('/openai/deployments/gpt-4o/audio/speech?api-version=2024-10-21');
    expect([v1, old].map(({ provider }) => provider.operations!.includes('responses'))).toEqual([true, false]);
  });

  it('X4: no name of a model leads to another path', async () => {
    const { provider, requests } = azureWith(answer('azure/chat-ok.json'), { apiKey: KEY, apiVersion: '2024-10-21' });
    for (const model of ['..', '.', '../../../x', 'a/b', 'a?b', 'a#b', 'a%2fb', 'a b', '', 'é', 'x'.repeat(65)])
      expect((await ask(provider, { ...REQUEST, model })).error?.code).toBe('provider_not_found');
    expect(requests).toHaveLength(0);
  });

  it('serves the names of its deployments, unless told otherwise', () => {
    expect(azure({ endpoint: ENDPOINT, apiKey: KEY, deployments: { a: 'x', b: 'y' } }).models).toEqual(['a', 'b']);
    expect(azure({ endpoint: ENDPOINT, apiKey: KEY, deployments: { a: 'x' }, models: ['c'] }).models).toEqual(['c']);
    expect(azure({ endpoint: ENDPOINT, apiKey: KEY }).models).toBeUndefined();
  });
});

describe('tokens of Entra ID', () => {
  const HOUR = 3_600_000;

  it('E3: 100 parallel calls at expiry: one call for a token', async () => {
    const clock = manualClock();
    let asked = 0;
    let revoked = '';
    const { provider } = azureWith(
      ({ headers }) => answer(headers['authorization'] === revoked ? 'azure/error-401.json' : 'azure/chat-ok.json'),
      { token: async () => ({ token: `t${++asked}`, expiresOnTimestamp: clock.now() + HOUR }) },
    );
    const askHundred = (): Promise<unknown> =>
      Promise.all(Array.from({ length: 100 }, () => provider.open(REQUEST, contextWith({ clock }))));
    await askHundred();
    expect(asked).toBe(1);
    revoked = 'Bearer t1';
    await askHundred();
    expect(asked).toBe(2);
    await clock.advance(HOUR);
    await askHundred();
    expect(asked).toBe(3);
  });

  it('E3: a 401 that stays is repeated once, and is not the caller’s', async () => {
    const { provider, requests } = azureWith(answer('azure/error-401.json'), { token: async () => 'canary-token' });
    const { error } = await ask(provider, REQUEST);
    expect(error).toMatchObject({ code: 'provider_denied', details: { providerStatus: 401, providerCode: '401' } });
    expect(requests).toHaveLength(2);
  });

  it('a 401 for a key is not repeated', async () => {
    const { provider, requests } = azureWith(answer('azure/error-401.json'));
    expect((await ask(provider, REQUEST)).error?.code).toBe('provider_denied');
    expect(requests).toHaveLength(1);
  });

  it('a text is kept as long as it says itself, and asked for each time when it says nothing', async () => {
    const clock = manualClock();
    const claims = Buffer.from(JSON.stringify({ exp: (clock.now() + HOUR) / 1000 })).toString('base64url');
    for (const [text, calls] of [
      [`h.${claims}.s`, 1],
      ['opaque', 3],
      ['h.bm90IGpzb24.s', 3],
    ] as const) {
      let asked = 0;
      const { provider, requests } = azureWith(answer('azure/chat-ok.json'), {
        token: async () => {
          asked++;
          return text;
        },
      });
      for (let turn = 0; turn < 3; turn++) await provider.open(REQUEST, contextWith({ clock }));
      expect(asked).toBe(calls);
      expect(requests[2]!.headers['authorization']).toBe(`Bearer ${text}`);
      expect(requests[2]!.headers).not.toHaveProperty('api-key');
    }
  });

  it.each([null, undefined, {}, { token: 1 }, ''])('one that gives %j is no token', async (given) => {
    const { provider, requests } = azureWith(answer('azure/chat-ok.json'), { token: async () => given as never });
    expect((await ask(provider, REQUEST)).error?.code).toBe('provider_denied');
    expect(requests).toHaveLength(0);
  });
});

describe('S9: usage of streams', () => {
  const refusing = (refusal: object) => (request: RecordedRequest) =>
    'stream_options' in bodyOf(request)
      ? { status: 400, headers: JSON_TYPE, sends: [JSON.stringify(refusal)] }
      : answer('azure/chat-stream.sse');

  it.each([
    { error: { code: null, message: 'Unrecognized request argument supplied: stream_options', param: null } },
    { error: { code: 'BadRequest', message: '1 validation error: body -> x: extra fields not permitted' } },
    { error: { code: '400', message: 'Extra inputs are not permitted' } },
  ])('an older version is asked again without the option, once: %j', async (refusal) => {
    const { provider, requests } = azureWith(refusing(refusal), { apiKey: KEY, apiVersion: '2024-02-01' });
    for (let turn = 0; turn < 3; turn++) expect((await ask(provider, STREAM)).error).toBeUndefined();
    expect(requests.map((request) => 'stream_options' in bodyOf(request))).toEqual([true, false, false, false]);
  });

  it('what data sources refuse is not remembered for other requests', async () => {
    const { provider, requests } = azureWith((request) =>
      'data_sources' in bodyOf(request)
        ? refusing({ error: { message: 'stream_options: extra inputs are not permitted' } })(request)
        : answer('azure/chat-stream-usage.sse'),
    );
    const withData: ChatRequest & { data_sources: unknown[] } = { ...STREAM, data_sources: [{ type: 'azure_search' }] };
    for (const request of [withData, withData, STREAM]) expect((await ask(provider, request)).error).toBeUndefined();
    expect(requests.map((request) => 'stream_options' in bodyOf(request))).toEqual([true, false, false, true]);
  });

  it('a 400 that stays without the option is not remembered', async () => {
    const refusal = { error: { message: 'Extra inputs are not permitted' } };
    const { provider, requests } = azureWith((_request, count) =>
      count < 2
        ? { status: 400, headers: JSON_TYPE, sends: [JSON.stringify(refusal)] }
        : answer('azure/chat-stream.sse'),
    );
    expect((await ask(provider, STREAM)).error?.code).toBe('provider_rejected');
    await ask(provider, STREAM);
    expect(requests.map((request) => 'stream_options' in bodyOf(request))).toEqual([true, false, true]);
  });
});

describe('results of the content filter', () => {
  const named = (value: unknown): string[] =>
    [...JSON.stringify(value).matchAll(/"((?:prompt_filter|content_filter|prompt_ann)\w*)":/g)].map(
      ([, name]) => name!,
    );

  it.each(['azure/chat-stream.sse', 'azure/chat-stream-async-filter.sse', 'azure/chat-stream-content-filter.sse'])(
    '%s: kept on the chunks, which all have an id',
    async (file) => {
      const { chunks } = await ask(azureWith(answer(file)).provider, STREAM);
      const sent = new TextDecoder().decode(bytesOf(fixtureOf(file)));
      expect(named(chunks).sort()).toEqual(
        [...sent.matchAll(/"((?:prompt_filter|content_filter|prompt_ann)\w*)":/g)].map(([, name]) => name!).sort(),
      );
      for (const chunk of chunks) expect(chunk.id).toMatch(/^chatcmpl-/);
    },
  );

  it.each(['azure/chat-stream.sse', 'azure/chat-stream-async-filter.sse', 'azure/chat-ok.json'])(
    '%s: dropped where that is wanted, and nothing else with them',
    async (file) => {
      const kept = await ask(azureWith(answer(file)).provider, STREAM);
      const bare = await ask(azureWith(answer(file), { apiKey: KEY, annotations: 'drop' }).provider, STREAM);
      expect(named(bare)).toEqual([]);
      expect(joined(bare.chunks)).toEqual(joined(kept.chunks));
      expect(bare.completion?.choices[0]?.message).toEqual(kept.completion?.choices[0]?.message);
      expect(bare.chunks.every(({ choices, usage }) => choices.length > 0 || usage)).toBe(true);
    },
  );
});

describe('errors', () => {
  it('R8: an answer that fails inside a 200 is an error, with the wait its headers name', async () => {
    const { chunks, error } = await ask(
      azureWith(answer('azure/responses-stream-ratelimited-200.sse')).provider,
      STREAM,
    );
    expect(chunks).toEqual([]);
    expect(error).toMatchObject({
      code: 'provider_rate_limited',
      details: { providerStatus: 200, providerCode: 'rate_limit_exceeded', retryAfterMs: 4000 },
    });
  });

  it('R8: so does a whole one', async () => {
    const { error } = await ask(
      azureWith({ headers: JSON_TYPE, sends: ['{"error":{"code":"429","message":"Please retry after 22 seconds."}}'] })
        .provider,
      REQUEST,
    );
    expect(error).toMatchObject({ code: 'provider_rate_limited', details: { retryAfterMs: 22_000 } });
  });

  it.each([
    [401, { statusCode: 401, message: 'Unauthorized. Access token is missing, invalid' }, 'provider_denied'],
    [
      403,
      { error: { code: 'AuthenticationTypeDisabled', message: 'Key based authentication is disabled' } },
      'provider_denied',
    ],
    [429, { error: { code: 'RateLimitReached', message: 'slow' } }, 'provider_rate_limited'],
    [
      400,
      { error: { code: null, message: 'no', innererror: { code: 'ResponsibleAIPolicyViolation' } } },
      'content_filtered',
    ],
    [
      400,
      { error: { code: '400', message: 'no', inner_error: { code: 'ResponsibleAIPolicyViolation' } } },
      'content_filtered',
    ],
    [503, { error: { code: 'ServiceUnavailable', message: 'busy' } }, 'provider_overloaded'],
  ])('%s %j is %s', async (status, body, code) => {
    const script = { status, headers: JSON_TYPE, sends: [JSON.stringify(body)] };
    expect((await ask(azureWith(script).provider, REQUEST)).error?.code).toBe(code);
  });

  it('a redirect is not followed', async () => {
    const { provider, requests } = azureWith({ status: 307, headers: { location: 'https://evil.example' } });
    expect((await ask(provider, REQUEST)).error?.code).toBe('malformed_response');
    expect(requests).toHaveLength(1);
  });
});

describe('K2: stream and whole answer', () => {
  it('of the same words give the same completion and usage', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: 'grapheme', maxLength: 12 }), { maxLength: 6 }),
        fc.record({ prompt: fc.integer({ min: 1, max: 1e6 }), completion: fc.integer({ min: 0, max: 1e6 }) }),
        fc.constantFrom('stop', 'length', 'content_filter'),
        fc.constantFrom<'keep' | 'drop'>('keep', 'drop'),
        async (pieces, { prompt, completion }, finish, annotations) => {
          const head = { id: 'chatcmpl-1', created: 1_770_000_000, model: 'gpt-4o-2024-08-06' };
          const usage = { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion };
          const filter = { content_filter_results: { hate: { filtered: false, severity: 'safe' } } };
          const chunk = (choice: object): object => ({
            ...head,
            object: 'chat.completion.chunk',
            choices: [{ index: 0, finish_reason: null, ...choice }],
          });
          const events = [
            {
              ...head,
              id: '',
              model: '',
              object: '',
              created: 0,
              choices: [],
              prompt_filter_results: [{ prompt_index: 0 }],
            },
            chunk({ delta: { role: 'assistant', content: '', refusal: null } }),
            ...pieces.map((content) => chunk({ delta: { content }, ...filter })),
            chunk({ delta: {}, finish_reason: finish, ...filter }),
            {
              ...chunk({}),
              id: '',
              choices: [{ index: 0, finish_reason: null, ...filter, content_filter_offsets: { check_offset: 1 } }],
            },
            { ...head, object: 'chat.completion.chunk', choices: [], usage },
          ];
          const content = pieces.join('');
          const message = { role: 'assistant', content: content === '' ? null : content, refusal: null };
          const whole = {
            ...head,
            object: 'chat.completion',
            choices: [{ index: 0, finish_reason: finish, message, logprobs: null, ...filter }],
            usage,
            prompt_filter_results: [{ prompt_index: 0 }],
          };
          const options = { apiKey: KEY, annotations };
          const streamed = await ask(
            azureWith(
              { sends: [...events.map((event) => `data: ${JSON.stringify(event)}\n\n`), 'data: [DONE]\n\n'] },
              options,
            ).provider,
            STREAM,
          );
          const plain = await ask(
            azureWith({ headers: JSON_TYPE, sends: [JSON.stringify(whole)] }, options).provider,
            REQUEST,
          );
          expect(joined(streamed.chunks)).toEqual(answered(plain.completion!));
        },
      ),
      { numRuns: 100 },
    );
  });
});

/** What a caller gets of a stream, without what is said about it. */
function joined(chunks: readonly ChatChunk[]): unknown {
  if (chunks.length === 0) return undefined;
  const collector = new Collector();
  for (const chunk of chunks) collector.add(chunk);
  return answered(collector.completion());
}

function answered({ id, model, created, usage, choices }: ChatCompletion): unknown {
  return {
    ...{ id, model, created, usage },
    choices: choices.map(({ index, message, finish_reason: finish }) => ({ index, message, finish })),
  };
}

describe('options', () => {
  it.each<[string, Partial<AzureOptions>, RegExp]>([
    ['neither key nor token', {}, /^azure: apiKey or token is missing/],
    ['both', { apiKey: KEY, token: async () => 'x' }, /^azure: apiKey and token exclude each other/],
    [
      'a token that is no function',
      { token: KEY as never },
      /^azure: apiKey or token is missing; token must be a function/,
    ],
    ['an empty key', { apiKey: '' }, /^azure: apiKey .*empty.*variable/],
    [
      'no endpoint',
      { apiKey: KEY, endpoint: 'name.openai.azure.com' },
      /^azure: endpoint must be an http or https URL; got "name/,
    ],
    [
      'a whole URL',
      { apiKey: KEY, endpoint: `${ENDPOINT}/openai/deployments/x/chat/completions?api-version=1` },
      /^azure: endpoint must be the resource alone/,
    ],
    ['no date', { apiKey: KEY, apiVersion: 'v1' }, /^azure: apiVersion must be a date.*got "v1"/],
    ['an empty version', { apiKey: KEY, apiVersion: '' }, /^azure: apiVersion .*variable set/],
    ['a list of deployments', { apiKey: KEY, deployments: ['a'] as never }, /^azure: deployments must be an object/],
    [
      'a deployment with a slash',
      { apiKey: KEY, deployments: { m: 'a/b' } },
      /^azure: deployments\["m"\] must be the name/,
    ],
    [
      'an unknown word',
      { apiKey: KEY, annotations: 'none' as never },
      /^azure: annotations must be one of "keep", "drop"; got "none"/,
    ],
  ])('%s', (_name, options, message) => {
    let thrown: unknown;
    try {
      azure({ endpoint: ENDPOINT, ...options });
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(TypeError);
    expect((thrown as TypeError).message).toMatch(message);
    expect((thrown as TypeError).message).not.toContain(KEY);
  });

  it('X1: neither printing nor serialising shows key or token; nor does an error that repeats it', async () => {
    const keyed = azure({ endpoint: ENDPOINT, apiKey: KEY });
    const leaky = {
      status: 401,
      headers: JSON_TYPE,
      sends: [`{"error":{"code":"401","message":"key ${KEY} is wrong"}}`],
    };
    const { error } = await ask(azureWith(leaky).provider, REQUEST);
    const { error: ofToken } = await ask(azureWith(leaky, { token: async () => KEY }).provider, REQUEST);
    expect([error?.code, ofToken?.code]).toEqual(['provider_denied', 'provider_denied']);
    expect(inspect([keyed, error, ofToken], { depth: 9, showHidden: true })).not.toContain(KEY);
  });
});
