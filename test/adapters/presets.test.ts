import fc from 'fast-check';
import {
  openaiCompatible,
  type OpenAICompatibleOptions,
  type PresetName,
  type Quirks,
} from 'nexusai-hub/adapters/openai-compatible';
import type { ChatMessage, ChatRequest } from 'nexusai-hub/ports';
import { describe, expect, it } from 'vitest';

import { cut } from '../../src/testing/answer-script.ts';
import { scriptedFetch } from '../../src/testing/scripted-fetch.ts';
import { bytesOf, chatFixtures, fixtureOf } from './fixtures.ts';
import { ask, expectAsManifestSays, requestOf } from './run-fixture.ts';

/** Where the presets lead, as providers.md section 7.1 has it; `undefined`: people run it themselves. */
const ADDRESSES: Readonly<Record<PresetName, string | undefined>> = {
  deepseek: 'https://api.deepseek.com/v1',
  qwen: 'https://dashscope.aliyuncs.com/compatible-mode/v1',
  moonshot: 'https://api.moonshot.cn/v1',
  xai: 'https://api.x.ai/v1',
  mistral: 'https://api.mistral.ai/v1',
  groq: 'https://api.groq.com/openai/v1',
  openrouter: 'https://openrouter.ai/api/v1',
  vllm: undefined,
  ollama: undefined,
};
const KEY = 'canary-4f1d0c7e9b';
const NAMES = Object.keys(ADDRESSES) as PresetName[];

const USER: ChatMessage = { role: 'user', content: 'hi' };
const STREAM = { sends: [bytesOf(fixtureOf('openai/chat-stream.sse'))] };

/** What is sent to a server of this name for a request. */
async function sentTo(
  preset: PresetName | undefined,
  request: Partial<ChatRequest>,
  quirks: Quirks = {},
): Promise<{ url: string; body: ChatRequest & Record<string, unknown> }> {
  let url = '';
  const { fetch, requests } = scriptedFetch(STREAM);
  const seeing: typeof fetch = (input, init) => {
    url = input instanceof Request ? input.url : String(input);
    return fetch(input, init);
  };
  const where = preset === undefined || ADDRESSES[preset] === undefined ? { baseUrl: 'http://own.test/v1' } : {};
  const options = { ...where, ...(preset ? { preset } : {}), apiKey: KEY, fetch: seeing, quirks };
  const provider = openaiCompatible(options as OpenAICompatibleOptions);
  expect((await ask(provider, { model: 'm', messages: [USER], ...request })).error).toBeUndefined();
  return { url, body: JSON.parse(new TextDecoder().decode(requests[0]!.body)) };
}

describe('presets', () => {
  it.each(NAMES)('%s: its address, its name', async (preset) => {
    const { url } = await sentTo(preset, { stream: true });
    expect(url).toBe(`${ADDRESSES[preset] ?? 'http://own.test/v1'}/chat/completions`);
    const own = openaiCompatible({ preset, baseUrl: 'http://own.test/v1', apiKey: KEY });
    expect(own.kind).toBe(preset);
    expect(openaiCompatible({ preset, baseUrl: 'http://own.test/v1', name: 'mine' }).kind).toBe('mine');
  });

  it.each(NAMES)('%s: its fixtures, whole and in pieces', async (preset) => {
    const fixtures = chatFixtures('compat').filter(({ file }) => file.startsWith(`compat/${preset}-`));
    expect(fixtures.length).toBeGreaterThan(0);
    for (const fixture of fixtures) {
      for (const [size, ...sizes] of [[1e9], [1], [7], [3, 1, 250]] as [number, ...number[]][]) {
        const { fetch } = scriptedFetch({ ...fixture.response, sends: cut(bytesOf(fixture), size, ...sizes) });
        const provider = openaiCompatible({ preset, baseUrl: 'http://own.test/v1', apiKey: KEY, fetch });
        expectAsManifestSays(fixture, await ask(provider, requestOf(fixture)));
      }
    }
  });

  it.each<[string, object, RegExp]>([
    ['an unknown name', { preset: 'deepsek', apiKey: KEY }, /preset must be one of "deepseek", .*; got "deepsek"/],
    ['no key', { preset: 'groq' }, /apiKey is missing; groq takes no request without one/],
    ['no address', { preset: 'vllm' }, /baseUrl is missing; vllm runs where you run it/],
  ])('%s is told', (_name, options, message) => {
    expect(() => openaiCompatible(options as OpenAICompatibleOptions)).toThrow(message);
  });

  it('a server of the same kind behind another address may need no key', () => {
    expect(openaiCompatible({ preset: 'deepseek', baseUrl: 'http://own.test' }).kind).toBe('deepseek');
  });

  it('a quirk of the owner goes before the preset', async () => {
    expect((await sentTo('deepseek', { stream: true })).body).not.toHaveProperty('stream_options');
    const asking = await sentTo('deepseek', { stream: true }, { usageInStream: 'ask' });
    expect(asking.body.stream_options).toEqual({ include_usage: true });
  });
});

/** A conversation with calls of these ids, each with its result. */
function calling(ids: readonly string[]): ChatMessage[] {
  return [
    USER,
    {
      role: 'assistant',
      content: null,
      tool_calls: ids.map((id) => ({ id, type: 'function', function: { name: 'f', arguments: '{}' } })),
    },
    ...ids.map((id): ChatMessage => ({ role: 'tool', tool_call_id: id, content: `of ${id}` })),
  ];
}

