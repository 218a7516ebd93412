import fc from 'fast-check';
import type { ChatChunk } from 'nexusai-hub/ports';
import { createTransport, isNexusError, type NexusError, readAnswer, wireTextOf } from 'nexusai-hub/provider-kit';
import { describe, expect, it } from 'vitest';

import { cut, type ScriptEnd } from '../../src/testing/answer-script.ts';
import { manualClock } from '../../src/testing/manual-clock.ts';
import { scriptedFetch } from '../../src/testing/scripted-fetch.ts';
import { isList, isStream } from '../adapters/run-fixture.ts';

const HEAD = { id: 'c1', object: 'chat.completion.chunk', created: 1_770_000_000, model: 'm1' };

interface Read {
  readonly chunks: ChatChunk[];
  readonly batches: number;
  readonly error: NexusError | undefined;
}

async function readBytes(pieces: readonly Uint8Array[], then: ScriptEnd = 'finish', headers = {}): Promise<Read> {
  const all = { 'content-type': 'text/event-stream', ...headers };
  const { fetch } = scriptedFetch({ sends: pieces, then, headers: all });
  const clock = manualClock();
  const { signal } = new AbortController();
  const chunks: ChatChunk[] = [];
  let batches = 0;
  try {
    const response = await createTransport({ baseUrl: 'http://server.test', fetch }).post('/', { body: '', signal });
    const answer = await readAnswer(response, { model: 'asked' }, { clock });
    if (!isStream(answer)) throw new Error('a stream was due');
    for await (const batch of answer) {
      batches++;
      chunks.push(...(isList(batch) ? batch : [batch]));
    }
    return { chunks, batches, error: undefined };
  } catch (error) {
    if (!isNexusError(error)) throw error;
    return { chunks, batches, error };
  }
}

function readEvents(...events: unknown[]): Promise<Read> {
  const text = events.map((event) => `data: ${typeof event === 'string' ? event : JSON.stringify(event)}\n\n`).join('');
  return readBytes([new TextEncoder().encode(text)]);
}

function chunk(delta: unknown, more: object = {}, finish: unknown = null): object {
  return { ...HEAD, choices: [{ index: 0, delta, finish_reason: finish, ...more }] };
}

const START = chunk({ role: 'assistant', content: 'a' });
const STOP = chunk({}, {}, 'stop');
const DONE = '[DONE]';

function textsOf(chunks: readonly ChatChunk[]): string {
  return chunks.flatMap((one) => one.choices.map((choice) => choice.delta.content ?? '')).join('');
}

describe('the clean path', () => {
  it('hands on chunks as they are, with their text, one array for each read', async () => {
    const events = [
      START,
      chunk({ content: 'b' }),
      STOP,
      { ...HEAD, choices: [], usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 } },
    ];
    const { chunks, batches } = await readEvents(...events, DONE);
    expect(chunks).toEqual(events);
    expect(chunks.map(wireTextOf)).toEqual(events.map((event) => JSON.stringify(event)));
    expect(batches).toBe(1);
  });

  it('S8: usage chunks without choices are kept, and other members of chunks', async () => {
    const special = {
      ...chunk({ content: 'b', x: 1 }, { logprobs: { content: [] } }),
      service_tier: 'default',
      obfuscation: 'z',
    };
    const { chunks } = await readEvents(START, special, STOP, DONE);
    expect(chunks[1]).toEqual(special);
  });
});

