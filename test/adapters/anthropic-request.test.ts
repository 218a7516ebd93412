import { anthropic, type AnthropicOptions } from 'nexusai-hub/adapters/anthropic';
import type { ChatMessage, ChatRequest } from 'nexusai-hub/ports';
import { describe, expect, it } from 'vitest';

import { bodyIn, message, type SentBody, sentText } from './sent-body.ts';

const USER: ChatMessage = { role: 'user', content: 'hi' };
const REQUEST: ChatRequest = { model: 'claude-sonnet-4-5', messages: [USER] };
const WEATHER = {
  type: 'function' as const,
  function: { name: 'weather', description: 'd', parameters: { properties: { city: { type: 'string' } } } },
};

/** The body that is sent for a request. */
async function sent(request: Partial<ChatRequest>, options: Partial<AnthropicOptions> = {}): Promise<SentBody> {
  const make = (fetch: typeof globalThis.fetch): ReturnType<typeof anthropic> =>
    anthropic({ apiKey: 'k', fetch, ...options });
  return bodyIn(await sentText(make, 'anthropic/message-ok.json', { ...REQUEST, ...request }));
}

describe('tools for Anthropic', () => {
  it('declare an object, also without parameters', async () => {
    const bare = { type: 'function' as const, function: { name: 'now' } };
    const { tools } = await sent({ tools: [WEATHER, bare] });
    expect(tools).toEqual([
      { name: 'weather', description: 'd', input_schema: { type: 'object', properties: { city: { type: 'string' } } } },
      { name: 'now', input_schema: { type: 'object', properties: {} } },
    ]);
  });

  it.each<[Partial<ChatRequest>, unknown]>([
    [{}, undefined],
    [{ tool_choice: 'auto' }, { type: 'auto' }],
    [{ tool_choice: 'required' }, { type: 'any' }],
    [{ tool_choice: 'none' }, { type: 'none' }],
    [{ tool_choice: { type: 'function', function: { name: 'weather' } } }, { type: 'tool', name: 'weather' }],
    [{ parallel_tool_calls: true }, undefined],
    [{ parallel_tool_calls: false }, { type: 'auto', disable_parallel_tool_use: true }],
    [
      { parallel_tool_calls: false, tool_choice: 'required' },
      { type: 'any', disable_parallel_tool_use: true },
    ],
    [{ parallel_tool_calls: false, tool_choice: 'none' }, { type: 'none' }],
  ])('%j is the choice %j', async (request, choice) => {
    expect((await sent({ ...request, tools: [WEATHER] })).tool_choice).toEqual(choice);
    expect(await sent({ parallel_tool_calls: false })).not.toHaveProperty('tool_choice');
  });

  it('strict goes to the models that have it; tools of its own go as they are', async () => {
    const strict = { ...WEATHER, function: { ...WEATHER.function, strict: true } };
    expect((await sent({ tools: [strict] })).tools[0]!['strict']).toBe(true);
    expect((await sent({ tools: [strict], model: 'claude-opus-4-20250514' })).tools[0]).not.toHaveProperty('strict');
    const search = JSON.parse('{"type":"web_search_20250305","name":"web_search"}');
    expect((await sent({ tools: [search] })).tools).toEqual([search]);
  });

  it('a conversation with calls declares their tools, not to be called again', async () => {
    const calls = [{ id: 'a', type: 'function', function: { name: 'gone', arguments: '' } }];
    const body = await sent({ messages: [USER, message({ role: 'assistant', tool_calls: calls })] });
    expect(body).toMatchObject({
      tools: [{ name: 'gone', input_schema: { type: 'object' } }],
      tool_choice: { type: 'none' },
    });
  });
});

