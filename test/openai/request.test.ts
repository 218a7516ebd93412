import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseChatRequest } from '../../src/openai/request.ts';
import { wireTextOf } from '../../src/openai/wire-text.ts';
import { chat, message, MESSAGES } from './request-bodies.ts';

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

it.each(['Model', 'MODEL', 'mODEL'])('refuses a second name for the model: %s', (name) => {
  const body = { ...chat({}), [name]: 'another' };
  for (const input of [body, JSON.stringify(body)])
    expect(() => parseChatRequest(input)).toThrow(expect.objectContaining({ details: { param: name } }));
});