describe('repairs', () => {
  it('id, model, time and object are those of the beginning', async () => {
    const other = { id: 'c2', created: 1.5, model: 'm2', object: '', choices: [{ index: 0, delta: { content: 'b' } }] };
    const { chunks } = await readEvents(START, other, STOP, DONE);
    expect(chunks[1]).toMatchObject(HEAD);
  });

  it('what the server leaves out is made up once', async () => {
    const { chunks } = await readEvents(
      { choices: [{ delta: { content: 'a' } }] },
      { choices: [{ delta: { content: 'b' } }] },
      DONE,
    );
    expect(chunks.map(({ id }) => id)).toEqual(Array(3).fill(chunks[0]!.id));
    expect(chunks[0]).toMatchObject({ model: 'asked', object: 'chat.completion.chunk', created: expect.any(Number) });
    expect(chunks[0]!.id).not.toBe('');
    expect(chunks[0]!.choices[0]!.delta).toEqual({ role: 'assistant', content: 'a' });
    expect(chunks[1]!.choices[0]).toEqual({ index: 0, delta: { content: 'b' }, finish_reason: null });
  });

  it("an id that comes later is everybody's, also of events before it", async () => {
    const first = { id: '', model: '', object: '', created: 0, choices: [], prompt_filter_results: [1] };
    const { chunks } = await readEvents(first, START, STOP, DONE);
    expect(chunks[0]).toEqual({ ...HEAD, choices: [], prompt_filter_results: [1] });
  });

  it('[DONE] without a finish makes one up: stop, or tool_calls after calls', async () => {
    const text = await readEvents(START, DONE);
    expect(text.chunks.at(-1)!.choices).toEqual([{ index: 0, delta: {}, finish_reason: 'stop' }]);
    const call = { index: 0, id: 'x', type: 'function', function: { name: 'f', arguments: '{}' } };
    const calls = await readEvents(chunk({ role: 'assistant', tool_calls: [call] }), DONE);
    expect(calls.chunks.at(-1)!.choices[0]!.finish_reason).toBe('tool_calls');
  });

  it('a finish in other words keeps them beside; an empty one is none; a second one is dropped', async () => {
    const { chunks } = await readEvents(
      START,
      chunk({ content: 'b' }, {}, ''),
      chunk({}, {}, 'eos'),
      chunk({}, {}, 'length'),
      DONE,
    );
    const finishes = chunks.flatMap((one) => one.choices.map((choice) => choice.finish_reason));
    expect(finishes).toEqual([null, null, 'stop']);
    expect(chunks[2]!.choices[0]).toMatchObject({ native_finish_reason: 'eos' });
  });

  it('usage: the last one, once, at the end, wherever and however often it came', async () => {
    const usage = (n: number): object => ({ prompt_tokens: n, completion_tokens: n, total_tokens: 2 * n });
    const running = await readEvents(
      { ...START, usage: usage(1) },
      { ...HEAD, choices: [], usage: usage(2) },
      { ...chunk({ content: 'b' }, { usage: usage(3) }) },
      { ...STOP, x_groq: { usage: usage(4) } },
      DONE,
    );
    expect(running.chunks.map((one) => one.usage ?? null)).toEqual([null, null, null, usage(4)]);
    expect(running.chunks.at(-1)!.choices).toEqual([]);
    expect(textsOf(running.chunks)).toBe('ab');
  });

  it('usage that came in a choice only', async () => {
    const usage = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 };
    const { chunks } = await readEvents(START, chunk({}, { usage }, 'stop'), DONE);
    expect(chunks.map((one) => one.usage)).toEqual([undefined, undefined, usage]);
    expect(chunks[1]!.choices[0]).not.toHaveProperty('usage');
  });

  it('nothing after [DONE] is read', async () => {
    const { chunks, error } = await readEvents(START, STOP, DONE, chunk({ content: 'late' }), 'nonsense');
    expect(error).toBeUndefined();
    expect(textsOf(chunks)).toBe('a');
  });

  it.each(['application/json', 'text/plain', ''])(
    'events under the content type "%s" are read as events',
    async (type) => {
      const text = `${'\n'.repeat(12)}: hello\n\ndata: ${JSON.stringify(START)}\n\ndata: ${JSON.stringify(STOP)}\n\ndata: [DONE]\n\n`;
      for (const pieces of [cut(text, 1), cut(text, 1e6), cut(text, 12, 1, 40)]) {
        const { chunks, error } = await readBytes(pieces, 'finish', { 'content-type': type });
        expect(error).toBeUndefined();
        expect(textsOf(chunks)).toBe('a');
      }
    },
  );

  it('S11: usage that says nothing is no usage', async () => {
    const zero = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 };
    const { chunks } = await readEvents(START, STOP, { ...HEAD, choices: [], usage: zero }, DONE);
    expect(chunks.some((one) => one.usage)).toBe(false);
  });

  it.each([
    ['error: null', { ...START, error: null }],
    ['choices: null before', { ...HEAD, choices: null }],
    ['an object without choices', { ping: true }],
    ['delta: null', chunk(null)],
    ['code 0', { code: 0, msg: 'success' }],
  ])('%s is no error', async (_name, event) => {
    const { chunks, error } = await readEvents(event, START, STOP, DONE);
    expect(error).toBeUndefined();
    expect(textsOf(chunks)).toContain('a');
  });

  it('a whole completion as the only event is taken as one chunk', async () => {
    const message = {
      role: 'assistant',
      content: 'all',
      tool_calls: [{ id: 'x', type: 'function', function: { name: 'f', arguments: '{}' } }],
    };
    const { chunks } = await readEvents({
      ...HEAD,
      object: 'chat.completion',
      choices: [{ index: 0, message, finish_reason: 'stop' }],
    });
    expect(chunks).toHaveLength(1);
    expect(chunks[0]!.choices[0]).toMatchObject({
      delta: { content: 'all', tool_calls: [{ index: 0, id: 'x' }] },
      finish_reason: 'tool_calls',
    });
    expect(chunks[0]!.object).toBe('chat.completion.chunk');
  });
});

