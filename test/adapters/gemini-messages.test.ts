import { gemini } from 'nexusai-hub/adapters/gemini';
import type { ChatMessage, ChatRequest } from 'nexusai-hub/ports';
import { describe, expect, it } from 'vitest';

import { bodyIn, message, type SentBody, sentText, type SentTurn } from './sent-body.ts';

const USER: ChatMessage = { role: 'user', content: 'hi' };
const REQUEST: ChatRequest = { model: 'gemini-2.5-flash', messages: [USER] };
const PNG = 'data:image/png;base64,iVBORw==';

async function textFor(request: Partial<ChatRequest>): Promise<string> {
  return sentText((fetch) => gemini({ apiKey: 'k', fetch }), 'gemini/generate-ok.json', { ...REQUEST, ...request });
}

/** The body that is sent for a request. */
async function sent(request: Partial<ChatRequest>): Promise<SentBody> {
  return bodyIn(await textFor(request));
}

async function contents(...messages: ChatMessage[]): Promise<readonly SentTurn[]> {
  return (await sent({ messages })).contents;
}

function call(id: string, text: string, more: object = {}): object {
  return { id, type: 'function', function: { name: 'weather', arguments: text }, ...more };
}

describe('messages for Gemini', () => {
  it('system and developer messages are the instruction, neighbours one content, empty text nothing', async () => {
    const body = await sent({
      messages: [
        { role: 'system', content: 'a' },
        USER,
        { role: 'developer', content: 'b' },
        { role: 'user', content: [{ type: 'text', text: '' }] },
        { role: 'user', content: 'you?' },
        { role: 'assistant', content: 'ok', refusal: 'no' },
      ],
    });
    expect(body).toEqual({
      systemInstruction: { parts: [{ text: 'a' }, { text: 'b' }] },
      contents: [
        { role: 'user', parts: [{ text: 'hi' }, { text: 'you?' }] },
        { role: 'model', parts: [{ text: 'ok' }, { text: 'no' }] },
      ],
    });
  });

  it('pictures, sound, video and files', async () => {
    const parts = [
      { type: 'image_url', image_url: { url: PNG, detail: 'low' } },
      { type: 'image_url', image_url: { url: 'https://a.test/b.JPG?x=1' } },
      { type: 'video_url', video_url: { url: 'https://youtu.be/x' } },
      { type: 'input_audio', input_audio: { data: 'UklG', format: 'wav' } },
      { type: 'file', file: { file_data: 'data:application/pdf;base64,JVBERi0=' } },
      { type: 'file', file: { file_id: 'https://generativelanguage.googleapis.com/v1beta/files/abc' } },
    ];
    const [turn] = await contents(message({ role: 'user', content: parts }));
    expect(turn!.parts).toEqual([
      { inlineData: { mimeType: 'image/png', data: 'iVBORw==' } },
      { fileData: { mimeType: 'image/jpeg', fileUri: 'https://a.test/b.JPG?x=1' } },
      { fileData: { fileUri: 'https://youtu.be/x' } },
      { inlineData: { mimeType: 'audio/wav', data: 'UklG' } },
      { inlineData: { mimeType: 'application/pdf', data: 'JVBERi0=' } },
      { fileData: { fileUri: 'https://generativelanguage.googleapis.com/v1beta/files/abc' } },
    ]);
  });

  it('calls and their results: names by id, ids of our making not sent, results as objects', async () => {
    const ours = `call_${'0'.repeat(32)}`;
    const said = await contents(
      USER,
      message({ role: 'assistant', content: null, tool_calls: [call('a', '{"city":"x"}'), call(ours, '')] }),
      { role: 'tool', tool_call_id: 'a', content: '{"sun":true}' },
      { role: 'tool', tool_call_id: ours, content: [{ type: 'text', text: '[1]' }] },
    );
    expect(said.slice(1)).toEqual([
      {
        role: 'model',
        parts: [
          { functionCall: { id: 'a', name: 'weather', args: { city: 'x' } } },
          { functionCall: { name: 'weather', args: {} } },
        ],
      },
      {
        role: 'user',
        parts: [
          { functionResponse: { id: 'a', name: 'weather', response: { sun: true } } },
          { functionResponse: { name: 'weather', response: { output: [1] } } },
        ],
      },
    ]);
  });

  it('a result in words is the output, and what a tool shows stands beside it', async () => {
    const content = [
      { type: 'text', text: 'see' },
      { type: 'image_url', image_url: { url: PNG } },
    ];
    const said = await contents(
      message({ role: 'assistant', tool_calls: [call('a', '')] }),
      message({ role: 'tool', tool_call_id: 'a', content }),
    );
    expect(said[1]!.parts).toEqual([
      { functionResponse: { id: 'a', name: 'weather', response: { output: 'see' } } },
      { inlineData: { mimeType: 'image/png', data: 'iVBORw==' } },
    ]);
  });

  it('every digit of arguments and results stays', async () => {
    const text = await textFor({
      messages: [
        message({ role: 'assistant', tool_calls: [call('a', '{"id":12345678901234567890}')] }),
        { role: 'tool', tool_call_id: 'a', content: '{"id":98765432109876543210,"x":1.0}' },
      ],
    });
    expect(text).toContain('"args":{"id":12345678901234567890}');
    expect(text).toContain('"response":{"id":98765432109876543210,"x":1.0}');
  });

  const signed = (signature: string): object => ({ extra_content: { google: { thought_signature: signature } } });

  it('signatures go back to the part they came with', async () => {
    const said = await contents(
      message({ role: 'assistant', content: 'x', ...signed('m') }),
      USER,
      message({ role: 'assistant', content: '', ...signed('n') }),
      USER,
      message({ role: 'assistant', tool_calls: [call('a', '', signed('c')), call('b', '')] }),
    );
    expect(said.filter(({ role }) => role === 'model').map(({ parts }) => parts)).toEqual([
      [{ text: 'x', thoughtSignature: 'm' }],
      [{ text: '', thoughtSignature: 'n' }],
      [
        { functionCall: { id: 'a', name: 'weather', args: {} }, thoughtSignature: 'c' },
        { functionCall: { id: 'b', name: 'weather', args: {} } },
      ],
    ]);
  });

  it.each([
    ['gemini-3-pro-preview', {}, 'skip_thought_signature_validator'],
    ['gemini-flash-latest', {}, 'skip_thought_signature_validator'],
    ['gemini-3-pro-preview', signed('own'), 'own'],
    ['gemini-2.5-pro', {}, undefined],
    ['gemma-4', {}, undefined],
  ])('a call that came without one, sent to %s with %j: %s', async (model, more, wanted) => {
    const messages = [USER, message({ role: 'assistant', tool_calls: [call('a', '', more), call('b', '')] })];
    const { contents: said } = await sent({ model, messages });
    expect(said[1]!.parts.map((part) => part['thoughtSignature'])).toEqual([wanted, undefined]);
  });

  const user = (part: object): object => ({ messages: [{ role: 'user', content: [part] }] });
  it.each<[string, object]>([
    ['messages[0].content[0].image_url.url', user({ type: 'image_url', image_url: { url: 'file:///x' } })],
    ['messages[0].content[0].file', user({ type: 'file', file: { file_id: 'file-1' } })],
    ['messages[0].content[0].type', user({ type: 'unheard_of' })],
    ['messages[0].role', { messages: [{ role: 'function', name: 'f', content: 'x' }] }],
    ['messages[0].audio', { messages: [{ role: 'assistant', audio: { id: 'a' } }] }],
    ['messages[0].function_call', { messages: [{ role: 'assistant', function_call: { name: 'f', arguments: '' } }] }],
    ['messages[0].tool_call_id', { messages: [{ role: 'tool', tool_call_id: 'x', content: '' }] }],
    [
      'messages[0].tool_calls[0].function.arguments',
      { messages: [{ role: 'assistant', tool_calls: [call('a', '[]')] }] },
    ],
    ['logit_bias', { logit_bias: { 5: 1 } }],
    ['modalities', { modalities: ['text', 'audio'] }],
    ['stop', { stop: ['1', '2', '3', '4', '5', '6'] }],
    ['reasoning_effort', { reasoning_effort: 'huge' }],
    ['response_format', { response_format: { type: 'grammar' } }],
    ['model', { model: 'models/../files' }],
    ['model', { model: 'a//b' }],
  ])('%s is refused in %j', async (param, request) => {
    await expect(sent(request)).rejects.toMatchObject({ code: 'request_invalid', details: { param } });
  });
});
