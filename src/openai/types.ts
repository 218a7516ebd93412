/**
 * The hub's own language: OpenAI's chat completions wire format.
 *
 * Members are written down where the hub, its adapters or its users read them. Every object may carry more: unknown
 * members are kept and travel on untouched. Values are immutable by convention; make a changed copy, never write into
 * one, because a value may carry the text it was parsed from (see `wire-text.ts`).
 */

/** A JSON object whose members the hub does not look into. */
export type JsonObject = Record<string, unknown>;

/** One part of a message's content: text, image, audio, file, refusal, or a kind this version does not know yet. */
export type ContentPart =
  | { type: 'text'; text: string }
  | { type: 'image_url'; image_url: { url: string; detail?: 'auto' | 'low' | 'high' } }
  | { type: 'input_audio'; input_audio: { data: string; format: 'wav' | 'mp3' } }
  | { type: 'file'; file: { file_id?: string; filename?: string; file_data?: string } }
  | { type: 'refusal'; refusal: string };

/** A call of a tool as a finished message holds it. `arguments` is opaque text: never parsed and printed again. */
export type ToolCall =
  | { id: string; type: 'function'; function: { name: string; arguments: string } }
  | { id: string; type: 'custom'; custom: { name: string; input: string } };

/** A message of the conversation, oldest first in a request. */
export type ChatMessage =
  | { role: 'system' | 'developer'; content: string | ContentPart[]; name?: string }
  | { role: 'user'; content: string | ContentPart[]; name?: string }
  | {
      role: 'assistant';
      content?: string | ContentPart[] | null;
      name?: string;
      refusal?: string | null;
      tool_calls?: ToolCall[];
      audio?: { id: string } | null;
      /** Thinking of the model in the form DeepSeek, Qwen and others use; sent back only where a provider asks. */
      reasoning_content?: string | null;
      function_call?: { name: string; arguments: string } | null;
    }
  | { role: 'tool'; content: string | ContentPart[]; tool_call_id: string }
  | { role: 'function'; content: string | null; name: string };

/** A tool the model may call. */
export type ChatTool =
  | {
      type: 'function';
      function: { name: string; description?: string; parameters?: JsonObject; strict?: boolean | null };
    }
  | { type: 'custom'; custom: { name: string; description?: string; format?: unknown } };

/** Body of `POST /v1/chat/completions`. Members that are not listed pass through to the provider. */
export interface ChatRequest {
  model: string;
  messages: ChatMessage[];
  stream?: boolean | null;
  stream_options?: { include_usage?: boolean; include_obfuscation?: boolean } | null;
  n?: number | null;
  max_tokens?: number | null;
  max_completion_tokens?: number | null;
  temperature?: number | null;
  top_p?: number | null;
  stop?: string | string[] | null;
  seed?: number | null;
  frequency_penalty?: number | null;
  presence_penalty?: number | null;
  logit_bias?: Record<string, number> | null;
  logprobs?: boolean | null;
  top_logprobs?: number | null;
  tools?: ChatTool[];
  tool_choice?: unknown;
  parallel_tool_calls?: boolean;
  response_format?: unknown;
  reasoning_effort?: string | null;
  modalities?: ('text' | 'audio')[] | null;
  audio?: unknown;
  metadata?: Record<string, string> | null;
  store?: boolean | null;
  user?: string;
}

/** Tokens of one answer, in tokens. Reasoning is part of completion, cached is part of prompt. */
export interface Usage {
  prompt_tokens: number;
  completion_tokens: number;
  total_tokens: number;
  /** Read from a cache, written to one (each part of the prompt), sound and pictures (cached ones among them). */
  prompt_tokens_details?: {
    cached_tokens?: number;
    cache_write_tokens?: number;
    audio_tokens?: number;
    image_tokens?: number;
    /** What of the cached tokens is no text. */
    cached_tokens_details?: { audio_tokens?: number; image_tokens?: number };
  };
  completion_tokens_details?: {
    reasoning_tokens?: number;
    audio_tokens?: number;
    image_tokens?: number;
    accepted_prediction_tokens?: number;
    rejected_prediction_tokens?: number;
  };
  /** How much of what was written to the cache stays there for an hour. Anthropic's word, and its price is another. */
  cache_creation?: { ephemeral_1h_input_tokens?: number };
}