describe('the answer asked of Anthropic', () => {
  it.each<[Partial<ChatRequest>, object]>([
    [{}, { max_tokens: 8192 }],
    [{ max_tokens: 5 }, { max_tokens: 5 }],
    [{ max_tokens: 5, max_completion_tokens: 6 }, { max_tokens: 6 }],
    [
      { temperature: 0.5, top_p: 0.3 },
      { max_tokens: 8192, temperature: 0.5, top_p: 0.3 },
    ],
    [{ temperature: 1.7 }, { max_tokens: 8192, temperature: 1 }],
    [{ stop: 'x' }, { max_tokens: 8192, stop_sequences: ['x'] }],
    [{ stop: [] }, { max_tokens: 8192 }],
    [{ user: 'u' }, { max_tokens: 8192, metadata: { user_id: 'u' } }],
    [
      { metadata: { user_id: 'v', other: 'x' }, user: 'u' },
      { max_tokens: 8192, metadata: { user_id: 'v' } },
    ],
    [
      { seed: 1, frequency_penalty: 1, presence_penalty: 1, store: true, stream_options: {}, n: 1, logprobs: false },
      { max_tokens: 8192 },
    ],
    [{ response_format: { type: 'text' } }, { max_tokens: 8192 }],
  ])('%j', async (request, wanted) => {
    const { model: _model, messages: _messages, ...rest } = await sent(request);
    expect(rest).toEqual(wanted);
  });

  it('members of Anthropic’s own go along and win', async () => {
    const own = { top_k: 3, thinking: { type: 'enabled', budget_tokens: 2000 }, service_tier: 'standard_only' };
    expect(await sent({ ...own, reasoning_effort: 'high', temperature: 0.2 })).toEqual({
      model: 'claude-sonnet-4-5',
      max_tokens: 8192,
      messages: expect.anything(),
      ...own,
    });
    expect(await sent({ service_tier: 'flex' } as object)).not.toHaveProperty('service_tier');
  });

  const BUDGET = { type: 'enabled', budget_tokens: 8192 };
  it.each<[string, Partial<ChatRequest>, object]>([
    ['claude-sonnet-4-5', {}, { max_tokens: 16_384, thinking: BUDGET }],
    ['claude-3-7-sonnet-20250219', { temperature: 0.2, top_p: 0.5 }, { max_tokens: 16_384, thinking: BUDGET }],
    ['claude-opus-4-20250514', { top_p: 0.97 }, { max_tokens: 16_384, thinking: BUDGET, top_p: 0.97 }],
    ['kimi-k3', { max_tokens: 9000 }, { max_tokens: 9000, thinking: BUDGET }],
    [
      'claude-sonnet-4-5',
      { max_tokens: 2000 },
      { max_tokens: 2000, thinking: { type: 'enabled', budget_tokens: 1999 } },
    ],
    ['claude-sonnet-4-5', { max_tokens: 1024 }, { max_tokens: 1024 }],
    ['claude-3-5-sonnet-20241022', {}, { max_tokens: 8192 }],
    ['claude-sonnet-4-5', { reasoning_effort: 'none' }, { max_tokens: 8192 }],
    ...['claude-opus-4-6', 'claude-opus-4-7', 'claude-sonnet-5', 'claude-next'].map(
      (model): [string, object, object] => [
        model,
        {},
        {
          max_tokens: 8192,
          thinking: { type: 'adaptive', display: 'summarized' },
          output_config: { effort: 'medium' },
        },
      ],
    ),
    ['claude-opus-4-7', { reasoning_effort: 'none', temperature: 0.5, top_p: 0.5 }, { max_tokens: 8192 }],
    ['claude-opus-4-6', { reasoning_effort: 'none', temperature: 0.5 }, { max_tokens: 8192, temperature: 0.5 }],
  ])('%s thinks with effort medium and %j', async (model, request, wanted) => {
    const body = await sent({ model, reasoning_effort: 'medium', ...request });
    expect(body).toEqual({ model, messages: expect.anything(), ...wanted });
  });

  it.each([
    ['minimal', 'low'],
    ['xhigh', 'max'],
    ['max', 'max'],
  ])('effort %s is %s for Claude 4.6', async (effort, wanted) => {
    const body = await sent({ model: 'claude-sonnet-4-6', reasoning_effort: effort });
    expect(body.output_config).toEqual({ effort: wanted });
  });

  it('no thinking where a tool is forced, or where the thinking before a call did not come back', async () => {
    const effort = { reasoning_effort: 'high' };
    expect(await sent({ ...effort, tools: [WEATHER], tool_choice: 'required' })).not.toHaveProperty('thinking');
    const calls = [{ id: 'a', type: 'function', function: { name: 'weather', arguments: '' } }];
    const turns = (thinking: object): ChatMessage[] => [
      USER,
      message({ role: 'assistant', tool_calls: calls, ...thinking }),
      { role: 'tool', tool_call_id: 'a', content: 'sun' },
    ];
    expect(await sent({ ...effort, tools: [WEATHER], messages: turns({}) })).not.toHaveProperty('thinking');
    const blocks = { thinking_blocks: [{ type: 'thinking', thinking: 't', signature: 's' }] };
    expect(await sent({ ...effort, tools: [WEATHER], messages: turns(blocks) })).toHaveProperty('thinking');
  });

  const SCHEMA = { type: 'object', properties: { a: { type: 'string' } }, additionalProperties: false };
  const format = { type: 'json_schema', json_schema: { name: 'answer', schema: SCHEMA, strict: true } };

  it('a schema is a format where the model has formats, beside tools and effort', async () => {
    const body = await sent({
      model: 'claude-opus-4-6',
      response_format: format,
      tools: [WEATHER],
      reasoning_effort: 'low',
    });
    expect(body.output_config).toEqual({ effort: 'low', format: { type: 'json_schema', schema: SCHEMA } });
    expect(body.tools).toHaveLength(1);
  });

  it.each([
    ['claude-3-7-sonnet-latest', format, 'answer', SCHEMA],
    ['claude-opus-4-7', { type: 'json_object' }, 'json', { type: 'object' }],
  ])('else a forced tool: %s', async (model, wanted, name, schema) => {
    const body = await sent({ model, response_format: wanted, reasoning_effort: 'low' });
    expect(body.tools).toEqual([{ name, description: 'The answer, as JSON.', input_schema: schema }]);
    expect(body.tool_choice).toEqual({ type: 'tool', name });
    expect(body).not.toHaveProperty('thinking');
  });

  it('options decide where a name says too little', async () => {
    const told = { thinking: 'adaptive', structuredOutput: 'format', maxTokens: 77 } as const;
    const body = await sent({ model: 'proxy-model', response_format: format, reasoning_effort: 'low' }, told);
    expect(body).toMatchObject({ max_tokens: 77, thinking: { type: 'adaptive' }, output_config: { effort: 'low' } });
    expect(body.output_config!['format']).toBeDefined();
  });
});
