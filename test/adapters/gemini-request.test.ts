import { gemini, type GeminiOptions } from 'nexusai-hub/adapters/gemini';
import type { ChatMessage, ChatRequest } from 'nexusai-hub/ports';
import { describe, expect, it } from 'vitest';

import { bodyIn, type SentBody, sentText } from './sent-body.ts';

const USER: ChatMessage = { role: 'user', content: 'hi' };
const REQUEST: ChatRequest = { model: 'gemini-2.5-flash', messages: [USER] };
const PARAMETERS = { type: 'object', properties: { city: { type: 'string' } }, additionalProperties: false };
const WEATHER = { type: 'function' as const, function: { name: 'weather', description: 'd', parameters: PARAMETERS } };

/** The body that is sent for a request. */
async function sent(request: Partial<ChatRequest>, options: Partial<GeminiOptions> = {}): Promise<SentBody> {
  const make = (fetch: typeof globalThis.fetch): ReturnType<typeof gemini> =>
    gemini({ apiKey: 'k', fetch, ...options });
  return bodyIn(await sentText(make, 'gemini/generate-ok.json', { ...REQUEST, ...request }));
}

describe('tools for Gemini', () => {
  it('are declared by JSON schema, or in the subset of OpenAPI; one without parameters by its name', async () => {
    const tools = [WEATHER, { type: 'function' as const, function: { name: 'now', parameters: {} } }];
    const [json] = (await sent({ tools })).tools;
    expect(json!['functionDeclarations']).toEqual([
      { name: 'weather', description: 'd', parametersJsonSchema: PARAMETERS },
      { name: 'now' },
    ]);
    const [subset] = (await sent({ tools }, { schemas: 'openapi' })).tools;
    const { additionalProperties: _none, ...parameters } = PARAMETERS;
    expect(subset!['functionDeclarations']).toContainEqual({ name: 'weather', description: 'd', parameters });
  });

  it.each<[unknown, unknown]>([
    [undefined, undefined],
    ['auto', { mode: 'AUTO' }],
    ['required', { mode: 'ANY' }],
    ['none', { mode: 'NONE' }],
    [
      { type: 'function', function: { name: 'weather' } },
      { mode: 'ANY', allowedFunctionNames: ['weather'] },
    ],
  ])('the choice %j is %j', async (choice, wanted) => {
    const { toolConfig } = await sent({ tools: [WEATHER], tool_choice: choice });
    expect(toolConfig?.functionCallingConfig).toEqual(wanted);
  });

  it('tools of its own go along without the type that tells them apart', async () => {
    const search = JSON.parse('{"type":"google_search","googleSearch":{}}');
    expect((await sent({ tools: [WEATHER, search] })).tools[1]).toEqual({ googleSearch: {} });
  });
});

