import { completionOf, isNexusError, wireTextOf } from 'nexusai-hub/provider-kit';
import { describe, expect, it } from 'vitest';

const BYTES = new Uint8Array([1]);
const DEFAULTS = { model: 'asked', created: 1_770_000_000 };
const NORMAL = {
  id: 'c1',
  object: 'chat.completion',
  created: 1_770_000_001,
  model: 'm1',
  choices: [
    { index: 0, message: { role: 'assistant', content: 'hi', refusal: null }, logprobs: null, finish_reason: 'stop' },
  ],
  usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 },
};

function read(raw: object): ReturnType<typeof completionOf> {
  return completionOf({ ...raw }, BYTES, DEFAULTS);
}

function readChoice(choice: object): Record<string, unknown> {
  return { ...read({ ...NORMAL, choices: [{ ...NORMAL.choices[0], ...choice }] }).choices[0] };
}

describe('completions', () => {
  it('in normal form are handed on as they are, with their bytes', () => {
    const completion = read(NORMAL);
    expect(completion).toEqual(NORMAL);
    expect(wireTextOf(completion)).toBe(BYTES);
  });

  it.each<[string, object, object]>([
    ['no id', { id: '' }, { id: expect.stringMatching(/^chatcmpl-.+/) }],
    ['no model', { model: null }, { model: 'asked' }],
    ['no time', { created: 0 }, { created: 1_770_000_000 }],
    ['a time with fractions', { created: 1_770_000_001.5 }, { created: 1_770_000_001 }],
    ['another object', { object: '' }, { object: 'chat.completion' }],
    ['usage under a name of its own', { usage: null, x_groq: { usage: NORMAL.usage } }, { usage: NORMAL.usage }],
    [
      'cached tokens elsewhere',
      { usage: { ...NORMAL.usage, cached_tokens: 1 } },
      { usage: { prompt_tokens_details: { cached_tokens: 1 } } },
    ],
  ])('repaired: %s', (_name, raw, wanted) => {
    const completion = read({ ...NORMAL, ...raw, extra: 1 });
    expect(completion).toMatchObject({ ...wanted, extra: 1 });
    expect(wireTextOf(completion)).toBeUndefined();
  });

  it.each([[null], [{ prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 }], ['none']])(
    'S11: usage %j is none',
    (usage) => {
      expect(read({ ...NORMAL, usage })).not.toHaveProperty('usage');
    },
  );

  it.each<[object, object]>([
    [{ reasoning: 'so' }, { reasoning_content: 'so' }],
    [{ reasoning: '' }, { content: 'hi' }],
    [{ reasoning: 'so', reasoning_content: 'first' }, { reasoning_content: 'first' }],
    [
      {
        content: [
          { type: 'thinking', thinking: [{ type: 'text', text: 'so' }] },
          { type: 'text', text: 'hi' },
          { type: 'reference', ids: [1] },
        ],
      },
      { content: 'hi', reasoning_content: 'so', content_parts: [{ type: 'reference', ids: [1] }] },
    ],
    [{ content: undefined }, { content: null }],
    [{ role: '' }, { role: 'assistant' }],
  ])('message %j', (given, wanted) => {
    const { message } = readChoice({ message: { ...NORMAL.choices[0]!.message, ...given } });
    expect(message).toMatchObject(wanted);
  });

  it('tool calls get what they lack, arguments are never parsed', () => {
    const calls = [
      { id: 'a', type: 'function', function: { name: 'f', arguments: '{"x": 1.0}' } },
      { function: { name: 'g', arguments: { y: 1 } } },
      { id: '', type: 'function', function: { name: 'h' } },
    ];
    const choice = readChoice({ message: { role: 'assistant', content: null, tool_calls: calls } });
    const { tool_calls: read } = choice['message'] as { tool_calls: { id: string }[] };
    expect(read[0]).toBe(calls[0]);
    expect(read[1]).toMatchObject({
      id: expect.stringMatching(/^call_/),
      type: 'function',
      function: { name: 'g', arguments: '{"y":1}' },
    });
    expect(read[2]).toMatchObject({ function: { name: 'h', arguments: '' } });
    expect(new Set(read.map(({ id }) => id)).size).toBe(3);
    expect(choice).toMatchObject({ finish_reason: 'tool_calls', native_finish_reason: 'stop' });
  });

  it.each([
    ['eos', 'stop', 'eos'],
    ['length', 'length', undefined],
    [null, 'stop', undefined],
    ['', 'stop', undefined],
  ])('finish %j is %s', (native, finish, kept) => {
    const choice = readChoice({ finish_reason: native });
    expect(choice['finish_reason']).toBe(finish);
    expect(choice['native_finish_reason']).toBe(kept);
  });

  it.each<[string, object, string]>([
    ['no choices', { choices: [] }, 'malformed_response'],
    ['choices: null', { choices: null }, 'malformed_response'],
    ['a choice without a message', { choices: [{ index: 0 }] }, 'malformed_response'],
    ['a choice that is null', { choices: [null] }, 'malformed_response'],
    ['error as the finish', { choices: [{ ...NORMAL.choices[0], finish_reason: 'error' }] }, 'provider_unavailable'],
    [
      'no resources',
      { choices: [{ ...NORMAL.choices[0], finish_reason: 'insufficient_system_resource' }] },
      'provider_overloaded',
    ],
  ])('%s', (_name, raw, code) => {
    let thrown: unknown;
    try {
      read({ ...NORMAL, ...raw });
    } catch (error) {
      thrown = error;
    }
    expect(isNexusError(thrown) && thrown.code).toBe(code);
  });
});
