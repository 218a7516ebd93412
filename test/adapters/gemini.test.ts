import { inspect } from 'node:util';

import { gemini, type GeminiOptions } from 'nexusai-hub/adapters/gemini';
import type { ChatRequest, Provider } from 'nexusai-hub/ports';
import { describe, expect, it } from 'vitest';

import type { AnswerScript, UpstreamScript } from '../../src/testing/answer-script.ts';
import { type ScriptedFetch, scriptedFetch } from '../../src/testing/scripted-fetch.ts';
import { bytesOf, fixtureOf } from './fixtures.ts';
import { ask, type Result } from './run-fixture.ts';

const KEY = 'canary-4f1d0c7e9b';
const REQUEST: ChatRequest = { model: 'gemini-2.5-flash', messages: [{ role: 'user', content: '你好' }] };
const JSON_HEADERS = { 'content-type': 'application/json' };

function geminiWith(
  script: UpstreamScript,
  options: Partial<GeminiOptions> = {},
): ScriptedFetch & { provider: Provider } {
  const scripted = scriptedFetch(script);
  return { ...scripted, provider: gemini({ apiKey: KEY, fetch: scripted.fetch, ...options }) };
}

function answer(file: string): AnswerScript {
  const fixture = fixtureOf(file);
  return { status: fixture.response.status, headers: fixture.response.headers, sends: [bytesOf(fixture)] };
}

function events(...list: object[]): AnswerScript {
  return { sends: [list.map((event) => `data: ${JSON.stringify(event)}\r\n\r\n`).join('')] };
}

function whole(value: object, status = 200): AnswerScript {
  return { status, headers: JSON_HEADERS, sends: [JSON.stringify(value)] };
}

/** One event with a candidate that has these parts. */
function said(parts: readonly object[], more: object = {}): object {
  return { candidates: [{ content: { role: 'model', parts }, index: 0, ...more }], responseId: 'r', modelVersion: 'g' };
}

async function streamed(script: AnswerScript, request: Partial<ChatRequest> = {}): Promise<Result> {
  return ask(geminiWith(script).provider, { ...REQUEST, ...request, stream: true });
}

async function completed(
  value: object,
  request: Partial<ChatRequest> = {},
): Promise<NonNullable<Result['completion']>> {
  const { completion, error } = await ask(geminiWith(whole(value)).provider, { ...REQUEST, ...request });
  if (!completion) throw error ?? new Error('a completion was due');
  return completion;
}

describe('requests to Gemini', () => {
  it.each([
    ['gemini-2.5-flash', false, '/v1beta/models/gemini-2.5-flash:generateContent'],
    ['gemini-2.5-flash', true, '/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse'],
    ['tunedModels/own-1', false, '/v1beta/tunedModels/own-1:generateContent'],
    ['a?b#c:d e', false, '/v1beta/models/a%3Fb%23c%3Ad%20e:generateContent'],
  ])('X2: for %s, stream %s, go to %s with the key in a header', async (model, stream, path) => {
    const { provider, requests } = geminiWith(answer('gemini/generate-ok.json'));
    await ask(provider, { ...REQUEST, model, stream });
    expect(requests[0]).toMatchObject({ method: 'POST', path });
    expect(requests[0]!.headers).toMatchObject({ 'x-goog-api-key': KEY });
    expect(requests[0]!.headers).not.toHaveProperty('authorization');
    expect(requests[0]!.path).not.toContain(KEY);
  });

  it('the key can be a token', async () => {
    const { provider, requests } = geminiWith(answer('gemini/generate-ok.json'), { authorization: 'bearer' });
    await ask(provider, REQUEST);
    expect(requests[0]!.headers).toMatchObject({ authorization: `Bearer ${KEY}` });
    expect(requests[0]!.headers).not.toHaveProperty('x-goog-api-key');
  });
});

