import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NexusError } from '../../src/errors.ts';
import { parseChatRequest, parseEmbeddingRequest } from '../../src/openai/request.ts';
import { wireTextOf } from '../../src/openai/wire-text.ts';
import { oddObject } from './odd-json.ts';

const MESSAGES = [{ role: 'user', content: 'hi' }];
const CANARY = 'canary-7d1e9f';

function chat(members: Record<string, unknown> = {}): Record<string, unknown> {
  return { model: 'gpt-4o', messages: MESSAGES, ...members };
}

function message(members: Record<string, unknown>): Record<string, unknown> {
  return chat({ messages: [MESSAGES[0], members] });
}

/** The error a body gets; fails when it gets none. */
function refusal(
  parse: (input: Uint8Array | string | object) => object,
  input: Uint8Array | string | object,
): NexusError {
  try {
    parse(input);
  } catch (error) {
    if (error instanceof NexusError) return error;
    throw error;
  }
  throw new Error('The body passed.');
}

describe('a body that is right', () => {
  const text = ` ${JSON.stringify(chat({ temperature: 1.0 }))}\n`;

  it('from bytes: carries those bytes', () => {
    const bytes = Buffer.from(text);
    const request = parseChatRequest(bytes);
    expect(request).toEqual(JSON.parse(text));
    expect(wireTextOf(request)).toBe(bytes);
  });

  it('from text: carries that text', () => {
    expect(wireTextOf(parseChatRequest(text))).toBe(text);
  });

  it('as an object: is that object', () => {
    const body = chat({ unknown: { nested: [1] } });
    const before = structuredClone(body);
    expect(parseChatRequest(body)).toBe(body);
    expect(body).toEqual(before);
    expect(wireTextOf(body)).toBeUndefined();
  });

  it('with a byte order mark: is carried without it', () => {
    const marked = Buffer.from(`\uFEFF${text}`);
    expect(Buffer.from(wireTextOf(parseChatRequest(marked)) ?? '').toString()).toBe(text);
    expect(wireTextOf(parseChatRequest(`\uFEFF${text}`))).toBe(text);
  });

  it('any view of memory will do', () => {
    const memory = new Uint8Array(text.length + 20);
    memory.set(Buffer.from(text), 7);
    expect(parseChatRequest(memory.subarray(7, 7 + text.length)).model).toBe('gpt-4o');
  });

  it('keeps every character, in short bodies and long ones', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.constantFrom('', '杭州👋🏽é'.repeat(100), 'x'.repeat(2000)),
        (content, more) => {
          const body = chat({
            messages: [{ role: 'user', content: content.replaceAll(/[\ud800-\udfff]/g, '') + more }],
          });
          expect(parseChatRequest(Buffer.from(JSON.stringify(body)))).toEqual(body);
        },
      ),
    );
  });

  it.each<[string, Record<string, unknown>]>([
    [
      'members nobody here knows',
      chat({ enable_thinking: true, top_k: -1, prompt_cache_key: 'x', model_kwargs: { a: [{}] } }),
    ],
    [
      'null for what is optional',
      chat({ stream: null, stream_options: null, n: null, temperature: null, stop: null, tools: null, user: null }),
    ],
    [
      'what only some providers take',
      chat({ max_tokens: -1, temperature: 5, frequency_penalty: -9, logprobs: 1, seed: -3 }),
    ],
    ['lists of stops', chat({ stop: ['a', 'b'], modalities: ['text', 'audio'] })],
    [
      'every role',
      chat({ messages: ['system', 'developer', 'user', 'assistant'].map((role) => ({ role, content: 'x' })) }),
    ],
    [
      'a call and its answer',
      chat({
        messages: [
          ...MESSAGES,
          {
            role: 'assistant',
            content: null,
            tool_calls: [{ id: 'call_a', type: 'function', function: { name: 'f', arguments: '{}' } }],
          },
          { role: 'tool', tool_call_id: 'call_a', content: '' },
        ],
      }),
    ],
    [
      'a custom call',
      message({ role: 'assistant', tool_calls: [{ id: 'call_a', type: 'custom', custom: { name: 'f', input: 'x' } }] }),
    ],
    [
      'an assistant without content',
      message({ role: 'assistant', content: null, refusal: 'no', reasoning_content: 'hm' }),
    ],
    ['a function message', message({ role: 'function', name: 'f', content: null })],
    [
      'parts of every kind',
      message({
        role: 'user',
        content: [
          { type: 'text', text: '' },
          { type: 'image_url', image_url: { url: 'data:' } },
          { type: 'image_url', image_url: 'https://x' },
          { type: 'input_audio', input_audio: { data: '', format: 'wav' } },
          { type: 'file', file: { file_id: 'f' } },
          { type: 'video_url', video_url: 1 },
        ],
      }),
    ],
    [
      'tools of every kind',
      chat({
        tools: [
          { type: 'function', function: { name: 'f', parameters: {}, strict: null } },
          { type: 'custom', custom: {} },
          { type: 'web_search' },
        ],
      }),
    ],
    ['named like members of every object', chat({ constructor: 1, toString: null, hasOwnProperty: {} })],
  ])('may hold %s', (_name, body) => {
    expect(parseChatRequest(Buffer.from(JSON.stringify(body)))).toEqual(body);
    expect(parseChatRequest(body)).toBe(body);
  });
});

