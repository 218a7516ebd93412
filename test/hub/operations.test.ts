import { createReadStream } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { answerInfo, NexusHub } from 'nexusai-hub';
import { openai } from 'nexusai-hub/adapters/openai';
import { toStreamingFile } from 'openai';
import { describe, expect, it } from 'vitest';

import type { AnswerScript, RecordedRequest, UpstreamScript } from '../../src/testing/answer-script.ts';
import { cut } from '../../src/testing/answer-script.ts';
import { scriptedFetch } from '../../src/testing/scripted-fetch.ts';
import { bytesOf, fixtureOf } from '../adapters/fixtures.ts';
import { fileIn, readForm } from '../forward/forms.ts';
import { failureOf, harness } from '../request-path/harness.ts';

type Asked = ReturnType<typeof harness> & { readonly requests: readonly RecordedRequest[] };

/** A hub in front of a server that does as it is told. */
function asking(script: UpstreamScript): Asked {
  const { fetch, requests } = scriptedFetch(script);
  const main = openai({ apiKey: 'sk-upstream-0123456789', fetch });
  return { ...harness({ main }, { routing: { maxAttempts: 1 } }), requests };
}

function json(body: unknown, status = 200): AnswerScript {
  return { status, headers: { 'content-type': 'application/json' }, sends: [JSON.stringify(body)] };
}

function events(...data: readonly object[]): string[] {
  return data.map((one) => `data: ${JSON.stringify(one)}\n\n`);
}

function bodyOf(request: RecordedRequest | undefined): unknown {
  return JSON.parse(new TextDecoder().decode(request?.body));
}

function formOf(request: RecordedRequest | undefined): Promise<FormData> {
  return readForm(request?.body ?? new Uint8Array(), request?.headers['content-type'] ?? '');
}

async function all<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of stream) items.push(item);
  return items;
}

const COMPLETION = { id: 'cmpl-1', object: 'text_completion', created: 1, model: 'm-1' };

describe('responses.create', () => {
  it('answers whole, with the text of all messages, as the SDK has it', async () => {
    const output = [
      { type: 'reasoning', summary: [] },
      {
        type: 'message',
        content: [
          { type: 'output_text', text: '你' },
          { type: 'refusal', refusal: 'no' },
        ],
      },
      { type: 'message', content: [{ type: 'output_text', text: '好' }] },
    ];
    const usage = { input_tokens: 3, output_tokens: 2, total_tokens: 5 };
    const { hub, books, requests } = asking(json({ id: 'resp_1', object: 'response', output, usage, x_new: 1 }));
    const answer = await hub.responses.create({ model: 'm', input: 'Hi' });
    expect(answer).toMatchObject({ id: 'resp_1', output, output_text: '你好', x_new: 1 });
    expect(answerInfo(answer)).toMatchObject({ provider: 'main', attempts: 1 });
    expect(bodyOf(requests[0])).toEqual({ model: 'm', input: 'Hi' });
    expect(requests[0]?.path).toBe('/v1/responses');
    expect(books.records).toMatchObject([{ operation: 'responses', outcome: 'ok', usageProvenance: 'reported' }]);
  });

  it.each(['openai/responses-stream.sse', 'openai/responses-stream-tool.sse'])(
    'streams the events of %s, at any cut',
    async (file) => {
      const fixture = fixtureOf(file);
      const text = new TextDecoder().decode(bytesOf(fixture));
      const wanted = [...text.matchAll(/^data: (.*)$/gm)].map(([, data = '']) => JSON.parse(data) as unknown);
      for (const size of [1, 7, 1e9]) {
        const { hub } = asking({ headers: fixture.response.headers, sends: cut(bytesOf(fixture), size) });
        const stream = await hub.responses.create({ model: 'm', input: 'x', stream: true });
        expect(answerInfo(stream)).toMatchObject({ provider: 'main' });
        expect(await all(stream)).toEqual(wanted);
      }
    },
  );

  it('fails before content as every call does, with a code', async () => {
    const fixture = fixtureOf('azure/responses-stream-ratelimited-200.sse');
    const { hub } = asking({ headers: fixture.response.headers, sends: [bytesOf(fixture)] });
    const error = await failureOf(hub.responses.create({ model: 'm', input: 'x', stream: true }));
    expect(error).toMatchObject({ name: 'NexusError', code: 'provider_rate_limited' });
  });
});

