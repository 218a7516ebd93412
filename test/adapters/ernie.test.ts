import { inspect } from 'node:util';

import { ernie, type ErnieOptions } from 'nexusai-hub/adapters/ernie';
import type { ChatRequest } from 'nexusai-hub/ports';
import { wireTextOf } from 'nexusai-hub/provider-kit';
import { describe, expect, it } from 'vitest';

import { scriptedFetch } from '../../src/testing/scripted-fetch.ts';
import { contextWith } from './context.ts';
import { ACCESS_KEY, SECRET_KEY } from './ernie-upstream.ts';
import { answer, bodyOf, jsonAnswer } from './fixture-answers.ts';
import { bytesOf, fixtureOf } from './fixtures.ts';
import { ask } from './run-fixture.ts';

const KEY = 'bce-v3/ALTAK-canary4f1d0c7e9b/0123456789abcdef';
const REQUEST: ChatRequest = { model: 'ernie-4.5-turbo-128k', messages: [{ role: 'user', content: '你好' }] };

function thrownBy(options: ErnieOptions): string {
  try {
    ernie(options);
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError);
    return (error as TypeError).message;
  }
  return 'nothing was thrown';
}

describe('Qianfan V2', () => {
  it('is asked at its own address, with a bearer key and the application', async () => {
    const { fetch, requests } = scriptedFetch(answer('qianfan/chat-ok.json'));
    await ask(ernie({ apiKey: KEY, appId: 'app-1', fetch }), REQUEST);
    expect(requests[0]).toMatchObject({ method: 'POST', path: '/v2/chat/completions' });
    expect(requests[0]!.headers).toMatchObject({ authorization: `Bearer ${KEY}`, appid: 'app-1' });
    expect(bodyOf(requests[0])).toEqual(REQUEST);
  });

  it('S9: streams are asked for their usage', async () => {
    const { fetch, requests } = scriptedFetch(answer('qianfan/chat-stream-usage.sse'));
    const { chunks } = await ask(ernie({ apiKey: async () => KEY, fetch }), { ...REQUEST, stream: true });
    expect(bodyOf(requests[0])['stream_options']).toEqual({ include_usage: true });
    expect(chunks.at(-1)!.usage).toMatchObject({ prompt_tokens: 9, completion_tokens: 11, total_tokens: 20 });
  });

  it('embeddings pass through', async () => {
    const { fetch, requests } = scriptedFetch(answer('openai/embeddings-ok.json'));
    const embeddings = await ernie({ apiKey: KEY, fetch }).embed!({ model: 'embedding-v1', input: 'x' }, contextWith());
    expect(requests[0]!.path).toBe('/v2/embeddings');
    expect(Buffer.from(wireTextOf(embeddings) as Uint8Array)).toEqual(
      Buffer.from(bytesOf(fixtureOf('openai/embeddings-ok.json'))),
    );
  });

  it.each([
    { flag: 4, ban_round: -1 },
    { flag: 0, need_clear_history: true },
  ])('a verdict of the safety check ends an answer as content_filter: %j', async (verdict) => {
    const head = { id: 'as-1', created: 1_770_000_000, model: 'm' };
    const whole = {
      ...head,
      object: 'chat.completion',
      choices: [{ index: 0, message: { role: 'assistant', content: '不' }, finish_reason: 'normal', ...verdict }],
    };
    const { completion } = await ask(ernie({ apiKey: KEY, fetch: scriptedFetch(jsonAnswer(whole)).fetch }), REQUEST);
    expect(completion!.choices[0]).toMatchObject({
      finish_reason: 'content_filter',
      native_finish_reason: 'normal',
      ...verdict,
    });

    const events = [
      { delta: { content: '不' }, ...verdict },
      { delta: {}, finish_reason: 'stop', ...verdict },
    ].map(
      (choice) =>
        `data: ${JSON.stringify({ ...head, object: 'chat.completion', choices: [{ index: 0, ...choice }] })}\n\n`,
    );
    const { fetch } = scriptedFetch({ sends: [...events, 'data: [DONE]\n\n'] });
    const { chunks } = await ask(ernie({ apiKey: KEY, fetch }), { ...REQUEST, stream: true });
    expect(chunks.map(({ choices }) => choices[0]!.finish_reason)).toEqual([null, 'content_filter']);
  });

  it('an answer without a verdict keeps its bytes', async () => {
    const whole = {
      id: 'as-1',
      object: 'chat.completion',
      created: 1_770_000_000,
      model: 'm',
      choices: [{ index: 0, message: { role: 'assistant', content: '好' }, finish_reason: 'stop', flag: 0 }],
    };
    const { completion } = await ask(ernie({ apiKey: KEY, fetch: scriptedFetch(jsonAnswer(whole)).fetch }), REQUEST);
    expect(new TextDecoder().decode(wireTextOf(completion!) as Uint8Array)).toBe(JSON.stringify(whole));
  });

  it.each([
    [{ code: 'rpm_rate_limit_exceeded', msg: 'Rate limit reached for RPM' }, 'provider_rate_limited'],
    [{ code: 'account_overdue', msg: '欠费' }, 'provider_quota_exhausted'],
    [{ code: 'invalid_iam_token', msg: 'invalid' }, 'provider_denied'],
  ])('R8: a flat error inside a 200 is one: %j', async (body, code) => {
    const { fetch } = scriptedFetch(jsonAnswer(body));
    expect((await ask(ernie({ apiKey: KEY, fetch }), REQUEST)).error?.code).toBe(code);
  });
});

