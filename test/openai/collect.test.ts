import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chunksOf, Collector } from '../../src/openai/collect.ts';
import type { ChatChunk, ChatCompletion, ChunkChoice, Delta } from '../../src/openai/types.ts';
import { eventsOf, fixtureBytes } from './reading.ts';

function chunk(choices: unknown, members: object = {}): ChatChunk {
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 7,
    model: 'm',
    choices,
    ...members,
  } as ChatChunk;
}

function said(delta: object, members: object = {}): ChatChunk {
  return chunk([{ index: 0, delta, finish_reason: null, ...members }]);
}

function ended(reason = 'stop', members: object = {}): ChatChunk {
  return chunk([{ index: 0, delta: {}, finish_reason: reason, ...members }]);
}

function collect(chunks: Iterable<ChatChunk>): ChatCompletion {
  const collector = new Collector();
  for (const each of chunks) collector.add(each);
  return collector.completion();
}

/** What a stream of OpenAI's becomes, chunk by chunk as they came. */
function collectFixture(file: string): ChatCompletion {
  const events = eventsOf([fixtureBytes(file)]).filter(({ data }) => data !== '[DONE]');
  return collect(events.map(({ data }) => JSON.parse(data) as ChatChunk));
}

describe('Collector', () => {
  it('joins text, and says null for what was not said', () => {
    const completion = collect([
      said({ role: 'assistant', content: '', refusal: null }),
      said({ content: '你' }),
      said({ content: '好' }),
      ended(),
      chunk([], { usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 } }),
    ]);
    expect(completion).toEqual({
      id: 'chatcmpl-1',
      object: 'chat.completion',
      created: 7,
      model: 'm',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: '你好', refusal: null },
          finish_reason: 'stop',
          logprobs: null,
        },
      ],
      usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 },
    });
  });

  it('S8, S11: usage comes with the last chunk that has one, and stays absent when none has', () => {
    const usage = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 };
    const running = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
    expect(
      collect([
        chunk([], { usage: running }),
        said({ content: 'x' }),
        ended(),
        chunk([], { usage }),
        chunk([], { usage: null }),
      ]).usage,
    ).toEqual(usage);
    expect('usage' in collect([said({ content: 'x' }), ended(), chunk([], { usage: null })])).toBe(false);
  });

  it('puts interleaved choices in the order of their indexes', () => {
    const completion = collect([
      chunk([{ index: 1, delta: { content: 'b' }, finish_reason: null }]),
      chunk([{ index: 0, delta: { content: 'a' }, finish_reason: null }]),
      chunk([
        { index: 1, delta: { content: 'B' }, finish_reason: 'length' },
        { index: 0, delta: { content: 'A' }, finish_reason: 'stop' },
      ]),
    ]);
    expect(
      completion.choices.map(({ index, message, finish_reason: reason }) => [index, message.content, reason]),
    ).toEqual([
      [0, 'aA', 'stop'],
      [1, 'bB', 'length'],
    ]);
  });

  it.each([
    ['nothing', [said({ role: 'assistant', content: '' }), ended('length')], { content: null, refusal: null }],
    [
      'a refusal',
      [said({ content: null, refusal: 'I ' }), said({ refusal: 'can not' }), ended()],
      { content: null, refusal: 'I can not' },
    ],
    [
      'reasoning',
      [
        said({ reasoning_content: 'hm', content: null }),
        said({ reasoning_content: 'm' }),
        said({ content: 'so', reasoning_content: null }),
        ended(),
      ],
      { content: 'so', refusal: null, reasoning_content: 'hmm' },
    ],
    [
      'audio',
      [
        said({ audio: { id: 'audio_1', transcript: 'Hel' } }),
        said({ audio: { data: 'AA', transcript: 'lo' } }),
        said({ audio: { id: 'audio_1', data: 'BB', expires_at: 9 } }),
        ended(),
      ],
      { content: null, refusal: null, audio: { id: 'audio_1', data: 'AABB', transcript: 'Hello', expires_at: 9 } },
    ],
    [
      'a function call from before there were tools',
      [
        said({ function_call: { name: 'f', arguments: '' } }),
        said({ function_call: { arguments: '{}' } }),
        ended('function_call'),
      ],
      { content: null, refusal: null, function_call: { name: 'f', arguments: '{}' } },
    ],
    [
      'members nobody here knows',
      [
        said({ note: 'a', list: [1], count: 1, object: { a: 1 } }),
        said({ note: 'b', list: [2], count: 2, object: { b: 2 }, gone: null }),
        ended(),
      ],
      { content: null, refusal: null, note: 'ab', list: [1, 2], count: 2, object: { b: 2 }, gone: null },
    ],
  ])('collects %s', (_name, chunks, message) => {
    const before = structuredClone(chunks);
    expect(collect(chunks).choices[0]?.message).toEqual({ role: 'assistant', ...message });
    expect(chunks).toEqual(before);
  });

  it('joins log probabilities', () => {
    const token = (text: string): object => ({ token: text, logprob: -1, bytes: null, top_logprobs: [] });
    const completion = collect([
      said({ role: 'assistant' }, { logprobs: null }),
      said({ content: 'a' }, { logprobs: { content: [token('a')], refusal: null } }),
      said({ content: 'b' }, { logprobs: { content: [token('b')], refusal: null } }),
      ended('stop', { logprobs: null }),
    ]);
    expect(completion.choices[0]?.logprobs).toEqual({ content: [token('a'), token('b')], refusal: null });
  });

  it('keeps facts: of chunk and choice the last that is not null, of id, time and model the first', () => {
    const completion = collect([
      chunk([], {
        id: '',
        model: '',
        system_fingerprint: null,
        service_tier: 'auto',
        prompt_filter_results: [1],
        obfuscation: 'x',
      }),
      chunk([{ index: 0, delta: { content: 'x' }, finish_reason: null, content_filter_results: { hate: 1 } }], {
        system_fingerprint: 'fp',
        service_tier: 'default',
        obfuscation: 'y',
      }),
      chunk(
        [{ index: 0, delta: {}, finish_reason: 'stop', native_finish_reason: 'STOP', content_filter_results: null }],
        { id: 'other', created: 9, system_fingerprint: null },
      ),
    ]);
    expect(completion).toMatchObject({
      id: 'chatcmpl-1',
      created: 7,
      model: 'm',
      system_fingerprint: 'fp',
      service_tier: 'default',
      prompt_filter_results: [1],
    });
    expect(completion).not.toHaveProperty('obfuscation');
    expect(completion.choices[0]).toMatchObject({ native_finish_reason: 'STOP', content_filter_results: { hate: 1 } });
    expect(completion.choices[0]).not.toHaveProperty('delta');
  });

  it('takes the first finish reason, and the likely one where none was sent', () => {
    expect(collect([ended('length'), ended('stop')]).choices[0]?.finish_reason).toBe('length');
    expect(collect([said({ content: 'x' })]).choices[0]?.finish_reason).toBe('stop');
    const call = { index: 0, id: 'call_a', type: 'function', function: { name: 'f', arguments: '{}' } };
    expect(collect([said({ tool_calls: [call] })]).choices[0]?.finish_reason).toBe('tool_calls');
  });

  it('passes over what is no choice', () => {
    const odd = [
      chunk(null),
      chunk(undefined),
      chunk('x'),
      chunk([null, 'x']),
      chunk([{ index: 0, delta: null }]),
      chunk([{ delta: { content: 'x' } }]),
    ];
    expect(collect([...odd, ended()]).choices).toMatchObject([{ index: 0, message: { content: 'x' } }]);
    expect(collect([chunk([])]).choices).toEqual([]);
  });

  it('S6: no chunk is no answer', () => {
    expect(() => new Collector().completion()).toThrow(expect.objectContaining({ code: 'empty_stream' }));
  });

  it('sets no prototype', () => {
    const delta = JSON.parse('{"__proto__":{"content":"evil"},"content":"x"}') as object;
    const { message } = collect([chunk([{ index: 0, delta, finish_reason: 'stop' }])]).choices[0] ?? {};
    expect(Object.getPrototypeOf(message)).toBe(Object.prototype);
  });

  it('collects what OpenAI streams: two choices with log probabilities, tools, usage', () => {
    const [first, second] = collectFixture('openai/chat-stream-n2-logprobs.sse').choices;
    expect([first?.message.content, first?.finish_reason, second?.message.content, second?.finish_reason]).toEqual([
      '春眠不觉晓',
      'length',
      '白日依山尽。',
      'stop',
    ]);
    expect(first?.logprobs?.content?.map(({ token }) => token).join('')).toBe('春眠不觉晓');
    expect(collectFixture('openai/chat-stream-tools.sse').choices[0]?.message.tool_calls).toMatchObject([
      {
        id: 'call_q1W2e3R4t5Y6u7I8o9P0aSdF',
        function: { name: 'get_weather', arguments: '{"city":"北京","unit":"celsius"}' },
      },
      {
        id: 'call_zXcVbNm1234567890qWeRtYu',
        function: { name: 'get_forecast', arguments: '{"city":"上海","days":3}' },
      },
    ]);
    expect(collectFixture('openai/chat-stream-usage.sse').usage?.total_tokens).toBe(25);
  });
});