describe('completions.create', () => {
  const chunk = (text: string, finish: string | null = null): object => ({
    ...COMPLETION,
    choices: [{ index: 0, text, logprobs: null, finish_reason: finish }],
  });

  it('answers whole and in events, without the end mark', async () => {
    const { hub } = asking([
      json({ ...chunk('Hello', 'stop'), usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 } }),
      { sends: [...events(chunk('你'), chunk('好', 'stop')), 'data: [DONE]\n\n'] },
    ]);
    expect((await hub.completions.create({ model: 'm', prompt: 'x' })).choices[0]?.text).toBe('Hello');
    const stream = await hub.completions.create({ model: 'm', prompt: 'x', stream: true });
    expect(await all(stream)).toEqual([chunk('你'), chunk('好', 'stop')]);
  });

  it('S4: a stream that breaks throws, after what came', async () => {
    const { hub } = asking({ sends: events(chunk('half')), then: 'break' });
    const stream = await hub.completions.create({ model: 'm', prompt: 'x', stream: true });
    const read: unknown[] = [];
    const error = await failureOf(
      (async () => {
        for await (const event of stream) read.push(event);
      })(),
    );
    expect([read, error]).toMatchObject([[chunk('half')], { code: 'stream_interrupted' }]);
  });

  it.each(['break', 'controller', 'signal'] as const)('C1: leaving by %s stops the provider', async (way) => {
    const { hub, requests, books } = asking({ sends: events(chunk('a'), chunk('b')), then: 'hang' });
    const controller = new AbortController();
    const options = { signal: controller.signal };
    const stream = await hub.completions.create({ model: 'm', prompt: 'x', stream: true }, options);
    const reading = (async () => {
      let count = 0;
      for await (const _event of stream) {
        if (way === 'break') break;
        if (++count < 2) continue;
        // While the next event is waited for, which never comes.
        setImmediate(() => {
          if (way === 'controller') stream.controller.abort();
          else controller.abort();
        });
      }
    })();
    if (way === 'signal') expect(await failureOf(reading)).toMatchObject({ code: 'cancelled' });
    else await reading;
    await requests[0]!.left;
    await hub.close(); // What was delivered has been counted.
    expect(books.records).toMatchObject([{ outcome: 'aborted', usageProvenance: 'partial' }]);
  });

  it('is iterated once', async () => {
    const { hub } = asking({ sends: events(chunk('a', 'stop')) });
    const stream = await hub.completions.create({ model: 'm', prompt: 'x', stream: true });
    await all(stream);
    expect(() => stream[Symbol.asyncIterator]()).toThrow(/iterated before/);
  });

  it.each<[unknown, object]>([
    [undefined, { code: 'request_invalid' }],
    [null, { code: 'request_invalid' }],
    [{ prompt: 'x' }, { code: 'request_invalid', details: { param: 'model' } }],
    [
      { model: 'm', stream: 'yes' },
      { code: 'request_invalid', details: { param: 'stream' } },
    ],
  ])('says what is wrong with %j', async (body, wanted) => {
    const { hub, requests } = asking(json({}));
    expect(await failureOf(hub.completions.create(body as never))).toMatchObject(wanted);
    expect(await failureOf(hub.completions.create({ model: 'm', prompt: 'x' }, { retries: 1 } as never))).toMatchObject(
      {
        message: expect.stringContaining('The option "retries" of a call is not known here') as string,
      },
    );
    expect(requests).toEqual([]);
  });
});

describe('moderations.create', () => {
  it('asks the model OpenAI would, and answers with the fixture', async () => {
    const fixture = fixtureOf('openai/moderation-ok.json');
    const { fetch, requests } = scriptedFetch({ headers: fixture.response.headers, sends: [bytesOf(fixture)] });
    const hub = new NexusHub({ providers: { main: openai({ apiKey: 'sk-upstream', fetch }) } });
    const { results } = await hub.moderations.create({ input: '今天天气真好' });
    expect(results[0]?.flagged).toBe(false);
    expect(bodyOf(requests[0])).toEqual({ input: '今天天气真好', model: 'omni-moderation-latest' });
  });
});

describe('images', () => {
  const made = { created: 1, data: [{ b64_json: 'aGk=' }] };

  it('generate answers whole and in events', async () => {
    const partial = { type: 'image_generation.partial_image', b64_json: 'aA==' };
    const done = { type: 'image_generation.completed', b64_json: 'aGk=' };
    const { hub, requests } = asking([json(made), { sends: events(partial, done) }]);
    expect(await hub.images.generate({ model: 'm', prompt: '猫' })).toEqual(made);
    const stream = await hub.images.generate({ model: 'm', prompt: '猫', stream: true });
    expect(await all(stream)).toEqual([partial, done]);
    expect(requests.map(({ path }) => path)).toEqual(['/v1/images/generations', '/v1/images/generations']);
  });

  it('edit and createVariation send forms as the SDK makes them', async () => {
    const { hub, requests } = asking(json(made));
    const bytes = Uint8Array.from({ length: 300 }, (_value, place) => place % 256);
    const image = [new File([bytes], '猫.png', { type: 'image/png' }), new Blob(['two'])];
    const body = { model: 'm', prompt: 'a hat', image, mask: bytes, n: 2, user: undefined, x: { a: [true] } };
    expect(await hub.images.edit(body)).toEqual(made);
    expect(await hub.images.createVariation({ model: 'm', image: bytes })).toEqual(made);
    const form = await formOf(requests[0]);
    expect([form.get('model'), form.get('prompt'), form.get('n'), form.get('x[a][]')]).toEqual([
      'm',
      'a hat',
      '2',
      'true',
    ]);
    expect(form.has('user')).toBe(false);
    const names = form.getAll('image[]').map((file) => (file instanceof File ? file.name : ''));
    expect(names).toEqual(['猫.png', 'file']);
    expect(await fileIn(form, 'mask')).toEqual({ name: 'file', bytes });
    expect((await fileIn(await formOf(requests[1]), 'image')).bytes).toEqual(bytes);
    expect(requests.map(({ path }) => path)).toEqual(['/v1/images/edits', '/v1/images/variations']);
  });

  it('name what cannot stand in a form', async () => {
    const { hub } = asking(json(made));
    const wrong = { model: 'm', prompt: 'x', image: [() => 'no'] } as never;
    expect(await failureOf(hub.images.edit(wrong))).toMatchObject({
      code: 'request_invalid',
      details: { param: 'image[]' },
    });
    expect(await failureOf(hub.images.edit(undefined as never))).toMatchObject({ code: 'request_invalid' });
  });
});

