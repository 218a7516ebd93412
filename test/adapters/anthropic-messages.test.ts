import { anthropic } from 'nexusai-hub/adapters/anthropic';
import type { ChatMessage, ChatRequest } from 'nexusai-hub/ports';
import { describe, expect, it } from 'vitest';

import { bodyIn, message, type SentBody, sentText, type SentTurn } from './sent-body.ts';

const USER: ChatMessage = { role: 'user', content: 'hi' };
const REQUEST: ChatRequest = { model: 'claude-sonnet-4-5', messages: [USER] };
const WEATHER = {
  type: 'function' as const,
  function: { name: 'weather', description: 'd', parameters: { properties: { city: { type: 'string' } } } },
};
const PNG = 'data:image/png;base64,iVBORw==';

async function textFor(request: Partial<ChatRequest>): Promise<string> {
  return sentText((fetch) => anthropic({ apiKey: 'k', fetch }), 'anthropic/message-ok.json', {
    ...REQUEST,
    ...request,
  });
}

/** The body that is sent for a request. */
async function sent(request: Partial<ChatRequest>): Promise<SentBody> {
  return bodyIn(await textFor(request));
}

async function conversation(...messages: ChatMessage[]): Promise<readonly SentTurn[]> {
  return (await sent({ messages })).messages;
}

