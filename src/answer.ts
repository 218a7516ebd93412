import type { AnswerStream } from './answer-stream.ts';
import type { WholeBody } from './call.ts';
import type { ChatChunk, ForwardPiece, LimitState } from './ports/index.ts';

/** What is known about an answer when it begins. */
export interface AnswerHead {
  readonly requestId: string;
  readonly conversationId: string;
  /** Key of the provider in the hub's options; of an answer out of the cache, that of who made it. */
  readonly provider: string;
  /** Attempts made, the one that answers included; 0 for an answer out of the cache. */
  readonly attempts: number;
  /** Milliseconds the hub itself took so far: everything but waiting for the provider that answers. */
  readonly overheadMs: number;
  /** Limits the request counts against, as they stood when it was let in. Absent: there are none. */
  readonly limits?: readonly LimitState[] | undefined;
  /** Whether it came out of the cache. Absent: the cache had nothing to do with it. */
  readonly cache?: 'hit' | 'miss' | undefined;
}

/** What a caller gets: a whole body, or a stream whose first content is in hand. */
export type Answer =
  | { readonly kind: 'whole'; readonly head: AnswerHead; readonly body: WholeBody }
  | { readonly kind: 'stream'; readonly head: AnswerHead; readonly stream: AnswerStream<ChatChunk> }
  | {
      /** An answer passed on as it came, whole or as a stream of its pieces. */
      readonly kind: 'forwarded';
      readonly head: AnswerHead;
      readonly contentType: string;
      readonly body: Uint8Array | AnswerStream<ForwardPiece>;
    };
