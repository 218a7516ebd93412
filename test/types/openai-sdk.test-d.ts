import { NexusHub } from 'nexusai-hub';
import { demo } from 'nexusai-hub/adapters/demo';
import type OpenAI from 'openai';
declare const params: OpenAI.ChatCompletionCreateParams;
declare const plain: OpenAI.ChatCompletionCreateParamsNonStreaming;
declare const streaming: OpenAI.ChatCompletionCreateParamsStreaming;
declare const emb: OpenAI.EmbeddingCreateParams;
const hub = new NexusHub({ providers: { demo: demo() } });
export const a = hub.chat.completions.create(plain);
export const b = hub.chat.completions.create(streaming);
export const c = hub.chat.completions.create(params);
export const d: OpenAI.ChatCompletion = await a;
for await (const chunk of await b) {
  const x: OpenAI.ChatCompletionChunk = chunk;
  void x;
}
export const e: OpenAI.CreateEmbeddingResponse = await hub.embeddings.create(emb);
export const f: typeof globalThis.fetch = hub.fetch;
