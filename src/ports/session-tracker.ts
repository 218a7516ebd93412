import type { ChatRequest } from '../openai/types.ts';
import type { Caller } from './authenticator.ts';

/** A conversation a request belongs to. */
export interface Session {
  readonly id: string;
  /** True when this request began it. */
  readonly isNew: boolean;
}

/** Answers "what was said before?". */
export interface SessionTracker {
  /**
   * The conversation of this request. `conversationId` is what the caller named, if it did; ids of different callers
   * never meet. Must not reject: a request is worth more than its conversation.
   */
  open(
    request: ChatRequest | undefined,
    caller: Caller,
    conversationId: string | undefined,
  ): Session | Promise<Session>;
  /** Conversations that had a request within the idle window. */
  active(): number;
}
