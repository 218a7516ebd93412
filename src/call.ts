import type { ChatCompletion, ChatRequest, EmbeddingRequest, EmbeddingResponse } from './openai/types.ts';
import type { Credentials } from './ports/authenticator.ts';

/** What every request brings with it, whichever way it came in. */
interface CallBasics {
  readonly credentials: Credentials;
  /** Aborts when the caller no longer wants the answer. */
  readonly signal?: AbortSignal | undefined;
  /** The conversation the caller named. Absent: a new one. */
  readonly conversationId?: string | undefined;
  /** Id to keep the request under. Absent: made by the hub. */
  readonly requestId?: string | undefined;
}

/** One request to the hub, validated: an operation and the body that fits it. */
export type Call = CallBasics &
  (
    | { readonly operation: 'chat'; readonly request: ChatRequest }
    | { readonly operation: 'embeddings'; readonly request: EmbeddingRequest }
  );

/** A whole answer of any operation. */
export type WholeBody = ChatCompletion | EmbeddingResponse;
