import OpenAI, { toFile } from 'openai';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { AnswerScript, RecordedRequest } from '../../src/testing/answer-script.ts';
import { cut } from '../../src/testing/answer-script.ts';
import { bytesOf, fixtureOf } from '../adapters/fixtures.ts';
import { TRANSPORTS } from '../http/transports.ts';
import { checkBooks } from '../request-path/books.ts';
import { fileIn, readForm } from './forms.ts';
import { events, forwarding, type Forwarding, json, KEY } from './forwarding.ts';

// The other transports carry bodies the same way: mounting.test.ts.
describe.each(TRANSPORTS.slice(0, 2))('operations that are passed on, over $name', (transport) => {
  let at: Forwarding;
  beforeEach(async () => {
    at = await forwarding(transport);
  });
  afterEach(() => at.close());

  describe('completions', () => {
    const chunk = (text: string, finish: string | null = null): object => ({
      ...{ id: 'cmpl-1', object: 'text_completion', created: 1, model: 'm-1' },
      choices: [{ index: 0, text, logprobs: null, finish_reason: finish }],
    });
    const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 };

    it('whole: the bytes go through both ways, and usage is recorded', async () => {
      const answer =
        '{"id":"cmpl-1", "object":"text_completion","choices":[{"index":0,"text":"你好","finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5},"x_new":1}';
      at.main.play(json(answer));
      const response = await post('/completions', '{"model":"only",  "prompt":"héllo","x_new":{"a":[1]}}');
      expect(await response.text()).toBe(answer);
      expect(response.headers.get('content-type')).toBe('application/json');
      expect(response.headers.get('x-nexus-provider')).toBe('main');
      expect(textOf(at.main.requests[0]!)).toBe('{"model":"only",  "prompt":"héllo","x_new":{"a":[1]}}');
      expect(at.main.requests[0]).toMatchObject({ path: '/v1/completions' });
      expect(at.main.requests[0]!.headers['authorization']).toBe('Bearer sk-upstream-0123456789');
      await record({ operation: 'completions', outcome: 'ok', streamed: false, usage, usageProvenance: 'reported' });
    });

    it('S8, S9: a stream is asked for its usage, which the caller sees only when it asked', async () => {
      const sends = events(
        [undefined, chunk('')],
        [undefined, chunk('你')],
        [undefined, chunk('', 'stop')],
        [undefined, { ...chunk(''), choices: [], usage }],
        [undefined, '[DONE]'],
      );
      at.main.play({ sends });
      for (const asks of [false, true]) {
        const stream = await at.client.completions.create({
          model: 'only',
          prompt: 'x',
          stream: true,
          ...(asks ? { stream_options: { include_usage: true } } : {}),
        });
        const usages = [];
        let text = '';
        for await (const { choices, usage: told } of stream) {
          text += choices[0]?.text ?? '';
          if (told) usages.push(told);
        }
        expect(text).toBe('你');
        expect(usages).toEqual(asks ? [usage] : []);
      }
      expect(at.main.requests.map((request) => bodyOf(request)['stream_options'])).toEqual([
        { include_usage: true },
        { include_usage: true },
      ]);
      expect(at.books.records.map(({ usage: recorded }) => recorded)).toEqual([usage, usage]);
    });

    it('S11: what was delivered before the caller left is counted, and the provider stopped', async () => {
      at.main.play({ sends: events([undefined, chunk('Hello you')]), then: 'hang' });
      const stream = await at.client.completions.create({ model: 'only', prompt: 'x', stream: true });
      for await (const _chunk of stream) break;
      await at.main.requests[0]!.left;
      await record({ outcome: 'aborted', usageProvenance: 'partial', streamed: true });
    });

    it.each([
      ['breaks', { then: 'break' }],
      ['ends early', { then: 'finish' }],
    ] as const)('S4: a stream that %s ends with an error and no end mark', async (_name, end) => {
      at.main.play({ sends: events([undefined, chunk('Hello')]), ...end });
      const body = await (await post('/completions', { model: 'm', prompt: 'x', stream: true })).text();
      expect(body).toMatch(/^data: .*Hello.*\n\ndata: \{"error":\{.*"code":"stream_interrupted".*\}\}\n\n$/);
      await record({ outcome: 'partial', error: 'stream_interrupted' });
      expect(at.spare.requests).toEqual([]);
    });

    it('S5: an error inside the stream before any content is asked elsewhere, after content it is told', async () => {
      const failed = events([undefined, { error: { message: 'busy', type: 'server_error' } }]);
      at.main.play([
        { sends: [...events([undefined, chunk('')]), ...failed] },
        { sends: [...events([undefined, chunk('a')]), ...failed] },
      ]);
      at.spare.play({ sends: events([undefined, chunk('b', 'stop')]) });
      const ask = async (): Promise<string> =>
        (await post('/completions', { model: 'm', prompt: 'x', stream: true })).text();
      expect(await ask()).toBe(`data: ${JSON.stringify(chunk('b', 'stop'))}\n\ndata: [DONE]\n\n`);
      expect(bodyOf(at.spare.requests[0]!)['model']).toBe('m-spare');
      expect(await ask()).toMatch(/"text":"a".*\n\ndata: \{"error":\{"message":"The provider failed/);
    });

    it('a server that does not stream is heard as a stream', async () => {
      at.main.play(json({ ...chunk('whole', 'stop'), usage }));
      const stream = await at.client.completions.create({ model: 'only', prompt: 'x', stream: true });
      let text = '';
      for await (const { choices } of stream) text += choices[0]?.text ?? '';
      expect(text).toBe('whole');
    });

    it('a server that refuses to be asked for usage is asked without', async () => {
      at.main.play((request): AnswerScript =>
        'stream_options' in bodyOf(request)
          ? json({ error: { message: 'unknown: stream_options', param: 'stream_options' } }, 400)
          : { sends: events([undefined, chunk('ok', 'stop')], [undefined, '[DONE]']) },
      );
      const body = await (await post('/completions', { model: 'only', prompt: 'x', stream: true })).text();
      expect(body).toContain('"ok"');
      await record({ outcome: 'ok', usageProvenance: 'estimated' });
    });
  });

  describe('moderations', () => {
    it('the fixture, byte by byte, with the model OpenAI would take', async () => {
      const fixture = fixtureOf('openai/moderation-ok.json');
      at.main.play({ headers: fixture.response.headers, sends: cut(bytesOf(fixture), 7) });
      const response = await post('/moderations', { input: '今天天气真好' });
      expect(new Uint8Array(await response.arrayBuffer())).toEqual(bytesOf(fixture));
      expect(response.headers.get('openai-version')).toBeNull();
      expect(bodyOf(at.main.requests[0]!)).toEqual({ input: '今天天气真好', model: 'omni-moderation-latest' });
      await record({ operation: 'moderations', outcome: 'ok', usage: undefined, usageProvenance: 'absent' });
      const moderation = await at.client.moderations.create({ input: 'x' });
      expect(moderation.results[0]?.flagged).toBe(false);
    });
  });

  describe('responses', () => {
    it.each(['openai/responses-stream.sse', 'openai/responses-stream-tool.sse'])(
      'S1, S2: %s at any cut',
      async (file) => {
        const fixture = fixtureOf(file);
        const whole = Buffer.from(bytesOf(fixture));
        for (const size of [1, 7, 1e9]) {
          at.main.play({ headers: fixture.response.headers, sends: cut(whole, size) });
          const response = await post('/responses', { ...fixture.request.body, model: 'only' });
          expect(Buffer.from(await response.arrayBuffer()).toString()).toBe(whole.toString());
        }
        const { usage } = fixture.expect!;
        for (const { usage: recorded } of at.books.records) expect(recorded).toMatchObject(usage!);
      },
    );

    it('streams to the SDK', async () => {
      const fixture = fixtureOf('openai/responses-stream-tool.sse');
      at.main.play({ sends: [bytesOf(fixture)] });
      const stream = at.client.responses.stream({ model: 'only', input: '故宫几点开门？' });
      const { output, usage } = await stream.finalResponse();
      expect(output).toMatchObject([{ type: 'function_call', arguments: '{"query":"故宫 开放时间"}' }]);
      expect(usage?.total_tokens).toBe(75);
    });

    it.each([
      ['openai/responses-stream-failed.sse', 502, 'provider_unavailable'],
      ['azure/responses-stream-ratelimited-200.sse', 429, 'rate_limit_exceeded'],
    ])('%s fails with a status of its own, where no other can answer', async (file, status, code) => {
      await at.close();
      // The provider says when it may be asked again, for which a second attempt would wait.
      at = await forwarding(transport, { routing: { maxAttempts: 1 } });
      const { headers } = fixtureOf(file).response;
      at.main.play({ headers, sends: [bytesOf(fixtureOf(file))] });
      const response = await post('/responses', { model: 'only', input: 'x', stream: true });
      expect(response.status).toBe(status);
      expect(await response.json()).toMatchObject({ error: { code } });
    });

    it('R5, S12: one that fails before it says anything is asked elsewhere, and begins once', async () => {
      at.main.play({ sends: [bytesOf(fixtureOf('openai/responses-stream-failed.sse'))] });
      at.spare.play({ sends: [bytesOf(fixtureOf('openai/responses-stream.sse'))] });
      const response = await post('/responses', { model: 'm', input: 'x', stream: true });
      const text = await response.text();
      expect(text.match(/event: response\.created/g)).toHaveLength(1);
      expect(text).toContain('"type":"response.completed"');
      expect(response.headers.get('x-nexus-provider')).toBe('spare');
    });

    it('S4: one that breaks ends with an error event that carries the next number', async () => {
      const text = Buffer.from(bytesOf(fixtureOf('openai/responses-stream.sse'))).toString();
      const begun = text.slice(0, text.indexOf('event: response.output_text.done'));
      at.main.play({ sends: [begun] });
      const body = await (await post('/responses', { model: 'only', input: 'x', stream: true })).text();
      expect(body.startsWith(begun)).toBe(true);
      const [name, data] = body.slice(begun.length).trim().split('\n');
      expect(name).toBe('event: error');
      expect(JSON.parse(data!.slice('data: '.length))).toMatchObject({
        type: 'error',
        sequence_number: 15,
        code: 'stream_interrupted',
      });
      await record({ outcome: 'partial', usageProvenance: 'partial' });
    });

    it('whole: usage in normal form, a failed one is an error', async () => {
      const whole = {
        id: 'resp_1',
        object: 'response',
        status: 'completed',
        error: null,
        output: [{ type: 'message', content: [{ type: 'output_text', text: 'Hi', annotations: [] }] }],
        usage: {
          input_tokens: 8,
          input_tokens_details: { cached_tokens: 4 },
          output_tokens: 2,
          output_tokens_details: { reasoning_tokens: 1 },
          total_tokens: 10,
        },
      };
      at.main.play([json(whole), json({ ...whole, status: 'failed', error: { code: 'server_error', message: 'no' } })]);
      expect((await at.client.responses.create({ model: 'only', input: 'Hi' })).output_text).toBe('Hi');
      await record({
        usage: {
          prompt_tokens: 8,
          completion_tokens: 2,
          total_tokens: 10,
          prompt_tokens_details: { cached_tokens: 4 },
          completion_tokens_details: { reasoning_tokens: 1 },
        },
      });
      await expect(at.client.responses.create({ model: 'only', input: 'Hi' })).rejects.toThrow(
        OpenAI.InternalServerError,
      );
    });

    it('goes on from a response only where it was made, and only for its caller', async () => {
      const made = (id: string): AnswerScript => json({ id, object: 'response', status: 'completed', output: [] });
      at.main.play(json({ error: { message: 'busy' } }, 503));
      at.spare.play(made('resp_a'));
      await at.client.responses.create({ model: 'm', input: 'Hi' });
      at.main.play(made('resp_b'));
      at.spare.play([made('resp_c'), json({ error: { message: 'busy' } }, 503)]);
      const first = at.main.requests.length;
      await at.client.responses.create({ model: 'm', input: 'go on', previous_response_id: 'resp_a' });
      await expect(
        at.client.responses.create({ model: 'm', input: 'go on', previous_response_id: 'resp_c' }),
      ).rejects.toThrow(OpenAI.InternalServerError);
      expect(at.main.requests.length).toBe(first);

      const stranger = { authorization: `Bearer ${KEY}-other` };
      for (const [headers, id] of [
        [stranger, 'resp_a'],
        [{}, 'resp_unknown'],
      ] as const) {
        const refused = await post('/responses', { model: 'm', input: 'x', previous_response_id: id }, headers);
        expect(refused.status).toBe(400);
        expect(await refused.json()).toMatchObject({
          error: { code: 'previous_response_not_found', param: 'previous_response_id' },
        });
      }
      at.main.play(made('resp_d'));
      expect((await post('/responses', { model: 'only', input: 'x', previous_response_id: 'resp_old' })).status).toBe(
        200,
      );
    });

    it('remembers the maker of a streamed response too', async () => {
      at.main.play(json({ error: { message: 'busy' } }, 503));
      at.spare.play({ sends: [bytesOf(fixtureOf('openai/responses-stream.sse'))] });
      await (await post('/responses', { model: 'm', input: 'x', stream: true })).text();
      const seen = at.main.requests.length;
      const previous_response_id = 'resp_68a1f0c4d3b28190a7e5c2f1b09d8e7600';
      const next = await post('/responses', { model: 'm', input: 'y', previous_response_id, stream: true });
      expect(next.headers.get('x-nexus-provider')).toBe('spare');
      await next.text();
      expect(at.main.requests.length).toBe(seen);
    });
  });

  describe('images and audio', () => {
    it('pictures, with their usage', async () => {
      const answer = {
        created: 1,
        data: [{ b64_json: 'aGk=' }],
        usage: { input_tokens: 5, output_tokens: 7, total_tokens: 12 },
      };
      at.main.play(json(answer));
      const images = await at.client.images.generate({ model: 'only', prompt: 'a cat' });
      expect(images.data).toEqual(answer.data);
      await record({
        operation: 'image_generations',
        usage: { prompt_tokens: 5, completion_tokens: 7, total_tokens: 12 },
      });
    });

    it('pictures as events, several of them', async () => {
      const sends = events(
        ['image_generation.partial_image', { type: 'image_generation.partial_image', b64_json: 'aA==' }],
        ['image_generation.completed', { type: 'image_generation.completed', b64_json: 'aGk=' }],
        ['image_generation.completed', { type: 'image_generation.completed', b64_json: 'aG8=' }],
      );
      at.main.play({ sends });
      const stream = await at.client.images.generate({ model: 'only', prompt: 'a cat', stream: true });
      const types = [];
      for await (const event of stream) types.push(event.type);
      expect(types).toEqual(sends.map((text) => /event: (.*)/.exec(text)![1]));
      at.main.play({ sends: sends.slice(0, 1) });
      const broken = await (await post('/images/generations', { model: 'only', prompt: 'x', stream: true })).text();
      expect(broken).toContain('"code":"stream_interrupted"');
    });

    it('speech comes as bytes, while it comes', async () => {
      const sound = Uint8Array.from({ length: 5000 }, (_, place) => (place * 7) % 256);
      at.main.play({ headers: { 'content-type': 'audio/mpeg' }, sends: cut(sound, 1000) });
      const speech = await at.client.audio.speech.create({ model: 'm', voice: 'alloy', input: 'Hello' });
      expect(new Uint8Array(await speech.arrayBuffer())).toEqual(sound);
      expect(speech.headers.get('content-type')).toBe('audio/mpeg');
      expect(at.main.requests[0]!.headers['accept']).toBe('*/*');
      await record({ operation: 'speech', outcome: 'ok', usageProvenance: 'absent' });
    });

    it('S4: speech that breaks is cut, never quietly short', async () => {
      at.main.play({ headers: { 'content-type': 'audio/mpeg' }, sends: ['half'], then: 'break' });
      const response = await post('/audio/speech', { model: 'm', voice: 'alloy', input: 'Hello' });
      expect(response.status).toBe(200);
      await expect(response.arrayBuffer()).rejects.toThrow();
      await record({ outcome: 'partial', error: 'stream_interrupted' });
    });

    it('transcriptions: the form goes through, with the name the provider knows', async () => {
      const sound = Uint8Array.from({ length: 3000 }, (_, place) => place % 256);
      at.main.play(json({ error: { message: 'busy' } }, 503));
      at.spare.play(json({ text: '你好', usage: { type: 'duration', seconds: 3 } }));
      const answer = await at.client.audio.transcriptions.create({
        model: 'm',
        language: 'zh',
        file: await toFile(sound, 'a.wav', { type: 'audio/wav' }),
      });
      expect(answer.text).toBe('你好');
      for (const [upstream, model] of [
        [at.main, 'm'],
        [at.spare, 'm-spare'],
      ] as const) {
        const form = await formOf(upstream.requests[0]!);
        expect(form.get('model')).toBe(model);
        expect(form.get('language')).toBe('zh');
        expect(await fileIn(form, 'file')).toEqual({ name: 'a.wav', bytes: sound });
      }
      await record({ operation: 'transcriptions', model: 'm', usageProvenance: 'absent', streamed: false });
    });

    it('transcriptions as text, and as events', async () => {
      const file = await toFile(new Uint8Array(10), 'a.wav');
      at.main.play({ headers: { 'content-type': 'text/plain; charset=utf-8' }, sends: ['1\n00:00 --> 00:01\n你好\n'] });
      const srt = await at.client.audio.transcriptions.create({ model: 'only', file, response_format: 'srt' });
      expect(srt).toBe('1\n00:00 --> 00:01\n你好\n');
      at.main.play({
        sends: events(
          [undefined, { type: 'transcript.text.delta', delta: '你' }],
          [
            undefined,
            { type: 'transcript.text.done', text: '你', usage: { input_tokens: 4, output_tokens: 1, total_tokens: 5 } },
          ],
        ),
      });
      const stream = await at.client.audio.transcriptions.create({ model: 'only', file, stream: true });
      const types = [];
      for await (const event of stream) types.push(event.type);
      expect(types).toEqual(['transcript.text.delta', 'transcript.text.done']);
      await record({
        streamed: true,
        outcome: 'ok',
        usage: { prompt_tokens: 4, completion_tokens: 1, total_tokens: 5 },
      });
    });

    it('edits, variations and translations', async () => {
      at.main.play(json({ created: 1, data: [{ url: 'https://x.test/1' }], text: 'hi' }));
      const image = await toFile(new Uint8Array(10), 'a.png', { type: 'image/png' });
      await at.client.images.edit({ model: 'only', image, prompt: 'x' });
      await at.client.images.createVariation({ model: 'only', image });
      await at.client.audio.translations.create({ model: 'only', file: image });
      expect(at.main.requests.map(({ path }) => path)).toEqual([
        '/v1/images/edits',
        '/v1/images/variations',
        '/v1/audio/translations',
      ]);
    });
  });

  describe('the same rules as chat', () => {
    it.each([
      '/completions',
      '/moderations',
      '/responses',
      '/images/generations',
      '/images/edits',
      '/images/variations',
      '/audio/speech',
      '/audio/transcriptions',
      '/audio/translations',
    ])('%s: a key, a model that exists, a body within the limit, POST only', async (path) => {
      expect((await post(path, { model: 'only' }, { authorization: 'Bearer sk-wrong-key' })).status).toBe(401);
      expect((await post(path, { model: 'unknown' })).status).toBe(404);
      expect((await post(path, { model: '' })).status).toBe(400);
      expect((await post(path, { model: 7 })).status).toBe(400);
      expect((await post(path, { model: 'only', Model: 'm' })).status).toBe(400);
      expect((await post(path, { model: 'only', input: 'x'.repeat(100_001) })).status).toBe(413);
      expect((await post(path, 'model=only', { 'content-type': 'application/x-www-form-urlencoded' })).status).toBe(
        415,
      );
      const read = await at.served.fetch(`${at.served.url}${path}`);
      expect(read.status).toBe(405);
      expect(at.main.requests).toEqual([]);
      expect((await at.served.fetch(`${at.served.url}/v1${path}`, { method: 'OPTIONS' })).status).toBe(204);
    });

    it('C2: a caller that leaves stops the provider, whole or not', async () => {
      at.main.play({ silent: true, then: 'hang' });
      const controller = new AbortController();
      const asking = at.client.images.generate({ model: 'only', prompt: 'x' }, { signal: controller.signal });
      const failed = expect(asking).rejects.toThrow(OpenAI.APIUserAbortError);
      const request = await at.main.nextRequest();
      controller.abort();
      await failed;
      await request.left;
      await record({ outcome: 'aborted' });
    });

    it("the hub's own key refused is no 401 of the caller, and HTML is no answer", async () => {
      at.main.play([
        json({ error: { message: 'bad key', code: 'invalid_api_key' } }, 401),
        { headers: { 'content-type': 'text/html' }, sends: ['<html>Login</html>'] },
      ]);
      expect((await post('/audio/speech', { model: 'only', input: 'x' })).status).toBe(502);
      const page = await post('/audio/speech', { model: 'only', input: 'x' });
      expect(page.status).toBe(502);
      expect(await page.json()).toMatchObject({ error: { code: 'malformed_response' } });
    });
  });

  async function post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
    return at.served.fetch(`${at.served.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${KEY}`, ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  }

  /** The last record, after checking that everything taken was given back. */
  async function record(expected: object): Promise<void> {
    await settled();
    checkBooks(at.books, at.books.records.length);
    expect(at.books.records.at(-1)).toMatchObject(expected);
  }

  async function settled(): Promise<void> {
    while (at.hub.stats.now().inFlight > 0 || at.books.leases.some((times) => times === 0))
      await new Promise((resolve) => setImmediate(resolve));
  }
});

function textOf({ body }: RecordedRequest): string {
  return Buffer.from(body).toString();
}

function bodyOf(request: RecordedRequest): Record<string, unknown> {
  return JSON.parse(textOf(request)) as Record<string, unknown>;
}

function formOf({ body, headers }: RecordedRequest): Promise<FormData> {
  return readForm(body, headers['content-type']!);
}
