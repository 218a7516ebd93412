import type { ChatRequest, Provider } from 'nexusai-hub/ports';
import {
  changeMembers,
  chatCompletionsProvider,
  checkCount,
  checkKey,
  checkNames,
  checkOneOf,
  checkTransport,
  createTransport,
  keyring,
  type KeySource,
  type TransportOptions,
} from 'nexusai-hub/provider-kit';

/** Options of {@link openaiCompatible}. */
export interface OpenAICompatibleOptions extends TransportOptions {
  /** The key, or a function that is asked for it before every request. Absent: none is sent (Ollama, vLLM). */
  readonly apiKey?: KeySource;
  /** What it is called in records. @default 'openai-compatible' */
  readonly name?: string;
  /** Names it serves. Absent: any name may be sent to it. */
  readonly models?: readonly string[];
  /** Where the server differs in what it takes. What it answers is understood in any of the known dialects. */
  readonly quirks?: Quirks;
  /** Largest event of a stream, in bytes. @default 16 MiB */
  readonly maxFrameBytes?: number;
  /** Largest answer that is not a stream, in bytes. @default 64 MiB */
  readonly maxAnswerBytes?: number;
}

/** Where servers differ in the requests they take. */
export interface Quirks {
  /**
   * `ask`: streams are asked for their usage, and a model that refuses the question is not asked again. `never`: the
   * server sends usage unasked, or cannot.
   * @default 'ask'
   */
  readonly usageInStream?: 'ask' | 'never';
  /** The only name it knows for the limit of an answer's length. Absent: what the caller wrote. */
  readonly maxTokensName?: 'max_tokens' | 'max_completion_tokens';
  /** Members of the request it refuses; they are left out. */
  readonly omit?: readonly string[];
  /** False: it has no `/embeddings`. @default true */
  readonly embeddings?: boolean;
}

/**
 * Any server that speaks OpenAI's chat completions: DeepSeek, Qwen, Moonshot, xAI, Groq, Mistral, OpenRouter, vLLM,
 * Ollama and others.
 * @throws TypeError naming the option that is wrong.
 */
export function openaiCompatible(options: OpenAICompatibleOptions): Provider {
  const { apiKey, name = 'openai-compatible', models, quirks = {}, ...rest } = options;
  if (apiKey !== undefined) checkKey('openaiCompatible', 'apiKey', apiKey);
  checkTransport('openaiCompatible', rest);
  checkNames('openaiCompatible', 'models', models);
  checkCount('openaiCompatible', 'maxFrameBytes', rest.maxFrameBytes);
  checkCount('openaiCompatible', 'maxAnswerBytes', rest.maxAnswerBytes);
  checkOneOf('openaiCompatible', 'quirks.usageInStream', quirks.usageInStream, ['ask', 'never']);
  checkOneOf('openaiCompatible', 'quirks.maxTokensName', quirks.maxTokensName, ['max_tokens', 'max_completion_tokens']);
  checkNames('openaiCompatible', 'quirks.omit', quirks.omit);
  checkOneOf('openaiCompatible', 'quirks.embeddings', quirks.embeddings, [true, false]);

  return chatCompletionsProvider({
    kind: name,
    models,
    key: apiKey === undefined ? undefined : keyring(apiKey),
    transport: createTransport(rest),
    prepare: (request) => withoutMembers(withLimitName(request, quirks.maxTokensName), quirks.omit),
    asksForUsage: quirks.usageInStream !== 'never',
    hasEmbeddings: quirks.embeddings ?? true,
    maxFrameBytes: rest.maxFrameBytes,
    maxAnswerBytes: rest.maxAnswerBytes,
  });
}

function withLimitName(request: ChatRequest, name: Quirks['maxTokensName']): ChatRequest {
  const limit = request.max_completion_tokens ?? request.max_tokens;
  if (name === undefined || limit === undefined || limit === null) return request;
  return name === 'max_tokens'
    ? changeMembers(request, { max_completion_tokens: undefined, max_tokens: limit })
    : changeMembers(request, { max_tokens: undefined, max_completion_tokens: limit });
}

function withoutMembers(request: ChatRequest, names: readonly string[] | undefined): ChatRequest {
  if (!names) return request;
  return changeMembers(request, Object.fromEntries(names.map((name) => [name, undefined])));
}
