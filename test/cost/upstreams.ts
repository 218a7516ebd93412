import { anthropic } from 'nexusai-hub/adapters/anthropic';
import { azure } from 'nexusai-hub/adapters/azure';
import { ernie } from 'nexusai-hub/adapters/ernie';
import { gemini } from 'nexusai-hub/adapters/gemini';
import { openai } from 'nexusai-hub/adapters/openai';
import { openaiCompatible, type PresetName } from 'nexusai-hub/adapters/openai-compatible';
import type { JsonObject, Provider } from 'nexusai-hub/ports';

import type { AnswerScript } from '../../src/testing/answer-script.ts';
import { scriptedFetch } from '../../src/testing/scripted-fetch.ts';
import { legacyErnie } from '../adapters/ernie-upstream.ts';
import { jsonAnswer } from '../adapters/fixture-answers.ts';

/** A dialect: how its servers say an answer of one word with this usage, and the adapter that reads it. */
export interface Dialect {
  /** Where the hub is asked for it. */
  readonly path: string;
  readonly provider: (script: AnswerScript) => Provider;
  readonly whole: (usage: JsonObject) => object;
  /** Absent: its answers are never streamed. */
  readonly events?: (usage: JsonObject) => readonly object[];
  /** What its streams end with, after the events. */
  readonly endMark?: string;
}

const apiKey = 'sk-0123456789';
const DONE = 'data: [DONE]\n\n';
const HEAD = { id: 'a-1', created: 1_770_000_000, model: 'm' };

/** How its servers answer, whole or as a stream. */
export function scriptOf({ whole, events, endMark = '' }: Dialect, usage: JsonObject, stream: boolean): AnswerScript {
  if (!stream || !events) return jsonAnswer(whole(usage));
  return { sends: [...events(usage).map((event) => `data: ${JSON.stringify(event)}\n\n`), endMark] };
}

function chatChunk(choices: readonly object[], members: object = {}): object {
  return { ...HEAD, object: 'chat.completion.chunk', choices, ...members };
}

const SPOKEN = chatChunk([{ index: 0, delta: { role: 'assistant', content: 'hi' }, finish_reason: null }]);
const FINISHED = { index: 0, delta: {}, finish_reason: 'stop' };

const CHAT: Omit<Dialect, 'provider'> = {
  path: '/v1/chat/completions',
  whole: (usage) => ({
    ...HEAD,
    object: 'chat.completion',
    choices: [{ index: 0, message: { role: 'assistant', content: 'hi', refusal: null }, finish_reason: 'stop' }],
    usage,
  }),
  events: (usage) => [SPOKEN, chatChunk([FINISHED]), chatChunk([], { usage })],
  endMark: DONE,
};

/** Usage on the chunk that finishes. */
const ON_FINISH: typeof CHAT = { ...CHAT, events: (usage) => [SPOKEN, chatChunk([FINISHED], { usage })] };

function compatible(preset: PresetName | undefined): Dialect['provider'] {
  const options = { ...(preset ? { preset } : {}), baseUrl: 'https://llm.example.com/v1', apiKey };
  return (script) => openaiCompatible({ ...options, fetch: scriptedFetch(script).fetch });
}

const OPENAI = {
  provider: (script: AnswerScript) => openai({ apiKey, fetch: scriptedFetch(script).fetch }),
} as const;

const RESPONSE = { id: 'resp_1', object: 'response', created_at: 1, model: 'm', status: 'completed' };