describe('messages for Anthropic', () => {
  it('system and developer messages are joined at the top', async () => {
    const { system, messages } = await sent({
      messages: [{ role: 'system', content: 'a' }, USER, { role: 'developer', content: [{ type: 'text', text: 'b' }] }],
    });
    expect(system).toEqual([
      { type: 'text', text: 'a' },
      { type: 'text', text: 'b' },
    ]);
    expect(messages).toEqual([{ role: 'user', content: [{ type: 'text', text: 'hi' }] }]);
    expect(await sent({})).not.toHaveProperty('system');
  });

  it('neighbours of one side become one turn; what is empty is left out', async () => {
    const turns = await conversation(USER, { role: 'user', content: ' ' }, { role: 'assistant', content: null }, USER, {
      role: 'assistant',
      content: 'ok',
    });
    expect(turns).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'hi' },
          { type: 'text', text: 'hi' },
        ],
      },
      { role: 'assistant', content: [{ type: 'text', text: 'ok' }] },
    ]);
  });

  it('pictures, files and marks of the cache', async () => {
    const parts = [
      { type: 'text', text: 'see', cache_control: { type: 'ephemeral' } },
      { type: 'image_url', image_url: { url: PNG, detail: 'high' } },
      { type: 'image_url', image_url: { url: 'https://a.test/b.png' } },
      { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBERi0=' } },
      { type: 'file', file: { file_data: 'data:text/plain;base64,5L2g5aW9' } },
      { type: 'file', file: { file_id: 'file_011' } },
      { type: 'search_result', source: 'own' },
    ];
    const [turn] = await conversation(message({ role: 'user', content: parts }));
    expect(turn!.content).toEqual([
      { type: 'text', text: 'see', cache_control: { type: 'ephemeral' } },
      { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'iVBORw==' } },
      { type: 'image', source: { type: 'url', url: 'https://a.test/b.png' } },
      {
        type: 'document',
        source: { type: 'base64', media_type: 'application/pdf', data: 'JVBERi0=' },
        title: 'a.pdf',
      },
      { type: 'document', source: { type: 'text', media_type: 'text/plain', data: '你好' } },
      { type: 'document', source: { type: 'file', file_id: 'file_011' } },
      { type: 'search_result', source: 'own' },
    ]);
  });

  it('parallel calls and their results: joined, results first, ids in its alphabet, every digit kept', async () => {
    const call = (id: string, text: string): object => ({
      id,
      type: 'function',
      function: { name: 'weather', arguments: text },
    });
    const given: ChatRequest = {
      ...REQUEST,
      messages: [
        USER,
        message({
          role: 'assistant',
          content: 'I look',
          tool_calls: [call('functions.weather:0', ''), call('b', '{"n":1}')],
        }),
        { role: 'tool', tool_call_id: 'functions.weather:0', content: 'sun' },
        { role: 'user', content: 'and?' },
        message({ role: 'tool', tool_call_id: 'b', content: [{ type: 'text', text: 'no' }], is_error: true }),
      ],
    };
    expect((await sent(given)).messages.slice(1)).toEqual([
      {
        role: 'assistant',
        content: [
          { type: 'text', text: 'I look' },
          { type: 'tool_use', id: 'functions_weather_0', name: 'weather', input: {} },
          { type: 'tool_use', id: 'b', name: 'weather', input: { n: 1 } },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'functions_weather_0', content: 'sun' },
          { type: 'tool_result', tool_use_id: 'b', content: [{ type: 'text', text: 'no' }], is_error: true },
          { type: 'text', text: 'and?' },
        ],
      },
    ]);
  });

  it('the digits of a long number in arguments stay', async () => {
    const calls = [{ id: 'a', type: 'function', function: { name: 'f', arguments: '{"id": 12345678901234567890}' } }];
    const text = await textFor({ messages: [USER, message({ role: 'assistant', tool_calls: calls })] });
    expect(text).toContain('"input":{"id":12345678901234567890}');
  });

  it('thinking goes back unchanged and first; thinking in words alone does not', async () => {
    const blocks = [
      { type: 'thinking', thinking: 't', signature: 's' },
      { type: 'redacted_thinking', data: 'd' },
    ];
    const [, turn] = await conversation(
      USER,
      message({
        role: 'assistant',
        content: 'x',
        reasoning_content: 't',
        thinking_blocks: [...blocks, { type: 'other' }],
      }),
    );
    expect(turn!.content).toEqual([...blocks, { type: 'text', text: 'x' }]);
  });

  it.each<[string, object, object?]>([
    ['messages[0].content[0]', { messages: [{ role: 'user', content: [{ type: 'input_audio', input_audio: {} }] }] }],
    [
      'messages[0].content[0].image_url.url',
      { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'file:///x' } }] }] },
    ],
    [
      'messages[0].content[0].file',
      { messages: [{ role: 'user', content: [{ type: 'file', file: { file_id: 'file-1' } }] }] },
    ],
    ['messages[0].role', { messages: [{ role: 'function', name: 'f', content: 'x' }] }],
    ['messages[0].function_call', { messages: [{ role: 'assistant', function_call: { name: 'f', arguments: '' } }] }],
    ['messages[0].audio', { messages: [{ role: 'assistant', audio: { id: 'a' } }] }],
    [
      'messages[0].tool_calls[0].function.arguments',
      {
        messages: [
          { role: 'assistant', tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: '{' } }] },
        ],
      },
    ],
    [
      'messages[0].tool_calls[0].type',
      {
        messages: [{ role: 'assistant', tool_calls: [{ id: 'a', type: 'custom', custom: { name: 'f', input: '' } }] }],
      },
    ],
    ['n', { n: 2 }],
    ['logprobs', { logprobs: true }],
    ['logit_bias', { logit_bias: { 5: 1 } }],
    ['modalities', { modalities: ['audio'] }],
    ['functions', { functions: [{ name: 'f' }] }],
    ['stop[1]', { stop: ['a', '\n'] }],
    ['reasoning_effort', { reasoning_effort: 'huge' }],
    ['response_format', { response_format: { type: 'json_object' }, tools: [WEATHER] }],
    ['response_format', { response_format: { type: 'grammar' } }],
    ['tools[0].type', { tools: [{ type: 'custom', custom: { name: 'c' } }] }],
  ])('%s is refused in %j', async (param, request) => {
    await expect(sent(request)).rejects.toMatchObject({ code: 'request_invalid', details: { param } });
  });
});
