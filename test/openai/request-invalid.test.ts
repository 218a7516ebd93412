import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseChatRequest, parseEmbeddingRequest } from '../../src/openai/request.ts';
import { oddObject } from './odd-json.ts';
import { CANARY, chat, message, MESSAGES, refusal } from './request-bodies.ts';

describe('a body that is wrong', () => {
  it.each<[unknown, string | undefined, string]>([
    [{ messages: MESSAGES }, 'model', 'model must be a string, got nothing'],
    [chat({ model: '' }), 'model', 'model must not be empty, got an empty string'],
    [chat({ model: 'm'.repeat(257) }), 'model', 'model must have at most 256 characters, got a string'],
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
