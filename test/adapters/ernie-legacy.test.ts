import { inspect } from 'node:util';

import fc from 'fast-check';
import { ernie } from 'nexusai-hub/adapters/ernie';
import type { ChatRequest, Provider } from 'nexusai-hub/ports';
import { Collector, isNexusError, type NexusError } from 'nexusai-hub/provider-kit';
import { afterEach, describe, expect, it } from 'vitest';

import { cut } from '../../src/testing/answer-script.ts';
import { manualClock } from '../../src/testing/manual-clock.ts';
import { scriptedFetch } from '../../src/testing/scripted-fetch.ts';
import { type ScriptedUpstream, scriptedUpstream } from '../../src/testing/scripted-upstream.ts';
import { contextWith } from './context.ts';
import { ACCESS_KEY, legacyErnie, SECRET_KEY } from './ernie-upstream.ts';
import { answer, bodyOf, JSON_TYPE, jsonAnswer } from './fixture-answers.ts';
import { bytesOf, fixtureOf } from './fixtures.ts';
import { ask, isStream, type Result } from './run-fixture.ts';

const REQUEST: ChatRequest = { model: 'ERNIE-4.0-8K', messages: [{ role: 'user', content: '你好' }] };
const STREAM: ChatRequest = { ...REQUEST, stream: true };
const HEAD = { id: 'as-1', object: 'chat.completion', created: 1_770_030_001 };

const sse = (...events: readonly object[]): string =>
  events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('');

describe('where requests go', () => {
  it.each([
    ['ERNIE-4.0-8K', 'completions_pro'],
    ['ernie-bot', 'completions'],
    ['ERNIE-Bot-turbo', 'eb-instant'],
    ['ernie-speed-8k', 'ernie_speed'],
    ['ernie-speed-128k', 'ernie-speed-128k'],
    ['ERNIE-4.0-8K-Preview', 'ernie-4.0-8k-preview'],
    ['Llama-2-70B-Chat', 'llama_2_70b'],
    ['my-model', 'abcd_mine'],
    ['ERNIE-3.5-8K', 'own_35'],
  ])('%s has the endpoint %s', async (model, endpoint) => {
    const { provider, askRequests } = legacyErnie(answer('ernie/chat-ok.json'), {
      endpoints: { 'My-Model': 'abcd_mine', 'ernie-3.5-8k': 'own_35' },
    });
    const { completion } = await ask(provider, { ...REQUEST, model });
    expect(askRequests[0]!.path).toBe(`/rpc/2.0/ai_custom/v1/wenxinworkshop/chat/${endpoint}?access_token=24.canary-1`);
    expect(completion!.model).toBe(model);
  });

  it('X4: no name of a model leads to another path', async () => {
    const { provider, requests } = legacyErnie(answer('ernie/chat-ok.json'));
    for (const model of ['..', '../../../oauth', 'a/b', 'a?b=c', 'a#b', 'a%2fb', '', 'constructor()'])
      expect((await ask(provider, { ...REQUEST, model })).error?.code).toBe('provider_not_found');
    expect(requests).toHaveLength(0);
  });

  it('a request that cannot be said is refused before anything is sent', async () => {
    const { provider, requests } = legacyErnie(answer('ernie/chat-ok.json'));
    expect((await ask(provider, { ...REQUEST, n: 2 })).error).toMatchObject({
      code: 'request_invalid',
      details: { param: 'n' },
    });
    expect(requests).toHaveLength(0);
  });
});