describe('S4, S5, S6: what is no complete answer throws', () => {
  it.each<[string, string, string]>([
    ['a flat error', '{"code":"InvalidParameter","message":"no","request_id":"r"}', 'provider_rejected'],
    ['a flat error of Baidu', '{"error_code":18,"error_msg":"qps"}', 'provider_unavailable'],
    ['an error in a list', '[{"error":{"code":429,"message":"x"}}]', 'provider_rate_limited'],
    ['a number', '5', 'malformed_response'],
    ['half an object', '{"choices":', 'malformed_response'],
    ['abort', JSON.stringify(chunk({}, {}, 'abort')), 'provider_unavailable'],
    ['error as the finish', JSON.stringify(chunk({}, {}, 'error')), 'provider_unavailable'],
  ])('%s', async (_name, event, code) => {
    const { chunks, error } = await readEvents(START, event, STOP, DONE);
    expect(error?.code).toBe(code);
    expect(textsOf(chunks)).toBe('a');
    expect(chunks.some((one) => one.choices.some((choice) => choice.finish_reason))).toBe(false);
  });

  it('event: error is an error whatever its data', async () => {
    const bytes = new TextEncoder().encode(`data: ${JSON.stringify(START)}\n\nevent: error\ndata: {"x":1}\n\n`);
    expect((await readBytes([bytes])).error?.code).toBe('provider_unavailable');
  });

  it('a failing chunk hands out its last words, without a finish', async () => {
    const { chunks, error } = await readEvents(START, chunk({ content: 'b' }, {}, 'error'), DONE);
    expect(textsOf(chunks)).toBe('ab');
    expect(chunks.at(-1)!.choices[0]!.finish_reason).toBeNull();
    expect(error?.code).toBe('provider_unavailable');
  });

  it('one choice of two that never finished', async () => {
    const second = {
      ...HEAD,
      choices: [{ index: 1, delta: { role: 'assistant', content: 'b' }, finish_reason: null }],
    };
    expect((await readEvents(START, second, STOP)).error?.code).toBe('stream_interrupted');
    expect((await readEvents(START, second, STOP, DONE)).error).toBeUndefined();
  });

  it.each(['', ': only\n\n: comments\n\n', 'data:\n\n', 'data: [DONE]\n\n', '\n\n\n'])(
    'S6: %j is an empty stream',
    async (text) => {
      expect((await readBytes([new TextEncoder().encode(text)])).error?.code).toBe('empty_stream');
    },
  );

  it('HTML under the content type of a stream', async () => {
    const page = new TextEncoder().encode('\n<html>\n<body>Sorry</body></html>');
    expect((await readBytes([page])).error?.code).toBe('malformed_response');
  });

  it('keeps the usage that came before', async () => {
    const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
    const { chunks, error } = await readEvents({ ...START, usage });
    expect(error?.code).toBe('stream_interrupted');
    expect(chunks.at(-1)!.usage).toEqual(usage);
  });
});