/** Completions with everything the wire format has. Empty text is the one thing a stream can not tell from none. */
const text = fc.string({ unit: 'binary', minLength: 1 });
const unknown = fc.dictionary(
  fc.constantFrom('x_note', 'x_list', 'x_count'),
  fc.oneof(text, fc.array(fc.nat()), fc.nat(), fc.constant(null), fc.record({ a: fc.nat() })),
);
const token = fc.record({
  token: text,
  logprob: fc.constant(-0.5),
  bytes: fc.option(fc.array(fc.nat(255))),
  top_logprobs: fc.constant<never[]>([]),
});
const call = fc.oneof(
  fc.record({
    id: text,
    type: fc.constant('function' as const),
    function: fc.record({ name: text, arguments: fc.string() }),
  }),
  fc.record({ id: text, type: fc.constant('custom' as const), custom: fc.record({ name: text, input: fc.string() }) }),
);
const message = fc
  .tuple(
    fc.record({ role: fc.constant('assistant' as const), content: fc.option(text), refusal: fc.option(text) }),
    fc.record(
      {
        reasoning_content: fc.option(text),
        tool_calls: fc.array(call, { minLength: 1, maxLength: 3 }),
        audio: fc.option(fc.record({ id: text, data: text, expires_at: fc.nat(), transcript: text })),
      },
      { requiredKeys: [] },
    ),
    unknown,
  )
  .map(([known, optional, others]) => ({ ...others, ...known, ...optional }));
