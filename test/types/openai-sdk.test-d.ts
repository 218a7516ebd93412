import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { ChatOpenAI } from '@langchain/openai';
import type { ChatStream, NexusHub } from 'nexusai-hub';
import type { ChatChunk, ChatCompletion, EmbeddingResponse } from 'nexusai-hub/ports';
import OpenAI from 'openai';
import { describe, expectTypeOf, it } from 'vitest';

/** What a program has that was written for the OpenAI SDK. */
interface WrittenForTheSdk {
  readonly whole: OpenAI.ChatCompletionCreateParamsNonStreaming;
  readonly streamed: OpenAI.ChatCompletionCreateParamsStreaming;
  readonly either: OpenAI.ChatCompletionCreateParams;
  readonly embeddings: OpenAI.EmbeddingCreateParams;
}

declare const hub: NexusHub;
declare const sdk: WrittenForTheSdk;

describe('types of the OpenAI SDK', () => {
  it('are taken as requests', () => {
    expectTypeOf(hub.chat.completions.create(sdk.whole)).resolves.toEqualTypeOf<ChatCompletion>();
    expectTypeOf(hub.chat.completions.create(sdk.streamed)).resolves.toEqualTypeOf<ChatStream>();
    expectTypeOf(hub.chat.completions.create(sdk.either)).resolves.toEqualTypeOf<ChatCompletion | ChatStream>();
    expectTypeOf(hub.embeddings.create).toBeCallableWith(sdk.embeddings);
  });

  it('take our whole answers', () => {
    expectTypeOf<ChatCompletion>().toExtend<OpenAI.ChatCompletion>();
    expectTypeOf<ChatCompletion['choices'][number]>().toExtend<OpenAI.ChatCompletion.Choice>();
    expectTypeOf<NonNullable<ChatCompletion['usage']>>().toExtend<OpenAI.CompletionUsage>();
  });

  it('take our messages back as history', () => {
    expectTypeOf<ChatCompletion['choices'][number]['message']>().toExtend<OpenAI.ChatCompletionMessage>();
    expectTypeOf<OpenAI.ChatCompletionMessageParam>().toExtend<ChatMessages[number]>();
  });

  it('take our chunks', () => {
    expectTypeOf<ChatChunk>().toExtend<OpenAI.ChatCompletionChunk>();
  });

  it('take our embeddings', () => {
    expectTypeOf<EmbeddingResponse<number[]>>().toExtend<OpenAI.CreateEmbeddingResponse>();
  });

  it('may use the hub as their transport', () => {
    expectTypeOf(hub.fetch).toExtend<typeof globalThis.fetch>();
    expectTypeOf(OpenAI).toBeConstructibleWith({ apiKey: 'any', baseURL: 'http://hub/v1', fetch: hub.fetch });
    expectTypeOf(createOpenAICompatible).toBeCallableWith({ name: 'hub', baseURL: 'http://hub/v1', fetch: hub.fetch });
    expectTypeOf(ChatOpenAI).toBeConstructibleWith({ configuration: { fetch: hub.fetch } });
  });
});

type ChatMessages = Parameters<NexusHub['chat']['completions']['create']>[0]['messages'];