/** Ids that were made for calls without one of their own differ from run to run. */
function withoutMadeIds(chunks: readonly ChatChunk[]): unknown {
  return JSON.parse(JSON.stringify(chunks).replaceAll(/call_[0-9a-f]{32}/g, '<made>'));
}

describe('S1, S2: properties', () => {
  const delta = fc.oneof(
    fc.record({ content: fc.string({ unit: 'grapheme', maxLength: 6 }) }),
    fc.record({ reasoning: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 6 }) }),
    fc.record({ content: fc.constant(null), refusal: fc.string({ maxLength: 4 }) }),
    fc.record({
      tool_calls: fc.tuple(
        fc.record({
          index: fc.nat(1),
          id: fc.constantFrom('x', 'y'),
          function: fc.record({ name: fc.constant('f'), arguments: fc.string({ maxLength: 5 }) }),
        }),
      ),
    }),
  );
  const stream = fc.record({
    deltas: fc.array(delta, { minLength: 1, maxLength: 6 }),
    ending: fc.constantFrom('done', 'cut', 'error'),
    newline: fc.constantFrom('\n', '\r\n', '\r'),
    sizes: fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 6 }),
  });

  it('any cut of the bytes gives the same chunks and the same end', async () => {
    await fc.assert(
      fc.asyncProperty(stream, async ({ deltas, ending, newline, sizes }) => {
        const events = deltas.map((one) => JSON.stringify(chunk(one)));
        if (ending === 'done') events.push(JSON.stringify(STOP), DONE);
        if (ending === 'error') events.push('{"error":{"code":429,"message":"no"}}');
        const bytes = new TextEncoder().encode(events.map((event) => `data: ${event}${newline}${newline}`).join(''));
        const whole = await readBytes([bytes]);
        const pieces = await readBytes(cut(bytes, ...(sizes as [number, ...number[]])));
        expect(withoutMadeIds(pieces.chunks)).toEqual(withoutMadeIds(whole.chunks));
        expect(pieces.error?.code).toBe(whole.error?.code);
        expect(whole.error?.code).toBe(
          { done: undefined, cut: 'stream_interrupted', error: 'provider_rate_limited' }[ending],
        );
      }),
      { numRuns: 300 },
    );
  });

  it('no prefix of a good stream is taken for a whole one', async () => {
    const text = [START, chunk({ content: '世界👋🏽' }), STOP, DONE]
      .map((event) => `data: ${typeof event === 'string' ? event : JSON.stringify(event)}\n\n`)
      .join('');
    const bytes = new TextEncoder().encode(text);
    const finished = bytes.length - new TextEncoder().encode(`\n\ndata: ${DONE}\n\n`).length;
    for (let length = 1; length < finished; length++) {
      const { error, chunks } = await readBytes([bytes.subarray(0, length)]);
      expect(error?.code, `after ${length} bytes`).toMatch(/^(stream_interrupted|empty_stream)$/);
      expect(JSON.stringify(chunks)).not.toContain('\uFFFD');
    }
    expect((await readBytes([bytes.subarray(0, finished)])).error).toBeUndefined();
  });
});
