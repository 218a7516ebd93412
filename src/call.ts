import type { CacheWish } from './cache-wish.ts';
import type { Admission } from './door.ts';
import type { ForwardOperation } from './openai/forward-operations.ts';
import type { PassedRequest } from './openai/forward-request.ts';
import type { ChatCompletion, ChatRequest, EmbeddingRequest, EmbeddingResponse } from './openai/types.ts';
import type { Caller, Credentials } from './ports/authenticator.ts';
import type { SessionClues } from './ports/session-tracker.ts';
import type { Stop } from './provider-kit/stop.ts';

/** What every request brings with it, whichever way it came in. */
interface CallBasics {
  readonly credentials: Credentials;
  /** Who shows them, where that was asked before its body was read. */
  readonly caller?: Caller | undefined;
  /** Aborts when the caller no longer wants the answer. */
  readonly signal?: AbortSignal | Stop | undefined;
  /** The conversation the caller named to the hub. */
  readonly conversationId?: string | undefined;
  /** The conversation its client names to any server. */
  readonly clientConversation?: SessionClues['named'];
  /** Whether what was said before is to be put before its messages. Absent: as its body says, or not. */
  readonly includesHistory?: boolean | undefined;
  /** Milliseconds until the answer has begun, or is whole where it is not streamed. Absent: the hub's own limits only. */
  readonly timeoutMs?: number | undefined;
  /** Id to keep the request under. Absent: made by the hub. */
  readonly requestId?: string | undefined;
  /** Higher goes first, as far as its caller's key allows. Absent: its caller's. */
  readonly priority?: number | undefined;
  /** What it asks of the cache. Absent: an answer that is kept is as good as a new one. */
  readonly cache?: CacheWish | undefined;
  /** That it was let in, where that was asked before its body was read. */
  readonly admission?: Admission | undefined;
}

/** A request for chat. */
export type ChatCall = CallBasics & {
  readonly operation: 'chat';
  readonly request: ChatRequest;
  /** Messages at its beginning that came out of the history of its conversation. */
  readonly stored?: number;
};
/** A request for embeddings. */
export type EmbeddingCall = CallBasics & { readonly operation: 'embeddings'; readonly request: EmbeddingRequest };
/** A request that is passed on. */
export type ForwardCall = CallBasics & { readonly operation: ForwardOperation; readonly request: PassedRequest };

/** One request to the hub, validated: an operation and the body that fits it. */
export type Call = ChatCall | EmbeddingCall | ForwardCall;

/** A whole answer the hub understands. */
export type WholeBody = ChatCompletion | EmbeddingResponse;