describe('audio', () => {
  const sound = Uint8Array.from({ length: 100_000 }, (_value, place) => place % 251);

  it('speech answers with the sound while it comes', async () => {
    const headers = { 'content-type': 'audio/mpeg' };
    const { hub, books } = asking({ headers, sends: cut(sound, 999) });
    const response = await hub.audio.speech.create({ model: 'm', input: '你好', voice: 'alloy' });
    expect(response.headers.get('content-type')).toBe('audio/mpeg');
    expect(answerInfo(response)).toMatchObject({ provider: 'main' });
    expect(Buffer.compare(Buffer.from(await response.arrayBuffer()), Buffer.from(sound))).toBe(0);
    expect(books.records).toMatchObject([{ operation: 'speech', outcome: 'ok' }]);
  });

  it.each(['broken', 'left'])('speech that is %s is no whole one', async (what) => {
    const headers = { 'content-type': 'audio/mpeg' };
    const { hub, requests, books } = asking({ headers, sends: [sound], then: what === 'left' ? 'hang' : 'break' });
    const { body } = await hub.audio.speech.create({ model: 'm', input: '你好', voice: 'alloy' });
    const reader = body!.getReader();
    expect((await reader.read()).value?.length).toBe(sound.length);
    if (what === 'left') {
      await reader.cancel();
      await requests[0]!.left;
    } else expect(await failureOf(reader.read())).toMatchObject({ code: 'stream_interrupted' });
    expect(books.records).toMatchObject([{ outcome: what === 'left' ? 'aborted' : 'partial' }]);
  });

  it('transcriptions are objects, texts or events, as was asked', async () => {
    const done = [
      { type: 'transcript.text.delta', delta: '你' },
      { type: 'transcript.text.done', text: '你' },
    ];
    const { hub, requests } = asking([
      json({ text: '你好' }),
      { headers: { 'content-type': 'text/plain' }, sends: ['1\n00:00 --> 00:01\n你好\n'] },
      { sends: events(...done) },
    ]);
    const file = createReadStream(fileURLToPath(import.meta.url));
    expect((await hub.audio.transcriptions.create({ model: 'm', file })).text).toBe('你好');
    expect((await fileIn(await formOf(requests[0]), 'file')).name).toBe('operations.test.ts');
    const again = new Response('RIFF');
    const srt = await hub.audio.transcriptions.create({ model: 'm', file: again, response_format: 'srt' });
    expect(srt).toBe('1\n00:00 --> 00:01\n你好\n');
    const stream = await hub.audio.transcriptions.create({ model: 'm', file: new Blob(['x']), stream: true });
    expect(await all(stream)).toEqual(done);
    expect((await formOf(requests[2])).get('stream')).toBe('true');
  });

  it('translations are objects or texts', async () => {
    const { hub, requests } = asking([
      json({ text: 'Hello' }),
      { headers: { 'content-type': 'text/plain' }, sends: ['Hello'] },
    ]);
    const file = toStreamingFile(new Blob(['spoken']).stream(), 'talk.wav', { type: 'audio/wav' });
    expect((await hub.audio.translations.create({ model: 'm', file })).text).toBe('Hello');
    expect((await fileIn(await formOf(requests[0]), 'file')).name).toBe('talk.wav');
    const again = new Blob(['x']);
    expect(await hub.audio.translations.create({ model: 'm', file: again, response_format: 'text' })).toBe('Hello');
    expect(requests.map(({ path }) => path)).toEqual(['/v1/audio/translations', '/v1/audio/translations']);
  });
});

describe('E2: an operation nobody has', () => {
  it('is refused with who has it', async () => {
    const { hub } = harness({ main: { kind: 'chat', open: async () => Promise.reject(new Error('not asked')) } });
    const error = await failureOf(hub.responses.create({ model: 'm', input: 'x' }));
    expect(error).toMatchObject({
      code: 'operation_unsupported',
      message: 'No provider of the model "m" has responses. No provider here has it.',
    });
  });
});