describe('E4: keys of one interface given for the other', () => {
  it.each<[string, ErnieOptions, RegExp]>([
    ['AK without its SK', { apiKey: ACCESS_KEY }, /looks like the API key \(AK\) of a legacy application.*secretKey/],
    ['SK alone', { apiKey: SECRET_KEY }, /looks like the secret key \(SK\)/],
    [
      'an access_token',
      { apiKey: `24.${'0c'.repeat(16)}.2592000.1772611200.282335-1` },
      /is an access_token of the legacy interface/,
    ],
    ['the id of an access key', { apiKey: 'ALTAK-canary' }, /id of an access key.*bce-v3/],
    ['a V2 key as AK', { apiKey: KEY, secretKey: SECRET_KEY }, /apiKey is a key of Qianfan V2.*leave secretKey out/],
    ['a V2 key as SK', { apiKey: ACCESS_KEY, secretKey: KEY }, /secretKey is a key of Qianfan V2.*give it as apiKey/],
    ['a V2 key in one text', { apiKey: `${ACCESS_KEY}|${KEY}` }, /secretKey is a key of Qianfan V2/],
    ['an access key of the account', { apiKey: 'ALTAKcanary', secretKey: SECRET_KEY }, /access key of the account/],
    [
      'appId with a line break',
      { apiKey: KEY, appId: 'a\r\nb: c' },
      /^ernie: appId must be a text without line breaks/,
    ],
    ['appId for legacy', { apiKey: ACCESS_KEY, secretKey: SECRET_KEY, appId: 'app-1' }, /appId is for Qianfan V2/],
    ['endpoints for V2', { apiKey: KEY, endpoints: { a: 'b' } }, /endpoints are for the legacy interface/],
    ['a function beside an SK', { apiKey: async () => KEY, secretKey: SECRET_KEY }, /apiKey must be a text/],
  ])('%s', (_name, options, message) => {
    const text = thrownBy(options);
    expect(text).toMatch(/^ernie: /);
    expect(text).toMatch(message);
    expect(text).not.toMatch(/canary/);
  });

  it('a server in between may have keys of any shape', () => {
    expect(ernie({ apiKey: ACCESS_KEY, baseUrl: 'https://gateway.example.com/v2' }).kind).toBe('ernie');
  });

  it('both interfaces are told apart by the secret key', async () => {
    for (const [options, path] of [
      [{ apiKey: KEY }, '/v2/chat/completions'],
      [{ apiKey: ACCESS_KEY, secretKey: SECRET_KEY }, '/oauth/2.0/token'],
      [{ apiKey: `${ACCESS_KEY}|${SECRET_KEY}` }, '/oauth/2.0/token'],
    ] as const) {
      const { fetch, requests } = scriptedFetch(answer('qianfan/error-500.json'));
      await ask(ernie({ ...options, fetch }), REQUEST);
      expect(requests[0]!.path).toBe(path);
    }
  });
});

describe('options', () => {
  it.each<[string, Partial<ErnieOptions>, RegExp]>([
    ['an empty key', { apiKey: '' }, /^ernie: apiKey .*empty.*variable set/],
    ['an empty secret', { apiKey: ACCESS_KEY, secretKey: '' }, /^ernie: secretKey .*empty/],
    ['no URL', { baseUrl: 'aip.baidubce.com' }, /^ernie: baseUrl must be an http or https URL/],
    [
      'a list of endpoints',
      { apiKey: ACCESS_KEY, secretKey: SECRET_KEY, endpoints: [] as never },
      /^ernie: endpoints must be an object/,
    ],
    [
      'an endpoint with a path',
      { apiKey: ACCESS_KEY, secretKey: SECRET_KEY, endpoints: { m: '../x' } },
      /^ernie: endpoints\["m"\] must be the last step/,
    ],
    ['models that are no list', { models: 'ernie' as never }, /^ernie: models must be a list/],
    ['no frames', { maxFrameBytes: 0 }, /^ernie: maxFrameBytes must be/],
  ])('%s', (_name, options, message) => {
    expect(thrownBy({ apiKey: KEY, ...options })).toMatch(message);
  });

  it('X1: neither printing nor serialising shows the keys', () => {
    const providers = [ernie({ apiKey: KEY }), ernie({ apiKey: ACCESS_KEY, secretKey: SECRET_KEY })];
    expect(inspect(providers, { depth: 9, showHidden: true }) + JSON.stringify(providers)).not.toContain('canary');
  });
});