export const DIALECTS: Readonly<Record<string, Dialect>> = {
  openai: { ...CHAT, ...OPENAI },
  responses: {
    ...OPENAI,
    path: '/v1/responses',
    whole: (usage) => ({ ...RESPONSE, output: [], usage }),
    events: (usage) => [
      { type: 'response.output_text.delta', sequence_number: 0, delta: 'hi' },
      { type: 'response.completed', sequence_number: 1, response: { ...RESPONSE, output: [], usage } },
    ],
  },
  completions: {
    ...OPENAI,
    path: '/v1/completions',
    whole: (usage) => ({ ...HEAD, object: 'text_completion', choices: [{ index: 0, text: 'hi' }], usage }),
    events: (usage) => [
      { ...HEAD, object: 'text_completion', choices: [{ index: 0, text: 'hi', finish_reason: 'stop' }] },
      { ...HEAD, object: 'text_completion', choices: [], usage },
    ],
    endMark: DONE,
  },
  images: { ...OPENAI, path: '/v1/images/generations', whole: (usage) => ({ created: 1, data: [], usage }) },
  transcriptions: { ...OPENAI, path: '/v1/audio/transcriptions', whole: (usage) => ({ text: 'hi', usage }) },
  embeddings: {
    ...OPENAI,
    path: '/v1/embeddings',
    whole: (usage) => ({
      object: 'list',
      data: [{ object: 'embedding', index: 0, embedding: [0.5] }],
      model: 'm',
      usage,
    }),
  },
  azure: {
    ...CHAT,
    provider: (script) => azure({ endpoint: 'https://r.openai.azure.com', apiKey, fetch: scriptedFetch(script).fetch }),
  },
  'openai-compatible': { ...CHAT, provider: compatible(undefined) },
  deepseek: { ...ON_FINISH, provider: compatible('deepseek') },
  moonshot: {
    ...CHAT,
    provider: compatible('moonshot'),
    events: (usage) => [SPOKEN, chatChunk([{ ...FINISHED, usage }]), chatChunk([], { usage })],
  },
  qwen: { ...CHAT, provider: compatible('qwen') },
  xai: { ...CHAT, provider: compatible('xai') },
  mistral: { ...ON_FINISH, provider: compatible('mistral') },
  groq: {
    ...CHAT,
    provider: compatible('groq'),
    events: (usage) => [SPOKEN, chatChunk([FINISHED], { x_groq: { id: 'r', usage } })],
  },
  openrouter: { ...CHAT, provider: compatible('openrouter') },
  // Running totals on every chunk: `continuous_usage_stats`.
  vllm: {
    ...CHAT,
    provider: compatible('vllm'),
    events: (usage) => [
      { ...SPOKEN, usage: { ...usage, completion_tokens: 1, total_tokens: Number(usage['prompt_tokens']) + 1 } },
      chatChunk([FINISHED], { usage }),
      chatChunk([], { usage }),
    ],
  },
  ollama: { ...CHAT, provider: compatible('ollama') },
  qianfan: { ...CHAT, provider: (script) => ernie({ apiKey, fetch: scriptedFetch(script).fetch }) },
  ernie: {
    path: '/v1/chat/completions',
    provider: (script) => legacyErnie(script).provider,
    whole: (usage) => ({ id: 'as-1', object: 'chat.completion', created: 1, result: 'hi', is_truncated: false, usage }),
    events: (usage) => [
      {
        id: 'as-1',
        created: 1,
        sentence_id: 0,
        is_end: false,
        result: 'hi',
        usage: { ...usage, completion_tokens: 0, total_tokens: usage['prompt_tokens'] },
      },
      { id: 'as-1', created: 1, sentence_id: 1, is_end: true, result: '', usage },
    ],
  },
  anthropic: {
    path: '/v1/chat/completions',
    provider: (script) => anthropic({ apiKey, fetch: scriptedFetch(script).fetch }),
    whole: (usage) => ({
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: 'm',
      content: [{ type: 'text', text: 'hi' }],
      stop_reason: 'end_turn',
      usage,
    }),
    events: (usage) => {
      const { output_tokens: output, output_tokens_details: details, ...begun } = usage;
      return [
        { type: 'message_start', message: { id: 'msg_1', model: 'm', usage: { ...begun, output_tokens: 1 } } },
        { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
        { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'hi' } },
        { type: 'content_block_stop', index: 0 },
        {
          type: 'message_delta',
          delta: { stop_reason: 'end_turn' },
          usage: { output_tokens: output, ...(details === undefined ? {} : { output_tokens_details: details }) },
        },
        { type: 'message_stop' },
      ];
    },
  },
  gemini: {
    path: '/v1/chat/completions',
    provider: (script) => gemini({ apiKey, fetch: scriptedFetch(script).fetch }),
    whole: (usage) => geminiEvent(usage, { finishReason: 'STOP' }),
    events: (usage) => [
      geminiEvent({ promptTokenCount: usage['promptTokenCount'], totalTokenCount: usage['promptTokenCount'] }, {}),
      geminiEvent(usage, { finishReason: 'STOP' }),
    ],
  },
};

function geminiEvent(usageMetadata: JsonObject, members: object): object {
  const content = { role: 'model', parts: [{ text: 'h' }] };
  return { candidates: [{ index: 0, content, ...members }], usageMetadata, modelVersion: 'm', responseId: 'r' };
}
