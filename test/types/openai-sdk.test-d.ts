import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { ChatOpenAI } from '@langchain/openai';
import type {
  ChatStream,
  ImagesAnswer,
  NexusHub,
  OperationEvent,
  OperationStream,
  ResponseAnswer,
  SpokenText,
  TextCompletion,
} from 'nexusai-hub';
import type { ChatChunk, ChatCompletion, EmbeddingResponse } from 'nexusai-hub/ports';
import OpenAI from 'openai';
import { describe, expectTypeOf, it } from 'vitest';

/** What a program has that was written for the OpenAI SDK. */
interface WrittenForTheSdk {
  readonly whole: OpenAI.ChatCompletionCreateParamsNonStreaming;
  readonly streamed: OpenAI.ChatCompletionCreateParamsStreaming;
  readonly either: OpenAI.ChatCompletionCreateParams;
  readonly embeddings: OpenAI.EmbeddingCreateParams;
  readonly response: OpenAI.Responses.ResponseCreateParamsNonStreaming;
  readonly responseStream: OpenAI.Responses.ResponseCreateParamsStreaming;
  readonly completion: OpenAI.CompletionCreateParamsNonStreaming;
  readonly completionStream: OpenAI.CompletionCreateParamsStreaming;
  readonly moderation: OpenAI.ModerationCreateParams;
  readonly image: OpenAI.ImageGenerateParamsNonStreaming;
  readonly imageEdit: OpenAI.ImageEditParamsNonStreaming;
  readonly imageVariation: OpenAI.ImageCreateVariationParams;
  readonly speech: OpenAI.Audio.SpeechCreateParams;
  readonly transcription: OpenAI.Audio.TranscriptionCreateParamsNonStreaming<'json'>;
  readonly translation: OpenAI.Audio.TranslationCreateParams<'json'>;
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

  it('are taken as requests of the other operations', () => {
    expectTypeOf(hub.responses.create(sdk.response)).resolves.toEqualTypeOf<ResponseAnswer>();
    expectTypeOf(hub.responses.create(sdk.responseStream)).resolves.toEqualTypeOf<OperationStream<OperationEvent>>();
    expectTypeOf(hub.completions.create(sdk.completion)).resolves.toEqualTypeOf<TextCompletion>();
    expectTypeOf(hub.completions.create(sdk.completionStream)).resolves.toExtend<AsyncIterable<TextCompletion>>();
    expectTypeOf(hub.moderations.create).toBeCallableWith(sdk.moderation);
    expectTypeOf(hub.images.generate(sdk.image)).resolves.toEqualTypeOf<ImagesAnswer>();
    expectTypeOf(hub.images.edit(sdk.imageEdit)).resolves.toEqualTypeOf<ImagesAnswer>();
    expectTypeOf(hub.images.createVariation(sdk.imageVariation)).resolves.toEqualTypeOf<ImagesAnswer>();
    expectTypeOf(hub.audio.speech.create(sdk.speech)).resolves.toEqualTypeOf<Response>();
    expectTypeOf(hub.audio.transcriptions.create(sdk.transcription)).resolves.toEqualTypeOf<SpokenText>();
    expectTypeOf(hub.audio.translations.create(sdk.translation)).resolves.toEqualTypeOf<SpokenText>();
  });

  it('take our answers of the other operations, as far as these have one form', () => {
    expectTypeOf<TextCompletion>().toExtend<OpenAI.Completion>();
    expectTypeOf<ImagesAnswer>().toExtend<OpenAI.ImagesResponse>();
    expectTypeOf<SpokenText>().toExtend<OpenAI.Audio.Transcription>();
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