describe('the token', () => {
  const DAY = 86_400_000;

  it('X2: is asked for with the keys in the body, never in a URL', async () => {
    const { provider, requests, tokenRequests } = legacyErnie(answer('ernie/chat-ok.json'));
    await ask(provider, REQUEST);
    expect(tokenRequests).toHaveLength(1);
    expect(tokenRequests[0]).toMatchObject({ method: 'POST', path: '/oauth/2.0/token' });
    expect(tokenRequests[0]!.headers['content-type']).toBe('application/x-www-form-urlencoded');
    expect(Object.fromEntries(new URLSearchParams(new TextDecoder().decode(tokenRequests[0]!.body)))).toEqual({
      grant_type: 'client_credentials',
      client_id: ACCESS_KEY,
      client_secret: SECRET_KEY,
    });
    for (const { path } of requests) expect(path).not.toMatch(/canaryAccess|canarySecret/);
  });

  it('E3: 100 parallel calls at expiry: one call for a token', async () => {
    const clock = manualClock();
    const { provider, tokenRequests, askRequests } = legacyErnie(answer('ernie/chat-ok.json'));
    const askHundred = (): Promise<unknown> =>
      Promise.all(Array.from({ length: 100 }, () => provider.open(REQUEST, contextWith({ clock }))));
    await askHundred();
    expect(tokenRequests).toHaveLength(1);
    await clock.advance(30 * DAY);
    await askHundred();
    expect(tokenRequests).toHaveLength(2);
    expect(new Set(askRequests.slice(100).map(({ path }) => path.split('=')[1]))).toEqual(new Set(['24.canary-2']));
  });

  it('E3: is renewed in its last hour, in the background', async () => {
    const clock = manualClock();
    const { provider, tokenRequests, askRequests } = legacyErnie(answer('ernie/chat-ok.json'));
    const askOnce = (): Promise<unknown> => provider.open(REQUEST, contextWith({ clock }));
    await askOnce();
    await clock.advance(30 * DAY - 3_600_001);
    await askOnce();
    expect(tokenRequests).toHaveLength(1);
    await clock.advance(1);
    await Promise.all([askOnce(), askOnce()]);
    await clock.advance(0);
    await askOnce();
    expect(tokenRequests).toHaveLength(2);
    expect(askRequests.map(({ path }) => path.at(-1))).toEqual(['1', '1', '1', '1', '2']);
  });

  const EXPIRED = {
    'as JSON': answer('ernie/error-110.json'),
    'as JSON to a stream': answer('ernie/error-111.json'),
    'as a line in a stream': { sends: ['{"error_code":111,"error_msg":"Access token expired"}\n'] },
    'as an event': { sends: [sse({ error_code: 110, error_msg: 'Access token invalid or no longer valid' })] },
    'as text': jsonAnswer({ error_code: '111', error_msg: 'Access token expired' }),
  };

  it.each(Object.entries(EXPIRED))(
    'E3: 110 and 111 replace it, and the request is repeated once: %s',
    async (_how, expired) => {
      const { provider, tokenRequests, askRequests } = legacyErnie(({ path }) =>
        path.endsWith('canary-1') ? expired : answer('ernie/chat-stream.sse'),
      );
      const results = await Promise.all(Array.from({ length: 10 }, () => ask(provider, STREAM)));
      for (const { error, chunks } of results) {
        expect(error).toBeUndefined();
        expect(chunks.at(-1)!.usage!.total_tokens).toBe(33);
      }
      expect([tokenRequests.length, askRequests.length]).toEqual([2, 20]);
    },
  );

  it('E3: one that stays expired is given up, with the provider’s words', async () => {
    const { provider, tokenRequests, askRequests } = legacyErnie(answer('ernie/error-111.json'));
    expect((await ask(provider, REQUEST)).error).toMatchObject({
      code: 'provider_denied',
      details: { providerCode: '111', providerMessage: 'Access token expired' },
    });
    expect([tokenRequests.length, askRequests.length]).toEqual([2, 2]);
  });

  it('nothing is repeated once an answer has begun', async () => {
    const begun = { ...HEAD, sentence_id: 0, is_end: false, result: '一' };
    const { provider, askRequests } = legacyErnie({
      sends: [sse(begun), '{"error_code":111,"error_msg":"Access token expired"}\n'],
    });
    const { chunks, error } = await ask(provider, STREAM);
    expect(chunks[0]!.choices[0]!.delta.content).toBe('一');
    expect([error?.code, askRequests.length]).toEqual(['provider_denied', 1]);
  });

  it.each([
    ['ernie/token-error-ak.json', 401, 'unknown client id'],
    ['ernie/token-error-sk.json', 401, 'Client authentication failed'],
    ['ernie/token-error-sk.json', 200, 'Client authentication failed'],
  ])('E1: %s with status %s says which key is wrong', async (file, status, words) => {
    const { fetch, requests } = scriptedFetch({ status, headers: JSON_TYPE, sends: [bytesOf(fixtureOf(file))] });
    const provider = ernie({ apiKey: ACCESS_KEY, secretKey: SECRET_KEY, fetch });
    expect((await ask(provider, REQUEST)).error).toMatchObject({
      code: 'provider_denied',
      details: { providerStatus: status, providerCode: 'invalid_client', providerMessage: words },
    });
    expect(requests).toHaveLength(1);
  });

  it.each([
    [jsonAnswer({ expires_in: 1 }), 'malformed_response'],
    [jsonAnswer([]), 'malformed_response'],
    [
      { status: 502, headers: { 'content-type': 'text/html' }, sends: ['<h1>Bad gateway</h1>'] },
      'provider_unavailable',
    ],
    [{ headers: { 'content-type': 'text/html' }, sends: ['<h1>Sign in</h1>'] }, 'malformed_response'],
    [{ silent: true, then: 'break' as const }, 'provider_unavailable'],
  ])('a token service that is out of order: %#', async (script, code) => {
    const { fetch } = scriptedFetch(script);
    const provider = ernie({ apiKey: ACCESS_KEY, secretKey: SECRET_KEY, fetch });
    expect((await ask(provider, REQUEST)).error?.code).toBe(code);
  });
});