const choice = fc
  .tuple(
    fc.record({
      message,
      finish_reason: fc.constantFrom(
        'stop' as const,
        'length' as const,
        'tool_calls' as const,
        'content_filter' as const,
      ),
      logprobs: fc.option(fc.record({ content: fc.option(fc.array(token)), refusal: fc.option(fc.array(token)) })),
    }),
    unknown,
  )
  .map(([known, others]) => ({ ...others, ...known }));
const completions: fc.Arbitrary<ChatCompletion> = fc
  .tuple(
    fc.record({
      id: text,
      object: fc.constant('chat.completion' as const),
      created: fc.nat(),
      model: text,
      choices: fc.array(choice, { maxLength: 3 }),
    }),
    fc.record(
      {
        usage: fc.record({ prompt_tokens: fc.nat(), completion_tokens: fc.nat(), total_tokens: fc.nat() }),
        system_fingerprint: text,
        service_tier: fc.constantFrom('default' as const, null),
      },
      { requiredKeys: [] },
    ),
    unknown,
  )
  .map(([known, optional, others]) => ({
    ...others,
    ...known,
    ...optional,
    choices: known.choices.map((each, index) => ({ ...each, index })),
  }));

describe('chunksOf', () => {
  it('collected again is the same completion', () => {
    fc.assert(
      fc.property(completions, (completion) => {
        const before = structuredClone(completion);
        const chunks = chunksOf(completion);
        expect(collect(chunks)).toEqual(completion);
        expect(completion).toEqual(before);
      }),
      { numRuns: 1000 },
    );
  });

  it('is a stream in normal form: one id, role first and once, finish last and once, then usage', () => {
    fc.assert(
      fc.property(completions, (completion) => {
        const chunks = chunksOf(completion);
        const usageAt = chunks.findIndex(({ usage }) => usage);
        expect(usageAt).toBe(completion.usage ? chunks.length - 1 : -1);
        for (const { id, object, created, model } of chunks) {
          expect({ id, object, created, model }).toEqual({
            id: completion.id,
            object: 'chat.completion.chunk',
            created: completion.created,
            model: completion.model,
          });
        }
        for (const { index } of completion.choices) {
          const pieces = chunks.flatMap(({ choices }) => choices).filter((piece) => piece.index === index);
          expect(pieces.map(({ delta }) => delta.role)).toEqual(['assistant', ...pieces.slice(1).map(() => undefined)]);
          expect(pieces.map((piece) => piece.finish_reason !== null)).toEqual(
            pieces.map((_, place) => place === pieces.length - 1),
          );
        }
      }),
    );
  });

  it('a stream may cut texts anywhere and mix its choices: the completion is the same', () => {
    fc.assert(
      fc.property(completions, fc.array(fc.nat(3), { minLength: 1 }), (completion, sizes) => {
        const fine = chunksOf(completion).flatMap((each) => splitTexts(each, sizes));
        expect(collect(mixed(fine))).toEqual(completion);
      }),
      { numRuns: 500 },
    );
  });

  it('says everything in order: reasoning, content, refusal, calls', () => {
    const message = {
      role: 'assistant' as const,
      content: 'c',
      refusal: 'r',
      reasoning_content: 't',
      tool_calls: [{ id: 'a', type: 'function' as const, function: { name: 'f', arguments: '{}' } }],
    };
    const completion: ChatCompletion = {
      id: 'x',
      object: 'chat.completion',
      created: 1,
      model: 'm',
      choices: [{ index: 0, message, finish_reason: 'tool_calls', logprobs: null }],
    };
    const deltas = chunksOf(completion).map(({ choices }) => choices[0]?.delta);
    expect(deltas).toEqual([
      { role: 'assistant', content: '' },
      { reasoning_content: 't' },
      { content: 'c' },
      { refusal: 'r' },
      { tool_calls: [{ index: 0, id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } }] },
      {},
    ]);
  });
});

