import { defaultMaxListeners, getMaxListeners, setMaxListeners } from 'node:events';
import type { AnswerHead, AnswerStream } from './answer.ts';
import type { Call, WholeBody } from './call.ts';
import { NexusError } from './errors.ts';
import type { Gateway } from './gateway.ts';
import { parseChatRequest, parseEmbeddingRequest } from './openai/request.ts';
import type { ChatChunk, ChatCompletion, ChatRequest, EmbeddingRequest, EmbeddingResponse } from './ports/index.ts';

/** What a call from the own program may add to its body. */
export interface RequestOptions {
  /** Aborts the request, before or during its answer. */
  readonly signal?: AbortSignal | null | undefined;
  /** The conversation it belongs to. @default a new one */
  readonly conversationId?: string;
}

/** A request that wants a stream. */
export type StreamingChatRequest = ChatRequest & { stream: true };
/** A request for embeddings as lists of numbers. */
export type NumericEmbeddingRequest = EmbeddingRequest & { encoding_format?: 'float' };
/** A request that wants a whole completion. */
export type PlainChatRequest = ChatRequest & { stream?: false | null };

/**
 * A streamed answer: iterate it once. Leaving the loop, or `controller.abort()`, stops the provider and ends the loop.
 * A broken answer throws a `NexusError`; it never just ends.
 */
export class ChatStream implements AsyncIterable<ChatChunk> {
  /** Stops the answer when it is aborted, as in the OpenAI SDK. */
  readonly controller: AbortController = new AbortController();
  readonly #stream: AnswerStream;

  constructor(stream: AnswerStream) {
    this.#stream = stream;
    this.controller.signal.addEventListener('abort', () => {
      stream.cancel();
    });
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<ChatChunk> {
    return this.#stream;
  }
}

const MANY_LISTENERS = 10_000;

const heads = new WeakMap<object, AnswerHead>();

/** How an answer of this process came about: its request id, conversation, provider and attempts. */
export function answerInfo(answer: ChatCompletion | ChatStream | EmbeddingResponse): AnswerHead | undefined {
  return heads.get(answer);
}

/** `hub.chat.completions`, in the shape of the OpenAI SDK. */
export class ChatCompletions {
  readonly #gateway: Gateway;

  constructor(gateway: Gateway) {
    this.#gateway = gateway;
  }

  /**
   * Asks for a chat completion: a stream with `stream: true`, else a whole answer.
   * @throws NexusError
   */
  create(body: PlainChatRequest, options?: RequestOptions): Promise<ChatCompletion>;
  create(body: StreamingChatRequest, options?: RequestOptions): Promise<ChatStream>;
  create(body: ChatRequest, options?: RequestOptions): Promise<ChatCompletion | ChatStream>;
  async create(body: ChatRequest, options: RequestOptions = {}): Promise<ChatCompletion | ChatStream> {
    const request = parseChatRequest(body);
    const answer = await this.#gateway.open({ operation: 'chat', request, ...basics(options) });
    if (answer.kind === 'stream') return withHead(new ChatStream(answer.stream), answer.head);
    if (isCompletion(answer.body)) return withHead(answer.body, answer.head);
    throw new NexusError('internal', 'The hub gave another kind of answer than was asked for.');
  }
}

/** `hub.embeddings`, in the shape of the OpenAI SDK. */
export class Embeddings {
  readonly #gateway: Gateway;

  constructor(gateway: Gateway) {
    this.#gateway = gateway;
  }

  /**
   * Asks for embeddings: lists of numbers, or base64 text where `encoding_format` says so.
   * @throws NexusError
   */
  create(body: NumericEmbeddingRequest, options?: RequestOptions): Promise<EmbeddingResponse<number[]>>;
  create(body: EmbeddingRequest, options?: RequestOptions): Promise<EmbeddingResponse>;
  async create(body: EmbeddingRequest, options: RequestOptions = {}): Promise<EmbeddingResponse> {
    const request = parseEmbeddingRequest(body);
    const answer = await this.#gateway.open({ operation: 'embeddings', request, ...basics(options) });
    if (answer.kind === 'whole' && !isCompletion(answer.body)) return withHead(answer.body, answer.head);
    throw new NexusError('internal', 'The hub gave another kind of answer than was asked for.');
  }
}

function basics({ signal, conversationId }: RequestOptions): Omit<Call, 'operation' | 'request'> {
  if (signal) allowManyListeners(signal);
  return { credentials: { via: 'process' }, signal: signal ?? undefined, conversationId };
}

/** Requests that share one signal of their caller are no leak: keeps Node from warning of one, as its `fetch` does. */
function allowManyListeners(signal: AbortSignal): void {
  if (getMaxListeners(signal) <= defaultMaxListeners) setMaxListeners(MANY_LISTENERS, signal);
}

function withHead<T extends object>(answer: T, head: AnswerHead): T {
  heads.set(answer, head);
  return answer;
}

function isCompletion(body: WholeBody): body is ChatCompletion {
  return body.object !== 'list';
}