describe('the answer asked of Gemini', () => {
  const SCHEMA = { type: 'object', properties: { a: { type: ['string', 'null'] } } };
  const format = { type: 'json_schema', json_schema: { name: 'answer', schema: SCHEMA } };

  it.each<[Partial<ChatRequest>, unknown]>([
    [{}, undefined],
    [
      { temperature: 1.7, top_p: 0.3, seed: 4 },
      { temperature: 1.7, topP: 0.3, seed: 4 },
    ],
    [{ max_tokens: 5, max_completion_tokens: 6 }, { maxOutputTokens: 6 }],
    [
      { max_tokens: 5, n: 2, stop: 'x' },
      { maxOutputTokens: 5, candidateCount: 2, stopSequences: ['x'] },
    ],
    [
      { presence_penalty: 1, frequency_penalty: -1 },
      { presencePenalty: 1, frequencyPenalty: -1 },
    ],
    [
      { logprobs: true, top_logprobs: 3 },
      { responseLogprobs: true, logprobs: 3 },
    ],
    [{ logprobs: false, top_logprobs: 0, stop: [], user: 'u', store: true, metadata: {} }, undefined],
    [{ response_format: { type: 'json_object' } }, { responseMimeType: 'application/json' }],
    [{ response_format: format }, { responseMimeType: 'application/json', responseJsonSchema: SCHEMA }],
  ])('%j is %j', async (request, wanted) => {
    expect((await sent(request)).generationConfig).toEqual(wanted);
  });

  it('members of Gemini’s own go along and win', async () => {
    const own = { generationConfig: { topK: 3, temperature: 0 }, safetySettings: [{ category: 'c' }] };
    const body = await sent({ temperature: 1, top_p: 0.5, ...own });
    expect(body).toMatchObject({
      generationConfig: { topK: 3, temperature: 0, topP: 0.5 },
      safetySettings: own.safetySettings,
    });
  });

  it.each([
    ['gemini-2.5-flash', 'medium', { thinkingBudget: 8192, includeThoughts: true }],
    ['gemini-2.5-pro', 'xhigh', { thinkingBudget: 24_576, includeThoughts: true }],
    ['gemini-2.5-flash', 'none', { thinkingBudget: 0 }],
    ['gemini-2.5-pro', 'none', { thinkingBudget: 128 }],
    ['gemini-3-flash-preview', 'minimal', { thinkingLevel: 'low', includeThoughts: true }],
    ['gemini-3.1-pro', 'medium', { thinkingLevel: 'medium', includeThoughts: true }],
    ['gemini-3-pro-preview', 'medium', { thinkingLevel: 'high', includeThoughts: true }],
    ['gemini-flash-latest', 'none', { thinkingLevel: 'low' }],
    ['gemini-2.0-flash', 'high', undefined],
    ['gemini-1.5-pro', 'high', undefined],
    ['gemma-4', 'high', undefined],
  ])('%s with effort %s thinks by %j', async (model, effort, wanted) => {
    const { generationConfig } = await sent({ model, reasoning_effort: effort });
    expect(generationConfig?.['thinkingConfig']).toEqual(wanted);
  });

  it('a schema in the subset of OpenAPI means the same', async () => {
    const schema = {
      $defs: { id: { type: 'integer', description: 'inner' } },
      type: 'object',
      properties: {
        id: { $ref: '#/$defs/id', description: 'outer' },
        kind: { const: 'a' },
        note: { type: ['string', 'null'], maxLength: 5 },
        either: { anyOf: [{ type: 'string' }, { type: 'null' }] },
        several: { oneOf: [{ type: 'string' }, { type: 'number' }], title: 't' },
        mixed: { type: ['string', 'number'] },
        list: { type: 'array', items: { allOf: [{ type: 'object' }, { required: ['x'] }] } },
        code: { type: 'integer', enum: [1, 2] },
      },
      required: ['id'],
      additionalProperties: false,
    };
    const wanted = { type: 'json_schema', json_schema: { name: 'n', schema } };
    const { generationConfig } = await sent({ response_format: wanted }, { schemas: 'openapi' });
    expect(generationConfig!['responseSchema']).toEqual({
      type: 'object',
      properties: {
        id: { type: 'integer', description: 'outer' },
        kind: { type: 'string', enum: ['a'] },
        note: { type: 'string', nullable: true, maxLength: 5 },
        either: { type: 'string', nullable: true },
        several: { anyOf: [{ type: 'string' }, { type: 'number' }], title: 't' },
        mixed: { anyOf: [{ type: 'string' }, { type: 'number' }] },
        list: { type: 'array', items: { type: 'object', required: ['x'] } },
        code: { type: 'integer' },
      },
      required: ['id'],
    });
  });

  it.each(['#', '#/$defs/none', 'other.json'])('a schema that refers to %s cannot be sent so', async (reference) => {
    const schema = { type: 'object', properties: { a: { $ref: reference } } };
    const wanted = { type: 'json_schema', json_schema: { name: 'n', schema } };
    await expect(sent({ response_format: wanted }, { schemas: 'openapi' })).rejects.toMatchObject({
      code: 'request_invalid',
      details: { param: 'response_format.json_schema.schema' },
    });
  });
});