/** The same chunk as several, its content and refusal cut into pieces. */
function splitTexts(whole: ChatChunk, sizes: number[]): ChatChunk[] {
  const [piece] = whole.choices;
  const name = piece?.delta.content ? 'content' : 'refusal';
  const words = piece?.delta[name];
  if (!piece || !words) return [whole];
  const parts: Delta[] = [];
  for (let at = 0; at < words.length;) {
    const end = at + 1 + (sizes[parts.length % sizes.length] ?? 0);
    parts.push({ ...(at === 0 ? piece.delta : {}), [name]: words.slice(at, end) });
    at = end;
  }
  return parts.map((delta, place): ChatChunk => {
    const { logprobs, ...rest } = piece;
    const part: ChunkChoice = { ...rest, ...(place === 0 && logprobs !== undefined ? { logprobs } : {}), delta };
    return { ...whole, choices: [part] };
  });
}

/** Chunks of the choices in turn; within a choice in order, usage last. */
function mixed(chunks: ChatChunk[]): ChatChunk[] {
  const queues = new Map<number | undefined, ChatChunk[]>();
  for (const each of chunks) {
    const index = each.choices[0]?.index;
    queues.set(index, [...(queues.get(index) ?? []), each]);
  }
  const last = queues.get(undefined) ?? [];
  queues.delete(undefined);
  const result: ChatChunk[] = [];
  while ([...queues.values()].some((queue) => queue.length > 0)) {
    for (const queue of queues.values()) result.push(...queue.splice(0, 1));
  }
  return [...result, ...last];
}