describe('E1, R8: errors with status 200', () => {
  it.each([
    [1, 'provider_unavailable'],
    [2, 'provider_overloaded'],
    [3, 'provider_not_found'],
    [4, 'provider_rate_limited'],
    [6, 'provider_denied'],
    [13, 'provider_denied'],
    [14, 'provider_denied'],
    [15, 'provider_unavailable'],
    [17, 'provider_quota_exhausted'],
    [18, 'provider_rate_limited'],
    [19, 'provider_quota_exhausted'],
    [100, 'provider_denied'],
    [336000, 'provider_unavailable'],
    [336001, 'provider_rejected'],
    [336002, 'provider_rejected'],
    [336003, 'provider_rejected'],
    [336004, 'provider_denied'],
    [336005, 'provider_not_found'],
    [336006, 'provider_rejected'],
    [336007, 'context_length_exceeded'],
    [336100, 'provider_overloaded'],
    [336101, 'provider_rejected'],
    [336103, 'context_length_exceeded'],
    [336104, 'provider_rejected'],
    [336105, 'provider_rejected'],
    [336501, 'provider_rate_limited'],
    [336502, 'provider_rate_limited'],
    [500000, 'provider_unavailable'],
    [999999, 'provider_unavailable'],
  ])('%s is %s, in every form', async (code, meant) => {
    for (const body of [
      { error_code: code, error_msg: 'words' },
      { error_code: String(code), error_msg: 'words', id: 'as-1' },
      { code, msg: 'words' },
    ]) {
      for (const script of [
        jsonAnswer(body),
        { sends: [sse(body)] },
        { sends: [`${JSON.stringify(body, null, 1)}\n`] },
      ]) {
        const { error } = await ask(legacyErnie(script).provider, STREAM);
        const details = { providerStatus: 200, providerCode: String(code), providerMessage: 'words' };
        expect(error).toMatchObject({ code: meant, details });
      }
    }
  });

  it.each([
    [336003, '输入内容长度超过限制', 'context_length_exceeded'],
    [336003, '当前问题过长', 'context_length_exceeded'],
    [336003, '消息内容包含敏感信息', 'content_filtered'],
    [336003, '消息格式不正确', 'provider_rejected'],
    [4321, '账户余额不足，请充值', 'provider_quota_exhausted'],
    [4321, '免费额度已用完', 'provider_quota_exhausted'],
    [4321, '请求过于频繁，请稍后再试', 'provider_rate_limited'],
    [4321, '服务繁忙', 'provider_overloaded'],
    [4321, '鉴权失败', 'provider_denied'],
    [4321, '没有该模型的访问权限', 'provider_denied'],
    [4321, '请求的模型不存在', 'provider_not_found'],
    [4321, '未知错误', 'provider_unavailable'],
  ])('words in Chinese are understood, and kept: %s %s', async (code, words, meant) => {
    const { error } = await ask(legacyErnie(jsonAnswer({ error_code: code, error_msg: words })).provider, REQUEST);
    expect(error).toMatchObject({ code: meant, details: { providerMessage: words, providerCode: String(code) } });
  });

  it('one without words is an error too; error_code 0 is none', async () => {
    const { error } = await ask(legacyErnie(jsonAnswer({ error_code: 18 })).provider, REQUEST);
    expect(error?.code).toBe('provider_rate_limited');
    const fine = { ...HEAD, error_code: 0, error_msg: 'success', result: '好', finish_reason: 'normal' };
    expect((await ask(legacyErnie(jsonAnswer(fine)).provider, REQUEST)).completion!.choices[0]!.message.content).toBe(
      '好',
    );
  });
});

