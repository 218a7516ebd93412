import type { ChatChunk, ChatCompletion, ChatRequest, EmbeddingRequest, EmbeddingResponse } from '../openai/types.ts';
import type { Clock } from './clock.ts';
import type { ForwardAnswer, ForwardOperation, ForwardRequest } from './forward.ts';
import type { Logger } from './logger.ts';

/**
 * A streamed answer: chunks in order, one by one or as an array of all that have arrived together (one await for many).
 *
 * - It ends normally only when the answer is complete; an answer that broke off throws (`stream_interrupted`).
 * - Chunks are in normal form: same non-empty id and model, role once, finish once, then usage (`choices: []`) if known.
 * - When `context.signal` aborts, it lets go of its connection at once; the hub does not wait for that.
 */
export type ChunkStream = AsyncIterable<ChatChunk | readonly ChatChunk[]>;

/** What a provider needs to know about one attempt. */
export interface ProviderContext {
  /** Aborts when the caller left, a time limit ran out or the answer is no longer wanted. */
  readonly signal: AbortSignal;
  /** Id of the caller's request, to hand on or log. */
  readonly requestId: string;
  /** Which of the provider's `keys` to use. Absent: it names none. */
  readonly keyId?: string | undefined;
  /** To be called whenever bytes arrive, whole frames or not: the idle limit counts from the last call. */
  readonly heartbeat: () => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A model as a provider's server lists it. */
export interface ModelInfo {
  /** The name it is asked for by. */
  readonly id: string;
  /** When it was made, Unix time in seconds. Absent: the server does not say. */
  readonly created?: number;
}

/**
 * Something that answers chat requests. A value with one verb; wrap it to extend it: `cached(openai({ apiKey }))`.
 *
 * `request.model` is the name the provider knows. Errors leave as `NexusError` with a provider code of `CODES`; anything
 * else counts as `provider_unavailable`.
 */
export interface Provider {
  /** What it is, for people and records: `openai`, `demo`. */
  readonly kind: string;
  /** Names it serves. Absent: any name may be sent to it. */
  readonly models?: readonly string[];
  /** Names of its keys, where it has several to be balanced: each is a target of its own. Never the keys themselves. */
  readonly keys?: readonly string[];
  /**
   * Asks for an answer. Resolves with a whole completion or a stream, whichever it has: the hub turns one into the
   * other where the caller asked for the other. `request.stream` says what the caller wants.
   */
  open(request: ChatRequest, context: ProviderContext): Promise<ChatCompletion | ChunkStream>;
  /** Asks for embeddings. Absent: the router leaves this provider out for them. */
  embed?(request: EmbeddingRequest, context: ProviderContext): Promise<EmbeddingResponse>;
  /** Passes on a request of another operation. Absent: the router leaves this provider out for them. */
  forward?(request: ForwardRequest, context: ProviderContext): Promise<ForwardAnswer>;
  /** The operations `forward` takes. Absent: all of them. */
  readonly operations?: readonly ForwardOperation[];
  /**
   * Asks its server which models there are. The hub asks providers without `models` only, keeps the answer for a while,
   * and goes on with the last one where there is none. Absent: the hub's list has of it what routes name.
   */
  listModels?(context: ProviderContext): Promise<readonly ModelInfo[]>;
  /** Gives back what it holds (sockets). Called once, by `hub.close()`. */
  close?(): Promise<void>;
}