/** The ids of the calls and of their results, as they were sent. */
function idsOf(messages: readonly ChatMessage[]): { calls: string[]; results: string[] } {
  const calls = messages.flatMap((one) => (one.role === 'assistant' ? (one.tool_calls ?? []) : []));
  return {
    calls: calls.map(({ id }) => id),
    results: messages.flatMap((one) => (one.role === 'tool' ? [one.tool_call_id] : [])),
  };
}

describe('mistral: ids of tool calls', () => {
  it('any foreign ids become 9 letters and digits, different ones stay different, each result keeps its call', async () => {
    const id = fc.oneof(
      fc.string({ minLength: 1 }),
      fc.stringMatching(/^call_[a-zA-Z0-9]{24}$/),
      fc.stringMatching(/^[a-zA-Z0-9]{9}$/),
    );
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(id, { minLength: 1, maxLength: 6 }), async (ids) => {
        const { body } = await sentTo('mistral', { messages: calling(ids) });
        const { calls, results } = idsOf(body.messages);
        expect(calls).toEqual(results);
        expect(new Set(calls).size).toBe(ids.length);
        for (const [place, sent] of calls.entries()) {
          expect(sent).toMatch(/^[a-zA-Z0-9]{9}$/);
          if (/^[a-zA-Z0-9]{9}$/.test(ids[place]!)) expect(sent).toBe(ids[place]);
          expect(body.messages[2 + place]).toMatchObject({ content: `of ${ids[place]}` });
        }
      }),
      { numRuns: 50 },
    );
  });

  it('an id is the same in the next turn', async () => {
    const first = await sentTo('mistral', { messages: calling(['call_a']) });
    const next = await sentTo('mistral', { messages: [...calling(['call_a']), ...calling(['call_b']).slice(1)] });
    expect(idsOf(next.body.messages).calls[0]).toBe(idsOf(first.body.messages).calls[0]);
  });

  it('a name that is taken already is not given away', async () => {
    const { body } = await sentTo('mistral', { messages: calling(['call_a']) });
    const [made = ''] = idsOf(body.messages).calls;
    const { calls } = idsOf((await sentTo('mistral', { messages: calling(['call_a', made]) })).body.messages);
    expect(calls[1]).toBe(made);
    expect(calls[0]).not.toBe(made);
  });

  it('a request without foreign ids goes out as it came', async () => {
    const messages = calling(['gK2mPq7Xz']);
    expect((await sentTo('mistral', { messages, stream: true })).body).toEqual({ model: 'm', messages, stream: true });
  });
});

const TOOLS = ['f', 'g'].map((name) => ({ type: 'function' as const, function: { name } }));

describe('ollama', () => {
  it.each<[string, Partial<ChatRequest>, Partial<ChatRequest>]>([
    ['none', { tool_choice: 'none' }, {}],
    ['a name', { tool_choice: { type: 'function', function: { name: 'g' } } }, { tools: [TOOLS[1]!] }],
    ['an unknown name', { tool_choice: { type: 'function', function: { name: 'h' } } }, { tools: TOOLS }],
    ['auto', { tool_choice: 'auto' }, { tools: TOOLS }],
    ['required', { tool_choice: 'required' }, { tools: TOOLS }],
  ])('tool_choice %s', async (_name, given, wanted) => {
    const { body } = await sentTo('ollama', { tools: TOOLS, ...given });
    expect(body.tools).toEqual(wanted.tools);
  });

  it('knows the older name of the limit', async () => {
    const { body } = await sentTo('ollama', { max_completion_tokens: 7 });
    expect(body).toMatchObject({ max_tokens: 7 });
    expect(body).not.toHaveProperty('max_completion_tokens');
  });
});

describe('qwen: thinking', () => {
  it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ['a whole answer is asked for without it', {}, { enable_thinking: false }],
    [
      'with it, the answer is asked for as a stream',
      { enable_thinking: true },
      { enable_thinking: true, stream: true },
    ],
    ['a stream is the caller’s to say', { stream: true }, { stream: true }],
    ['a stream with it stays', { stream: true, enable_thinking: true }, { stream: true, enable_thinking: true }],
  ])('%s', async (_name, given, wanted) => {
    const { body } = await sentTo('qwen', given);
    const { model: _model, messages: _messages, stream_options: _options, ...rest } = body;
    expect(rest).toEqual(wanted);
  });
});

describe('reasoning in the history', () => {
  const messages: ChatMessage[] = [USER, { role: 'assistant', content: 'a', reasoning_content: 'r' }, USER];
  const [, , bare] = [USER, USER, { role: 'assistant', content: 'a' }];

  it.each<[Quirks['reasoningInHistory'], boolean]>([
    [undefined, true],
    [true, true],
    [false, false],
    [['m'], true],
    [['other'], false],
  ])('%j', async (rule, isSent) => {
    const { body } = await sentTo('deepseek', { messages }, rule === undefined ? {} : { reasoningInHistory: rule });
    expect(body.messages).toEqual(isSent ? messages : [USER, bare, USER]);
  });
});

describe('wrong quirks', () => {
  it.each<[object, RegExp]>([
    [{ toolCallIdLength: 0 }, /quirks.toolCallIdLength must be a whole number of at least 1/],
    [{ ignoresToolChoice: 1 }, /quirks.ignoresToolChoice must be one of true, false/],
    [{ reasoningInHistory: 'no' }, /quirks.reasoningInHistory must be one of true, false/],
    [{ reasoningInHistory: [''] }, /quirks.reasoningInHistory must be a list of names/],
    [{ thinkingSwitch: '' }, /quirks.thinkingSwitch must be a list of names/],
  ])('%j', (quirks, message) => {
    expect(() => openaiCompatible({ baseUrl: 'http://x', quirks })).toThrow(message);
  });
});