describe('E2: what is no answer', () => {
  const page = '<html><body>请登录 token=24.canary-1</body></html>';
  it.each([
    [
      'HTML to a stream',
      { headers: { 'content-type': 'text/html' }, sends: [page] },
      'malformed_response',
      '请登录 token=[secret]',
    ],
    ['HTML called a stream', { sends: [page] }, 'malformed_response', undefined],
    ['an event that is HTML', { sends: [`data: ${page}\n\n`] }, 'malformed_response', '请登录 token=[secret]'],
    [
      'HTML with 502',
      { status: 502, headers: { 'content-type': 'text/html' }, sends: [page] },
      'provider_unavailable',
      '请登录 token=[secret]',
    ],
    ['nothing', { sends: [] }, 'empty_stream', undefined],
    ['an object without a result', jsonAnswer({ id: 'as-1' }), 'malformed_response', undefined],
  ])('%s is an error, with an excerpt without the token', async (_name, script, code, words) => {
    const { error } = await ask(legacyErnie(script).provider, STREAM);
    expect(error?.code).toBe(code);
    expect(error?.details.providerMessage).toBe(words);
    expect(inspect(error, { depth: 9 })).not.toContain('canary');
  });
});

describe('streams', () => {
  const bytes = bytesOf(fixtureOf('ernie/chat-stream.sse'));

  it('S1: CJK survives every cut', async () => {
    const whole = textOf(await ask(legacyErnie(answer('ernie/chat-stream.sse')).provider, STREAM));
    for (let at = 1; at < bytes.length; at++) {
      const result = await ask(legacyErnie({ sends: [bytes.slice(0, at), bytes.slice(at)] }).provider, STREAM);
      expect(textOf(result)).toBe(whole);
    }
    expect(whole).not.toContain('\uFFFD');
  });

  it.each([
    ['CRLF', (text: string) => text.replaceAll('\n', '\r\n')],
    ['CR', (text: string) => text.replaceAll('\n', '\r')],
    ['no space', (text: string) => text.replaceAll('data: ', 'data:')],
    [
      'comments and a BOM',
      (text: string) => `\uFEFF: hello\n\n${text.replaceAll('data: ', ': more\nevent: x\nid: 1\ndata: ')}`,
    ],
    ['no line end at the end', (text: string) => text.trimEnd()],
    ['[DONE] after all', (text: string) => `${text}data: [DONE]\n\n`],
  ])('S2: framing: %s', async (_name, framed) => {
    const text = framed(new TextDecoder().decode(bytes));
    const whole = textOf(await ask(legacyErnie(answer('ernie/chat-stream.sse')).provider, STREAM));
    for (const size of [1, 7, 1e9]) {
      const result = await ask(legacyErnie({ sends: cut(text, size) }).provider, STREAM);
      expect([textOf(result), result.error]).toEqual([whole, undefined]);
    }
  });

  it('S3: a frame over the limit is an error', async () => {
    const long = sse({ ...HEAD, is_end: true, result: 'x'.repeat(5 << 20) });
    expect((await ask(legacyErnie({ sends: [long] }).provider, STREAM)).error).toBeUndefined();
    const { error } = await ask(legacyErnie({ sends: [long] }, { maxFrameBytes: 1 << 20 }).provider, STREAM);
    expect(error?.code).toBe('frame_too_large');
  });

  it.each(['finish', 'break'] as const)(
    'S4: cut after some words (%s) is interrupted, what came stays',
    async (then) => {
      const { chunks, error } = await ask(
        legacyErnie({ ...answer('ernie/chat-stream-cut.sse'), then }).provider,
        STREAM,
      );
      expect(error?.code).toBe('stream_interrupted');
      expect(chunks[0]!.choices[0]!.delta.content).toBe('这句话说到');
      expect(chunks.flatMap(({ choices }) => choices).every(({ finish_reason: finish }) => finish === null)).toBe(true);
      expect(chunks.at(-1)!.usage!.total_tokens).toBe(8);
    },
  );

  it('S5: an error before the first word is thrown by open, where another provider can be asked', async () => {
    const { provider } = legacyErnie({ sends: [sse({ error_code: 336100, error_msg: 'busy' })] });
    const pending = provider.open(STREAM, contextWith());
    await expect(pending).rejects.toMatchObject({ code: 'provider_overloaded' });
  });

  it('S6: an empty stream ends at once', async () => {
    for (const sends of [[], ['\n\n'], [': hello\n\n']])
      expect((await ask(legacyErnie({ sends }).provider, STREAM)).error?.code).toBe('empty_stream');
  });

  it('S10: 8 running totals count once', async () => {
    const events = Array.from({ length: 8 }, (_, place) => ({
      ...HEAD,
      created: HEAD.created + place,
      sentence_id: place,
      is_end: place === 7,
      result: '字',
      finish_reason: 'normal',
      usage: { prompt_tokens: 7, completion_tokens: place * 3, total_tokens: 7 + place * 3 },
    }));
    const { chunks } = await ask(legacyErnie({ sends: [sse(...events)] }).provider, STREAM);
    expect(chunks.filter(({ usage }) => usage)).toHaveLength(1);
    expect(chunks.at(-1)!.usage).toEqual({ prompt_tokens: 7, completion_tokens: 21, total_tokens: 28 });
    expect(new Set(chunks.map(({ created }) => created)).size).toBe(1);
  });

  it('S11: usage that was not sent is absent, never 0', async () => {
    const { chunks } = await ask(
      legacyErnie({
        sends: [
          sse({
            ...HEAD,
            is_end: true,
            result: '好',
            usage: { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 },
          }),
        ],
      }).provider,
      STREAM,
    );
    expect(chunks.some(({ usage }) => usage)).toBe(false);
  });

  it.each([
    [{}, 'stop', undefined],
    [{ finish_reason: '' }, 'stop', undefined],
    [{ finish_reason: 'normal' }, 'stop', 'normal'],
    [{ finish_reason: 'length' }, 'length', undefined],
    [{ is_truncated: true }, 'length', undefined],
    [{ is_truncated: true, finish_reason: 'normal' }, 'length', 'normal'],
    [{ is_truncated: true, need_clear_history: true, finish_reason: 'normal' }, 'content_filter', 'normal'],
    [{ flag: 1, finish_reason: 'stop' }, 'stop', undefined],
    [{ flag: 2, finish_reason: 'stop' }, 'content_filter', 'stop'],
    [{ finish_reason: 'content_filter' }, 'content_filter', undefined],
    [{ finish_reason: 'normal', function_call: { name: 'f', arguments: '{}' } }, 'tool_calls', 'normal'],
  ])('an answer that ends with %j ended by %s', async (end, finish, native) => {
    const events = sse({ ...HEAD, is_end: false, result: '一' }, { ...HEAD, is_end: true, result: '', ...end });
    const { chunks } = await ask(legacyErnie({ sends: [events] }).provider, STREAM);
    const { completion } = await ask(legacyErnie(jsonAnswer({ ...HEAD, result: '一', ...end })).provider, REQUEST);
    for (const choice of [chunks.at(-1)!.choices[0]!, completion!.choices[0]!]) {
      expect(choice.finish_reason).toBe(finish);
      expect('native_finish_reason' in choice ? choice.native_finish_reason : undefined).toBe(native);
    }
  });

  it('S7: a function call is one tool call; what was thought about it comes along', async () => {
    const { chunks } = await ask(legacyErnie(answer('ernie/chat-stream-function-call.sse')).provider, STREAM);
    const collector = new Collector();
    for (const chunk of chunks) collector.add(chunk);
    const { message } = collector.completion().choices[0]!;
    expect(message).toMatchObject({
      thoughts: expect.stringContaining('get_weather'),
      tool_calls: [{ type: 'function' }],
    });
  });
});