/** Why a choice ended. */
export type FinishReason = 'stop' | 'length' | 'tool_calls' | 'content_filter' | 'function_call';

/** Log probabilities of a choice's tokens. */
export interface Logprobs {
  content: TokenLogprob[] | null;
  refusal: TokenLogprob[] | null;
}

/** Log probability of one token. */
export interface TokenLogprob {
  token: string;
  logprob: number;
  bytes: number[] | null;
  top_logprobs: { token: string; logprob: number; bytes: number[] | null }[];
}

/** The assistant's message in a finished completion. */
export interface AssistantMessage {
  role: 'assistant';
  content: string | null;
  refusal: string | null;
  reasoning_content?: string | null;
  tool_calls?: ToolCall[];
  audio?: { id: string; data: string; expires_at: number; transcript: string } | null;
}

/** One answer of a completion (`n` of them). */
export interface CompletionChoice {
  index: number;
  message: AssistantMessage;
  finish_reason: FinishReason;
  logprobs: Logprobs | null;
}

/** A whole answer: body of a non-streamed `POST /v1/chat/completions`. */
export interface ChatCompletion {
  id: string;
  object: 'chat.completion';
  /** Unix time in seconds. */
  created: number;
  model: string;
  choices: CompletionChoice[];
  usage?: Usage;
  system_fingerprint?: string;
  service_tier?: 'auto' | 'default' | 'flex' | 'scale' | 'priority' | null;
}

/**
 * A piece of a tool call in a stream: `id` and name come once, arguments are appended by `index`. A call of a custom tool
 * has `custom` instead of `function`, and the type `custom`: not written here, because the OpenAI SDK does not know it and
 * our chunks are to be taken where its own are.
 */
export interface ToolCallDelta {
  index: number;
  id?: string;
  type?: 'function';
  function?: { name?: string; arguments?: string };
  custom?: { name?: string; input?: string };
}

/** What a chunk adds to a choice. */
export interface Delta {
  role?: 'assistant';
  content?: string | null;
  refusal?: string | null;
  reasoning_content?: string | null;
  tool_calls?: ToolCallDelta[];
  audio?: JsonObject | null;
}

/** One choice inside a chunk. */
export interface ChunkChoice {
  index: number;
  delta: Delta;
  finish_reason: FinishReason | null;
  logprobs?: Logprobs | null;
}

/** One event of a streamed answer. The usage chunk has no choices. */
export interface ChatChunk {
  id: string;
  object: 'chat.completion.chunk';
  /** Unix time in seconds. */
  created: number;
  model: string;
  choices: ChunkChoice[];
  usage?: Usage | null;
  system_fingerprint?: string;
  service_tier?: 'auto' | 'default' | 'flex' | 'scale' | 'priority' | null;
}

/** Body of `POST /v1/embeddings`. */
export interface EmbeddingRequest {
  model: string;
  input: string | string[] | number[] | number[][];
  encoding_format?: 'float' | 'base64';
  dimensions?: number;
  user?: string;
}

/** Answer of `POST /v1/embeddings`. With `encoding_format: 'base64'` each embedding is little-endian float32. */
export interface EmbeddingResponse<Embedding extends number[] | string = number[] | string> {
  object: 'list';
  data: { object: 'embedding'; index: number; embedding: Embedding }[];
  model: string;
  usage: { prompt_tokens: number; total_tokens: number };
}

/** An entry of `GET /v1/models`. */
export interface ModelEntry {
  id: string;
  object: 'model';
  /** Unix time in seconds. */
  created: number;
  owned_by: string;
}

/** Body of every answer that is an error, and of an error event inside a stream. */
export interface ErrorBody {
  error: { message: string; type: string; code: string | null; param: string | null };
}