describe('a body that is wrong', () => {
  it.each<[unknown, string | undefined, string]>([
    [{ messages: MESSAGES }, 'model', 'model must be a string, got nothing'],
    [chat({ model: '' }), 'model', 'model must not be empty, got an empty string'],
    [chat({ model: 7 }), 'model', 'model must be a string, got 7'],
    [chat({ model: null }), 'model', 'model must be a string, got null'],
    [{ model: 'm' }, 'messages', 'messages must be a list, got nothing'],
    [chat({ messages: [] }), 'messages', 'messages must hold at least one message, got an empty list'],
    [chat({ messages: CANARY }), 'messages', 'messages must be a list, got a string'],
    [chat({ messages: { 0: {} } }), 'messages', 'messages must be a list, got an object'],
    [chat({ messages: [null] }), 'messages[0]', 'messages[0] must be an object, got null'],
    [chat({ messages: [CANARY] }), 'messages[0]', 'messages[0] must be an object, got a string'],
    [chat({ messages: [[]] }), 'messages[0]', 'messages[0] must be an object, got an empty list'],
    [
      chat({ messages: [MESSAGES[0], {}] }),
      'messages[1].role',
      'messages[1].role must be one of system, developer, user, assistant, tool, function, got nothing',
    ],
    [
      message({ role: CANARY, content: 'x' }),
      'messages[1].role',
      'messages[1].role must be one of system, developer, user, assistant, tool, function, got a string',
    ],
    [
      message({ role: 'constructor', content: 'x' }),
      'messages[1].role',
      'messages[1].role must be one of system, developer, user, assistant, tool, function, got a string',
    ],
    [
      message({ role: 'user' }),
      'messages[1].content',
      'messages[1].content must be a string or a list of parts, got nothing',
    ],
    [
      message({ role: 'user', content: null }),
      'messages[1].content',
      'messages[1].content must be a string or a list of parts, got null',
    ],
    [
      message({ role: 'user', content: { text: CANARY } }),
      'messages[1].content',
      'messages[1].content must be a string or a list of parts, got an object',
    ],
    [
      message({ role: 'assistant', content: 1 }),
      'messages[1].content',
      'messages[1].content must be a string or a list of parts, got 1',
    ],
    [
      message({ role: 'user', content: 'x', name: [CANARY] }),
      'messages[1].name',
      'messages[1].name must be a string, got a list',
    ],
    [
      message({ role: 'user', content: [CANARY] }),
      'messages[1].content[0]',
      'messages[1].content[0] must be an object, got a string',
    ],
    [
      message({ role: 'user', content: [{ text: CANARY }] }),
      'messages[1].content[0].type',
      'messages[1].content[0].type must be a string, got nothing',
    ],
    [
      message({ role: 'user', content: [{ type: 'text' }] }),
      'messages[1].content[0].text',
      'messages[1].content[0].text must be a string, got nothing',
    ],
    [
      message({
        role: 'user',
        content: [
          { type: 'text', text: 'x' },
          { type: 'image_url', image_url: {} },
        ],
      }),
      'messages[1].content[1].image_url',
      'messages[1].content[1].image_url must be an object with a url, got an object',
    ],
    [
      message({ role: 'user', content: [{ type: 'input_audio', input_audio: { data: 1 } }] }),
      'messages[1].content[0].input_audio.data',
      'messages[1].content[0].input_audio.data must be a string, got 1',
    ],
    [
      message({ role: 'tool', content: 'x' }),
      'messages[1].tool_call_id',
      'messages[1].tool_call_id must be a string, got nothing',
    ],
    [
      message({ role: 'tool', content: 'x', tool_call_id: '' }),
      'messages[1].tool_call_id',
      'messages[1].tool_call_id must not be empty, got an empty string',
    ],
    [message({ role: 'function', content: 'x' }), 'messages[1].name', 'messages[1].name must be a string, got nothing'],
    [
      message({ role: 'assistant', tool_calls: {} }),
      'messages[1].tool_calls',
      'messages[1].tool_calls must be a list, got an object',
    ],
    [
      message({ role: 'assistant', tool_calls: [null] }),
      'messages[1].tool_calls[0]',
      'messages[1].tool_calls[0] must be an object, got null',
    ],
    [
      message({ role: 'assistant', tool_calls: [{ id: 'a', function: { name: 'f', arguments: { q: CANARY } } }] }),
      'messages[1].tool_calls[0].function.arguments',
      'messages[1].tool_calls[0].function.arguments must be a string, got an object',
    ],
    [
      message({ role: 'assistant', tool_calls: [{ function: { name: 'f', arguments: '' } }] }),
      'messages[1].tool_calls[0].id',
      'messages[1].tool_calls[0].id must be a string, got nothing',
    ],
    [chat({ stream: 'true' }), 'stream', 'stream must be true or false, got a string'],
    [chat({ stream_options: true }), 'stream_options', 'stream_options must be an object, got true'],
    [chat({ n: 0 }), 'n', 'n must be at least 1, got 0'],
    [chat({ n: 1.5 }), 'n', 'n must be a whole number, got 1.5'],
    [chat({ n: '2' }), 'n', 'n must be a whole number, got a string'],
    [chat({ max_tokens: 10.5 }), 'max_tokens', 'max_tokens must be a whole number, got 10.5'],
    [chat({ temperature: -0.1 }), 'temperature', 'temperature must not be negative, got -0.1'],
    [chat({ temperature: 'hot' }), 'temperature', 'temperature must be a number, got a string'],
    [chat({ top_p: 1.1 }), 'top_p', 'top_p must be between 0 and 1, got 1.1'],
    [chat({ stop: 1 }), 'stop', 'stop must be a string or a list of strings, got 1'],
    [chat({ stop: ['a', 1] }), 'stop[1]', 'stop[1] must be a string, got 1'],
    [chat({ modalities: [null] }), 'modalities[0]', 'modalities[0] must be a string, got null'],
    [chat({ tools: 'f' }), 'tools', 'tools must be a list, got a string'],
    [chat({ tools: [{}] }), 'tools[0].type', 'tools[0].type must be a string, got nothing'],
    [chat({ tools: [{ type: 'function' }] }), 'tools[0].function', 'tools[0].function must be an object, got nothing'],
    [
      chat({ tools: [{ type: 'function', function: { name: '' } }] }),
      'tools[0].function.name',
      'tools[0].function.name must not be empty, got an empty string',
    ],
    [chat({ response_format: 'json' }), 'response_format', 'response_format must be an object, got a string'],
    [chat({ metadata: [] }), 'metadata', 'metadata must be an object, got an empty list'],
    [chat({ user: 7 }), 'user', 'user must be a string, got 7'],
    [[], undefined, 'The request body must be a JSON object with model and messages.'],
    [null, undefined, 'The request body must be a JSON object with model and messages.'],
    ['text', undefined, 'The request body must be a JSON object with model and messages.'],
  ])('%j: %s', (body, param, rule) => {
    const error = refusal(parseChatRequest, Buffer.from(JSON.stringify(body)));
    expect(error.code).toBe('request_invalid');
    expect(error.details.param).toBe(param);
    expect(error.message).toBe(rule);
    expect(error.cause).toBeUndefined();
    expect(JSON.stringify([error.message, error.details])).not.toContain(CANARY);
    if (typeof body === 'object' && body !== null) expect(refusal(parseChatRequest, body).message).toBe(rule);
  });

  it.each([
    ['', 'The request body is empty; send a JSON object with model and messages.'],
    [' \r\n\t', 'The request body is empty; send a JSON object with model and messages.'],
    ['{', 'The request body is not valid JSON: see line 1, column 2.'],
    [`{"model":"${CANARY}",}`, `The request body is not valid JSON: see line 1, column ${CANARY.length + 13}.`],
    [`{\n  "model": "m",\n  messages: "${CANARY}"\n}`, 'The request body is not valid JSON: see line 3, column 3.'],
    [CANARY, 'The request body is not valid JSON: see line 1, column 1.'],
    ['<!doctype html>', 'The request body is not valid JSON: see line 1, column 1.'],
    [`{"a":"${'x'.repeat(1_100_000)}`, 'The request body is not valid JSON.'],
  ])('%.40j is no JSON, and is told where without being quoted', (text, rule) => {
    for (const input of [text, Buffer.from(text)]) {
      const error = refusal(parseChatRequest, input);
      expect(error).toMatchObject({ code: 'request_invalid', message: rule });
      expect(error.cause).toBeUndefined();
    }
  });

  it('is told when it is no UTF-8, instead of being changed', () => {
    const bytes = Buffer.from(JSON.stringify(chat({ user: 'xyz' })));
    bytes[bytes.indexOf('xyz')] = 0xff;
    expect(refusal(parseChatRequest, bytes).message).toBe('The request body is not valid UTF-8.');
  });

  it('nesting of 20,000 levels is refused, not a stack overflow', () => {
    for (const [open, close] of [
      ['[', ']'],
      ['{"a":', '}'],
    ] as const) {
      const deep = `${open.repeat(20_000)}1${close.repeat(20_000)}`;
      for (const text of [
        `{"model":"m","messages":${deep}}`,
        `{"model":"m","messages":[{"role":"user","content":${deep}}]}`,
        `{"x":${deep}}`,
      ]) {
        expect(refusal(parseChatRequest, Buffer.from(text)).message).toMatch(/deeper than 128 levels/);
        expect(refusal(parseChatRequest, JSON.parse(text) as object).message).toMatch(/deeper than 128 levels/);
      }
      expect(refusal(parseChatRequest, deep).message).toMatch(/JSON object|128 levels/);
      expect(refusal(parseChatRequest, open.repeat(20_000)).message).toMatch(/not valid JSON/);
    }
  });

  it('may be nested 128 levels deep, not 129', () => {
    const nested = (levels: number): string =>
      JSON.stringify(chat()).replace('{', `{"x":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)},`);
    expect(parseChatRequest(nested(128)).model).toBe('gpt-4o');
    expect(refusal(parseChatRequest, nested(129)).message).toMatch(/128/);
  });

  it('an object that holds itself is refused', () => {
    const body = chat();
    body['self'] = body;
    expect(refusal(parseChatRequest, body).message).toMatch(/128/);
  });

  it('members of the prototype are no members', () => {
    const error = refusal(parseChatRequest, '{"__proto__":{"model":"m","messages":[{"role":"user","content":"x"}]}}');
    expect(error.details.param).toBe('model');
    const request = parseChatRequest(
      `{"__proto__":{"polluted":1},"model":"m","messages":[{"role":"user","content":"x","__proto__":{"role":1}}]}`,
    );
    expect(Object.getPrototypeOf(request)).toBe(Object.prototype);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('a million mistakes cost no more than one', () => {
    const body = chat({ messages: Array.from({ length: 1_000_000 }, () => null) });
    expect(refusal(parseChatRequest, body).details.param).toBe('messages[0]');
  });

  it('whatever comes, only a NexusError that quotes nothing comes out', () => {
    const names = ['model', 'messages', 'role', 'content', 'tools', 'stop', 'input'];
    fc.assert(
      fc.property(fc.oneof(oddObject(names), fc.string({ unit: 'binary' }), fc.uint8Array()), (input) => {
        for (const parse of [parseChatRequest, parseEmbeddingRequest]) {
          try {
            parse(input);
          } catch (error) {
            expect(error).toMatchObject({ name: 'NexusError', code: 'request_invalid' });
          }
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('parseEmbeddingRequest', () => {
  const embedding = (input: unknown, members = {}): Record<string, unknown> => ({ model: 'm', input, ...members });

  it.each([
    [embedding('x')],
    [embedding('')],
    [embedding(['a', 'b'])],
    [embedding([1, 2, 3])],
    [embedding([[1, 2], [3]])],
    [embedding('x', { encoding_format: 'base64', dimensions: 256, user: null, input_type: 'query' })],
  ])('%j passes', (body) => {
    const bytes = Buffer.from(JSON.stringify(body));
    const request = parseEmbeddingRequest(bytes);
    expect(request).toEqual(body);
    expect(wireTextOf(request)).toBe(bytes);
  });

  it.each([
    [{ input: 'x' }, 'model', 'model must be a string, got nothing'],
    [{ model: 'm' }, 'input', 'input must be a string or a list, got nothing'],
    [embedding(null), 'input', 'input must be a string or a list, got null'],
    [embedding([]), 'input', 'input must not be empty, got an empty list'],
    [embedding(['a', 1]), 'input[1]', 'input[1] must be a string, got 1'],
    [embedding([1, 'a']), 'input[1]', 'input[1] must be a token number, got a string'],
    [embedding([1.5]), 'input[0]', 'input[0] must be a token number, got 1.5'],
    [embedding([[1], ['a']]), 'input[1][0]', 'input[1][0] must be a token number, got a string'],
    [embedding([null]), 'input[0]', 'input[0] must be a string or a list of token numbers, got null'],
    [embedding('x', { dimensions: 0 }), 'dimensions', 'dimensions must be at least 1, got 0'],
    [embedding('x', { encoding_format: 1 }), 'encoding_format', 'encoding_format must be a string, got 1'],
  ])('%j: %s', (body, param, rule) => {
    expect(refusal(parseEmbeddingRequest, body)).toMatchObject({
      code: 'request_invalid',
      message: rule,
      details: { param },
    });
  });

  it('names what it needs', () => {
    expect(refusal(parseEmbeddingRequest, '').message).toBe(
      'The request body is empty; send a JSON object with model and input.',
    );
  });
});