function textOf({ chunks }: Result): string {
  return chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('');
}

describe('K2: stream and whole answer', () => {
  const piece = fc.string({ unit: 'grapheme', minLength: 0, maxLength: 10 });
  const ending = fc.record(
    {
      finish_reason: fc.constantFrom('normal', 'stop', 'length', 'content_filter', ''),
      is_truncated: fc.boolean(),
      need_clear_history: fc.boolean(),
      flag: fc.constantFrom(0, 1, 4),
      ban_round: fc.constantFrom(-1, 2),
      function_call: fc.record({
        name: fc.constant('f'),
        arguments: fc.constant('{"a":"北"}'),
        thoughts: fc.constantFrom('', '想'),
      }),
      search_info: fc.constant({ search_results: [{ index: 1, url: 'https://example.com', title: '题' }] }),
    },
    { requiredKeys: [] },
  );

  it('of the same words give the same completion and the same usage', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(piece, { minLength: 1, maxLength: 6 }),
        ending,
        fc.integer({ min: 1, max: 5000 }),
        async (pieces, end, tokens) => {
          const usage = { prompt_tokens: 7, completion_tokens: tokens, total_tokens: 7 + tokens };
          const events = pieces.map((result, place) => ({
            ...HEAD,
            sentence_id: place,
            is_end: place === pieces.length - 1,
            result,
            usage: place === pieces.length - 1 ? usage : { prompt_tokens: 7, completion_tokens: 1, total_tokens: 8 },
            ...(place === pieces.length - 1 ? end : {}),
          }));
          const streamed = await ask(legacyErnie({ sends: [sse(...events)] }).provider, STREAM);
          const plain = await ask(
            legacyErnie(jsonAnswer({ ...HEAD, ...end, result: pieces.join(''), usage })).provider,
            REQUEST,
          );
          const collector = new Collector();
          for (const chunk of streamed.chunks) collector.add(chunk);
          expect(withoutIds(collector.completion())).toEqual(withoutIds(plain.completion!));
          expect(plain.completion!.usage).toEqual(usage);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('a verdict stands on the choice, search results at the top, thoughts on the message', async () => {
    const { completion } = await ask(
      legacyErnie(
        jsonAnswer({
          ...HEAD,
          result: '好',
          flag: 4,
          ban_round: -1,
          need_clear_history: true,
          finish_reason: 'normal',
          search_info: { search_results: [{ index: 1 }] },
        }),
      ).provider,
      REQUEST,
    );
    expect(completion).toMatchObject({ search_results: [{ index: 1 }] });
    expect(completion!.choices[0]).toMatchObject({
      finish_reason: 'content_filter',
      native_finish_reason: 'normal',
      flag: 4,
      ban_round: -1,
      need_clear_history: true,
    });
  });
});

function withoutIds(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (name, member: unknown) =>
    name === 'id' && typeof member === 'string' && member.startsWith('call_') ? 'call' : member,
  ) as unknown;
}

describe('embeddings', () => {
  const embeddings = (request: { body: Uint8Array }) => {
    const { input } = JSON.parse(new TextDecoder().decode(request.body)) as { input: string[] };
    const data = input.map((text, index) => ({ object: 'embedding', index, embedding: [Number(text), 0.5] }));
    return jsonAnswer({
      ...HEAD,
      object: 'embedding_list',
      data: data.reverse(),
      usage: { prompt_tokens: input.length, total_tokens: input.length },
    });
  };

  it('are asked for 16 at a time, and come back as one list in order', async () => {
    const { provider, askRequests } = legacyErnie(embeddings);
    const input = Array.from({ length: 40 }, (_, place) => String(place));
    const answered = await provider.embed!({ model: 'BGE-Large-ZH', input, user: 'u-1' }, contextWith());
    expect(askRequests.map((request) => (bodyOf(request)['input'] as string[]).length)).toEqual([16, 16, 8]);
    expect(askRequests[0]!.path).toMatch(/\/embeddings\/bge_large_zh\?access_token=/);
    expect(bodyOf(askRequests[0])['user_id']).toBe('u-1');
    expect(answered).toMatchObject({
      object: 'list',
      model: 'BGE-Large-ZH',
      usage: { prompt_tokens: 40, total_tokens: 40 },
    });
    expect(answered.data.map(({ index, embedding }) => [index, embedding])).toEqual(
      input.map((text, index) => [index, [Number(text), 0.5]]),
    );
  });

  it('the fixture; and base64 where that is asked for', async () => {
    const { provider } = legacyErnie(answer('ernie/embeddings-ok.json'));
    const input = ['北京', 'Shanghai'];
    const { data } = await provider.embed!({ model: 'embedding-v1', input }, contextWith());
    expect(data[1]!.embedding).toEqual([0.017, 0.042, -0.009]);
    const packed = await provider.embed!({ model: 'embedding-v1', input, encoding_format: 'base64' }, contextWith());
    const floats = Buffer.from(packed.data[0]!.embedding as string, 'base64');
    expect([0, 4, 8].map((at) => floats.readFloatLE(at))).toEqual([0.019, -0.028, 0.031].map(Math.fround));
  });

  it('E3: an expired token in the middle is replaced, and only that call repeated', async () => {
    const { provider, askRequests, tokenRequests } = legacyErnie((request, count) =>
      count === 1 ? answer('ernie/error-111.json') : embeddings(request),
    );
    const input = Array.from({ length: 20 }, (_, place) => String(place));
    expect((await provider.embed!({ model: 'e', input }, contextWith())).data).toHaveLength(20);
    expect([askRequests.length, tokenRequests.length]).toEqual([3, 2]);
  });

  it.each([
    [{ input: [1, 2] }, 'request_invalid'],
    [{ input: [] }, 'request_invalid'],
    [{ input: 'x', dimensions: 3 }, 'request_invalid'],
    [{ input: 'x', model: '../x' }, 'provider_not_found'],
    [{ input: ['1', '2', '3'] }, 'malformed_response'],
  ])('%j is %s', async (request, code) => {
    const { provider } = legacyErnie(answer('ernie/embeddings-ok.json'));
    const error: unknown = await provider.embed!({ model: 'e', ...request }, contextWith()).catch(
      (cause: unknown) => cause,
    );
    expect(isNexusError(error) && error.code).toBe(code);
  });
});

describe('through a socket', () => {
  let upstream: ScriptedUpstream | undefined;
  let provider: Provider | undefined;
  afterEach(async () => {
    await provider?.close?.();
    await upstream?.close();
  });

  const tokens = { access_token: '24.canary-1', expires_in: 2_592_000 };

  it('X1, X2: no error of a broken connection shows the token, the keys or the URL', async () => {
    upstream = await scriptedUpstream(({ path }) =>
      path.startsWith('/oauth/') ? jsonAnswer(tokens) : { silent: true, then: 'break' },
    );
    provider = ernie({ apiKey: ACCESS_KEY, secretKey: SECRET_KEY, baseUrl: upstream.url });
    const errors: (NexusError | undefined)[] = [];
    errors.push((await ask(provider, REQUEST)).error);
    upstream.play(({ path }) =>
      path.startsWith('/oauth/') ? jsonAnswer(tokens) : { ...answer('ernie/chat-stream-cut.sse'), then: 'break' },
    );
    errors.push((await ask(provider, STREAM)).error);
    upstream.play({ status: 302, headers: { location: 'https://evil.example/?access_token=24.canary-1' } });
    errors.push((await ask(provider, REQUEST)).error);
    expect(errors.map((error) => error?.code)).toEqual([
      'provider_unavailable',
      'stream_interrupted',
      'malformed_response',
    ]);
    expect(inspect(errors, { depth: 9, showHidden: true })).not.toMatch(/canary|access_token/);
  });

  it('C1: who leaves while the first words are waited for closes the connection', async () => {
    upstream = await scriptedUpstream(({ path }) =>
      path.startsWith('/oauth/') ? jsonAnswer(tokens) : { then: 'hang' },
    );
    provider = ernie({ apiKey: ACCESS_KEY, secretKey: SECRET_KEY, baseUrl: upstream.url });
    const abort = new AbortController();
    const pending = provider.open(STREAM, contextWith({ signal: abort.signal })).catch((cause: unknown) => cause);
    await upstream.nextRequest();
    const asked = await upstream.nextRequest();
    abort.abort();
    expect(await pending).toMatchObject({ code: 'cancelled' });
    await asked.left;
  });

  it('C1: who stops reading closes the connection', async () => {
    const begun = sse({ ...HEAD, is_end: false, result: '一' });
    upstream = await scriptedUpstream(({ path }) =>
      path.startsWith('/oauth/') ? jsonAnswer(tokens) : { sends: [begun], then: 'hang' },
    );
    provider = ernie({ apiKey: ACCESS_KEY, secretKey: SECRET_KEY, baseUrl: upstream.url });
    const stream = await provider.open(STREAM, contextWith());
    if (!isStream(stream)) throw new Error('a stream was due');
    for await (const _chunk of stream) break;
    await upstream.nextRequest();
    await (
      await upstream.nextRequest()
    ).left;
  });
});
