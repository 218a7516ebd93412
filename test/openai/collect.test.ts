import { describe, expect, it } from 'vitest';
import { Collector } from '../../src/openai/collect.ts';
import type { ChatChunk, ChatCompletion } from '../../src/openai/types.ts';
import { collect } from './collecting.ts';
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
        said({ audio: { id: null, data: 'BB', expires_at: 9 } }),
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

  it('joins log probabilities of a refusal', () => {
    const tokens = ['I', ' can not'].map((text) => ({ token: text, logprob: -1, bytes: null, top_logprobs: [] }));
    const chunks = tokens.map((each) =>
      said({ refusal: each.token }, { logprobs: { content: null, refusal: [each] } }),
    );
    expect(collect([...chunks, ended()]).choices[0]?.logprobs).toEqual({ content: null, refusal: tokens });
  });

  it('collects calls with members nobody here knows, whenever they come', () => {
    const completion = collect([
      said({ tool_calls: [{ index: 0, id: 'a', type: 'custom', custom: { name: 'sql', input: 'select' } }] }),
      said({
        tool_calls: [
          { index: 0, custom: { input: ' 1' } },
          { index: 1, id: 'b', type: 'function', function: { name: 'f', arguments: '' } },
        ],
      }),
      said({
        tool_calls: [
          { index: 0, x_note: 1 },
          { index: 1, function: { arguments: '{}', x_strict: true } },
        ],
      }),
      ended('tool_calls'),
    ]);
    expect(completion.choices[0]?.message.tool_calls).toEqual([
      { id: 'a', type: 'custom', custom: { name: 'sql', input: 'select 1' }, x_note: 1 },
      { id: 'b', type: 'function', function: { name: 'f', arguments: '{}', x_strict: true } },
    ]);
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