describe('answers of Gemini', () => {
  it('S7: ids are made up where there are none, signatures and every digit of arguments kept', async () => {
    const args = '{"id": 12345678901234567890, "x": 1.0}';
    const parts = `[{"functionCall":{"name":"f","args":${args}},"thoughtSignature":"s1"},{"functionCall":{"id":"own","name":"f"}}]`;
    const text = `{"candidates":[{"content":{"parts":${parts}},"finishReason":"STOP"}],"responseId":"r"}`;
    const wanted = [
      {
        id: expect.stringMatching(/^call_[\da-f]{32}$/),
        type: 'function',
        function: { name: 'f', arguments: '{"id":12345678901234567890,"x":1.0}' },
        extra_content: { google: { thought_signature: 's1' } },
      },
      { id: 'own', type: 'function', function: { name: 'f', arguments: '{}' } },
    ];
    const { completion } = await ask(geminiWith({ headers: JSON_HEADERS, sends: [text] }).provider, REQUEST);
    expect(completion!.choices[0]!.message.tool_calls).toEqual(wanted);
    const { chunks } = await streamed({ sends: [`data: ${text}\n\n`] });
    const calls = chunks.flatMap(({ choices }) => choices.flatMap(({ delta }) => delta.tool_calls ?? []));
    expect(calls).toEqual(wanted.map((call, index) => ({ ...call, index })));
  });

  it('one call at a time, where no more are wanted', async () => {
    const parts = [{ functionCall: { name: 'f', args: {} } }, { functionCall: { name: 'g', args: {} } }];
    const { choices } = await completed(said(parts), { parallel_tool_calls: false });
    expect(choices[0]!.message.tool_calls).toHaveLength(1);
    expect((await completed(said(parts))).choices[0]!.message.tool_calls).toHaveLength(2);
  });

  it('the signature of a text, pictures, code and what Google notes are kept', async () => {
    const code = { executableCode: { language: 'PYTHON', code: '1' } };
    const picture = { inlineData: { mimeType: 'image/png', data: 'iVBORw==' } };
    const notes = { safetyRatings: [{ category: 'c' }], groundingMetadata: { score: 1e-9 } };
    const { choices } = await completed(
      said([code, picture, { text: 'x' }, { text: '', thoughtSignature: 's' }, { functionCall: { name: 'f' } }], {
        finishReason: 'STOP',
        ...notes,
      }),
    );
    expect(choices[0]).toMatchObject({ native_finish_reason: 'STOP', ...notes });
    expect(choices[0]!.message).toMatchObject({
      content: 'x',
      content_parts: [code],
      images: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw==' } }],
      extra_content: { google: { thought_signature: 's' } },
    });
  });

  it('a reason on every event, as older models have it, is the end only at the end', async () => {
    const parts = ['a', 'b', 'c'].map((text) => said([{ text }], { finishReason: 'STOP' }));
    const { chunks, error } = await streamed(events(...parts));
    expect(error).toBeUndefined();
    const choices = chunks.flatMap((chunk) => chunk.choices);
    expect(choices.map(({ delta }) => delta.content).join('')).toBe('abc');
    expect(choices.map(({ finish_reason: finish }) => finish)).toEqual([null, null, null, null, 'stop']);
  });

  it('several candidates, each with its own end', async () => {
    const both = (a: string, b: string, more: object = {}): object => ({
      candidates: [
        { index: 0, content: { parts: [{ text: a }] }, ...more },
        { index: 1, content: { parts: [{ text: b }] }, ...more },
      ],
    });
    const { chunks } = await streamed(events(both('a', 'x'), both('b', 'y', { finishReason: 'MAX_TOKENS' })), { n: 2 });
    for (const [index, text] of ['ab', 'xy'].entries()) {
      const choices = chunks.flatMap((chunk) => chunk.choices).filter((choice) => choice.index === index);
      expect(choices.map(({ delta }) => delta.content ?? '').join('')).toBe(text);
      expect(choices.at(-1)!.finish_reason).toBe('length');
    }
  });

  it.each(['SAFETY', 'OTHER', 'JAILBREAK', 'MODEL_ARMOR', 'NEW_REASON'])(
    'a prompt that is refused for %s is an answer without a word, streamed or not',
    async (blockReason) => {
      const feedback = { promptFeedback: { blockReason }, responseId: 'r', usageMetadata: { promptTokenCount: 3 } };
      const { choices, usage } = await completed(feedback);
      expect(choices[0]).toMatchObject({
        message: { content: null },
        finish_reason: 'content_filter',
        native_finish_reason: blockReason,
      });
      expect(usage).toMatchObject({ prompt_tokens: 3, completion_tokens: 0 });
      const { chunks, error } = await streamed(events(feedback));
      expect(error).toBeUndefined();
      expect(chunks[0]!.choices[0]).toMatchObject({ finish_reason: 'content_filter' });
    },
  );

  it('log probabilities', async () => {
    const logprobsResult = {
      chosenCandidates: [{ token: '你', logProbability: -0.00001 }],
      topCandidates: [
        {
          candidates: [
            { token: '你', logProbability: -0.00001 },
            { token: 'h', logProbability: -3 },
          ],
        },
      ],
    };
    const { choices } = await completed(said([{ text: '你' }], { finishReason: 'STOP', logprobsResult }));
    const first = { token: '你', logprob: -0.00001, bytes: [228, 189, 160] };
    expect(choices[0]!.logprobs).toEqual({
      content: [{ ...first, top_logprobs: [first, { token: 'h', logprob: -3, bytes: [104] }] }],
      refusal: null,
    });
  });

  it('K1: what tools put into the prompt, what came from the cache, thoughts and sound are counted where they belong', async () => {
    const usageMetadata = {
      promptTokenCount: 100,
      toolUsePromptTokenCount: 20,
      cachedContentTokenCount: 60,
      candidatesTokenCount: 10,
      thoughtsTokenCount: 30,
      totalTokenCount: 999,
      promptTokensDetails: [
        { modality: 'TEXT', tokenCount: 93 },
        { modality: 'AUDIO', tokenCount: 7 },
      ],
    };
    expect((await completed({ ...said([], { finishReason: 'STOP' }), usageMetadata })).usage).toEqual({
      prompt_tokens: 120,
      completion_tokens: 40,
      total_tokens: 160,
      prompt_tokens_details: { cached_tokens: 60, audio_tokens: 7 },
      completion_tokens_details: { reasoning_tokens: 30 },
    });
  });

  it('S4: an end without a reason is no end; S6: nothing at all is said at once; S11: no usage is no usage', async () => {
    const cut = await streamed(events(said([{ text: 'half' }])));
    expect(cut.error?.code).toBe('stream_interrupted');
    expect(cut.chunks.some(({ usage }) => usage)).toBe(false);
    expect((await streamed({ sends: [] })).error?.code).toBe('empty_stream');
    expect((await streamed(events({ usageMetadata: { promptTokenCount: 3 } }))).error?.code).toBe('empty_stream');
    expect(await ask(geminiWith(whole({ responseId: 'r' })).provider, REQUEST)).toMatchObject({
      error: { code: 'malformed_response' },
    });
  });

  it('S5: an error in the stream, also bare, pretty-printed and without `data:`', async () => {
    const error = { error: { code: 429, message: 'slow down', status: 'RESOURCE_EXHAUSTED' } };
    const first = await streamed(events(error));
    expect(first).toMatchObject({ chunks: [], error: { code: 'provider_rate_limited' } });
    const bare = `data: ${JSON.stringify(said([{ text: 'a' }]))}\r\n\r\n${JSON.stringify(error, null, 2)}\n`;
    const later = await streamed({ sends: [bare] });
    expect(later.error?.code).toBe('provider_rate_limited');
    expect(later.chunks.length).toBeGreaterThan(0);
  });

  it('R6, R8: the wait of RetryInfo; a quota of the day cannot be waited for', async () => {
    const failed = (quotaId: string): object => ({
      error: {
        code: 429,
        message: 'You exceeded your current quota',
        status: 'RESOURCE_EXHAUSTED',
        details: [{ violations: [{ quotaId }] }, { retryDelay: '34.4s' }],
      },
    });
    const minute = await ask(geminiWith(whole(failed('GenerateRequestsPerMinute'), 429)).provider, REQUEST);
    expect(minute.error).toMatchObject({ code: 'provider_rate_limited', details: { retryAfterMs: 34_400 } });
    const day = await ask(geminiWith(whole(failed('GenerateRequestsPerDayPerModel'), 429)).provider, REQUEST);
    expect(day.error).toMatchObject({ code: 'provider_quota_exhausted', details: { providerCode: '429' } });
    expect(day.error!.details.retryAfterMs).toBeUndefined();
  });

  it('X1: the key shows nowhere', async () => {
    const body = { error: { code: 400, message: `bad ${KEY}`, details: [{ reason: 'API_KEY_INVALID' }] } };
    const { provider } = geminiWith(whole(body, 400));
    const { error } = await ask(provider, REQUEST);
    expect(error).toMatchObject({ code: 'provider_denied', status: 502 });
    expect(inspect([error, provider], { depth: 9, showHidden: true }) + JSON.stringify(error)).not.toContain(KEY);
  });
});

describe('options of gemini', () => {
  it.each<[object, RegExp]>([
    [{}, /^gemini: apiKey must be a text.*got undefined/],
    [{ apiKey: KEY, authorization: 'query' }, /^gemini: authorization must be one of "api-key", "bearer"; got "query"/],
    [{ apiKey: KEY, baseUrl: 'api' }, /^gemini: baseUrl must/],
    [{ apiKey: KEY, schemas: 'xml' }, /^gemini: schemas must be one of/],
    [{ apiKey: KEY, models: 'a' }, /^gemini: models must be a list/],
    [{ apiKey: KEY, maxFrameBytes: 0 }, /^gemini: maxFrameBytes must/],
  ])('%j', (options, message) => {
    const make = (): Provider => gemini(options as GeminiOptions);
    expect(make).toThrow(TypeError);
    expect(make).toThrow(message);
  });
});
