import type { AnswerStream } from './answer-stream.ts';
import type { WholeBody } from './call.ts';
import { NexusError } from './errors.ts';
import type { Gateway } from './gateway.ts';
import { basicsOf, withHead } from './in-process.ts';
import { parseChatRequest, parseEmbeddingRequest } from './openai/request.ts';
import type { ChatChunk, ChatCompletion, ChatRequest, EmbeddingRequest, EmbeddingResponse } from './ports/index.ts';
import type { RequestOptions } from './request-options.ts';

/** A request that wants a stream. */
export type StreamingChatRequest = ChatRequest & { stream: true };
/** A request for embeddings as lists of numbers. */
export type NumericEmbeddingRequest = EmbeddingRequest & { encoding_format?: 'float' };
/** A request that wants a whole completion. */
export type PlainChatRequest = ChatRequest & { stream?: false | null };

/**
 * A streamed answer: iterate it once. Leaving the loop, or `controller.abort()`, stops the provider and ends the loop.
 * A broken answer throws a `NexusError`; it never just ends. Iterating it a second time throws one, too.
 */
export class ChatStream implements AsyncIterable<ChatChunk> {
  /** Stops the answer when it is aborted, as in the OpenAI SDK. */
  readonly controller: AbortController = new AbortController();
  readonly #stream: AnswerStream<ChatChunk>;
  #isIterated = false;

  constructor(stream: AnswerStream<ChatChunk>) {
    this.#stream = stream;
    this.controller.signal.addEventListener('abort', () => {
      stream.cancel();
    });
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<ChatChunk> {
    if (this.#isIterated) {
      const mend = 'Keep its chunks in a list to go through them again.';
      throw new NexusError('request_invalid', `This stream was iterated before, and gives its chunks once. ${mend}`);
    }
    this.#isIterated = true;
    return this.#stream;
  }
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
    const answer = await this.#gateway.open({ operation: 'chat', request, ...basicsOf(options) });
    if (answer.kind === 'stream') return withHead(new ChatStream(answer.stream), answer.head);
    if (answer.kind === 'whole' && isCompletion(answer.body)) return withHead(answer.body, answer.head);
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
    const answer = await this.#gateway.open({ operation: 'embeddings', request, ...basicsOf(options) });
    if (answer.kind === 'whole' && !isCompletion(answer.body)) return withHead(answer.body, answer.head);
    throw new NexusError('internal', 'The hub gave another kind of answer than was asked for.');
  }
}

function isCompletion(body: WholeBody): body is ChatCompletion {
  return body.object !== 'list';
}
