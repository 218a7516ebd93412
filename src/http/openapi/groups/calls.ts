import { z } from 'zod';
import { CHAT_REQUEST, EMBEDDING_REQUEST } from '../../../openai/schemas.ts';
import { named } from '../components.ts';
import type { OperationText, Operations } from '../operation.ts';

const { looseObject, literal, string, number, array } = z;

const chatRequest = named('ChatRequest', CHAT_REQUEST);
const embeddingRequest = named('EmbeddingRequest', EMBEDDING_REQUEST);

/** What a provider is given as it came: the hub reads which model is meant. */
export const passedRequest = named('PassedRequest', looseObject({ model: string() }));
const modelOptional = named('PassedRequestOfAnyModel', looseObject({ model: string().optional() }));

/** Whoever answers may add members of its own. */
const usage = named(
  'Usage',
  looseObject({ prompt_tokens: number(), completion_tokens: number(), total_tokens: number() }),
);
const base = { id: string(), created: number(), model: string() };
const ending = string().nullable();
const completion = named(
  'ChatCompletion',
  looseObject({
    ...base,
    object: literal('chat.completion'),
    choices: array(
      looseObject({
        index: number(),
        message: looseObject({ role: literal('assistant'), content: string().nullable() }),
        finish_reason: ending,
      }),
    ),
    usage: usage.optional(),
  }),
);
const chunk = named(
  'ChatCompletionChunk',
  looseObject({
    ...base,
    object: literal('chat.completion.chunk'),
    choices: array(looseObject({ index: number(), delta: looseObject({}), finish_reason: ending.optional() })),
    usage: usage.nullish(),
  }),
);
const vectors = named(
  'EmbeddingList',
  looseObject({
    object: literal('list'),
    data: array(
      looseObject({ object: literal('embedding'), index: number(), embedding: z.union([array(number()), string()]) }),
    ),
    model: string(),
  }),
);
const textCompletion = named(
  'TextCompletion',
  looseObject({ object: literal('text_completion'), choices: array(looseObject({ index: number(), text: string() })) }),
);
const response = named('Response', looseObject({ id: string(), object: literal('response') }));
const event = named('ProviderEvent', looseObject({}));
const passedAnswer = named('ProviderAnswer', looseObject({}));

function form(id: string, summary: string, media: readonly string[] = []): OperationText {
  return { id, summary, body: modelOptional, isForm: true, answer: { json: passedAnswer, media } };
}

/** What models are asked for. */
export const CALLS: Operations = {
  'POST /v1/chat/completions': {
    id: 'createChatCompletion',
    summary: 'Ask a model',
    body: chatRequest,
    answer: { json: completion, events: chunk },
  },
  'POST /v1/embeddings': {
    id: 'createEmbedding',
    summary: 'Turn text into vectors',
    body: embeddingRequest,
    answer: { json: vectors },
  },
  'POST /v1/completions': {
    id: 'createCompletion',
    summary: 'Complete a text',
    body: passedRequest,
    answer: { json: textCompletion, events: textCompletion },
  },
  'POST /v1/moderations': {
    id: 'createModeration',
    summary: 'Judge a text',
    body: modelOptional,
    answer: { json: passedAnswer },
  },
  'POST /v1/responses': {
    id: 'createResponse',
    summary: 'Ask a model, in the newer form',
    body: passedRequest,
    answer: { json: response, events: event },
  },
  'POST /v1/images/generations': {
    id: 'createImage',
    summary: 'Make a picture',
    body: passedRequest,
    answer: { json: passedAnswer, events: event },
  },
  'POST /v1/images/edits': form('editImage', 'Change a picture'),
  'POST /v1/images/variations': form('varyImage', 'Make pictures like one'),
  'POST /v1/audio/speech': {
    id: 'createSpeech',
    summary: 'Speak a text',
    body: passedRequest,
    answer: { media: ['audio/*'] },
  },
  'POST /v1/audio/transcriptions': form('createTranscription', 'Write down speech', ['text/plain']),
  'POST /v1/audio/translations': form('createTranslation', 'Write down speech in English', ['text/plain']),
};
