import type { AssistantMessage, ChatMessage, ChatRequest, Usage } from '../openai/types.ts';
import type { Caller } from './authenticator.ts';

/** What a conversation was found by. A header or a member of the body is told by its name. */
export type MatchedBy =
  /** Its id, named by the caller to the hub itself. */
  | 'id'
  | `header ${string}`
  | `member ${string}`
  /** The response it goes on from. */
  | 'previous_response_id'
  | 'prompt_cache_key'
  /** All that was said before. */
  | 'prefix'
  /** The whole request, once more. */
  | 'regenerated'
  /** What was said before, from where somebody went on already: a changed question. */
  | 'branch'
  /** The last that was said, without its beginning. */
  | 'tail'
  /** By nothing: it begins. */
  | 'new';

/** A conversation a request belongs to. */
export interface Session {
  readonly id: string;
  /** True when this request began it. */
  readonly isNew: boolean;
  /** Absent: nobody said. */
  readonly matchedBy?: MatchedBy | undefined;
  /** How sure that is, 0 to 1. */
  readonly score?: number | undefined;
  /**
   * What is known of the beginning of this request: so many messages were sent before, with the same instructions,
   * tools and model, and came to so many tokens, as reported or counted then. Absent: nothing.
   */
  readonly known?: { readonly messages: number; readonly tokens: number } | undefined;
}

/** What beside the messages tells which conversation is meant. */
export interface SessionClues {
  /** The conversation somebody named, and where. Not trusted: any text. */
  readonly named?: { readonly id: string; readonly by: MatchedBy } | undefined;
  /** The response the request goes on from. */
  readonly previousResponseId?: string | undefined;
  /** `prompt_cache_key` of a request that is no chat. */
  readonly promptCacheKey?: string | undefined;
  /** Messages at the beginning of the request that came out of the conversation's history. */
  readonly stored?: number | undefined;
}

/** What came of a request. */
export interface SessionAnswer {
  /** What the assistant said, in the first choice. Absent: nothing, or nothing that was read here. */
  readonly message?: AssistantMessage | undefined;
  /** Absent: nobody knows, or it is being counted. */
  readonly usage?: Usage | undefined;
  /** What later requests name it by. */
  readonly responseId?: string | undefined;
}

/** Answers "what was said before?". */
export interface SessionTracker {
  /**
   * The conversation of this request; `request` is absent where it is no chat. Ids of different callers never meet. Must
   * not reject: a request is worth more than its conversation.
   */
  open(request: ChatRequest | undefined, caller: Caller, clues: SessionClues): Session | Promise<Session>;
  /**
   * An answer has ended, whole or cut off: called at most once for a session. Who reads an answer that is whole hears of
   * its end when this has resolved. Must not reject. Absent: answers are nothing to it.
   */
  answered?(session: Session, caller: Caller, answer: SessionAnswer): void | Promise<void>;
  /** What that came to, where it was counted afterwards. Must not reject. */
  counted?(session: Session, caller: Caller, usage: Usage): void | Promise<void>;
  /**
   * What was said in a conversation, oldest first; `too-long` where it was more than is kept, `undefined` where there is
   * no such conversation or it is over. May reject. Absent: messages are not kept.
   */
  history?(callerId: string, id: string): Promise<readonly ChatMessage[] | 'too-long' | undefined>;
  /** Ends a conversation: no request goes on from it. False where there is none. May reject, as the next two. */
  end?(callerId: string, id: string): Promise<boolean>;
  /** Makes `from` a part of `into`. False where one of the two is not there. */
  merge?(callerId: string, into: string, from: string): Promise<boolean>;
  /**
   * Makes a new conversation of what was said in one after its first `at` messages. Returns its id; `undefined` where
   * there is no such conversation.
   */
  split?(callerId: string, id: string, at: number): Promise<string | undefined>;
  /** Conversations that had a request within the idle window, as far as this process has seen. */
  active(): number;
  /** Gives back what it holds. */
  close?(): void | Promise<void>;
}
