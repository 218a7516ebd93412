import type { ForwardOperation } from '../openai/forward-operations.ts';
import type { JsonObject, Usage } from '../openai/types.ts';

export type { ForwardOperation };

/** A request of an operation that is passed on as it came. */
export interface ForwardRequest {
  readonly operation: ForwardOperation;
  /** The name the provider knows; it stands in the body already. */
  readonly model: string;
  /** Whether the caller wants events. */
  readonly stream: boolean;
  /** Media type of the body, with the boundary of a form. */
  readonly contentType: string;
  /** JSON, which carries the text to send (`jsonBytesOf`), or the bytes of a form. */
  readonly body: JsonObject | Uint8Array;
}

/** A piece of a streamed answer: text of whole events, or bytes. */
export type ForwardPiece = string | Uint8Array;

/**
 * A streamed answer: pieces in order, one by one or as an array of all that have arrived together.
 *
 * - It ends normally only when the answer is complete; an answer that broke off throws (`stream_interrupted`), and so
 *   does one whose error came inside it: such an event is not handed out.
 * - The first piece commits: from then on no other provider is asked. Events that only say that work has begun are
 *   held back until there is more.
 * - When `context.signal` aborts, it lets go of its connection at once; the hub does not wait for that.
 */
export type ForwardStream = AsyncIterable<ForwardPiece | readonly ForwardPiece[]>;

/** What can be told of an answer beside its bytes. */
export interface ForwardFacts {
  /** As the provider reported it. Absent: it reported none. */
  readonly usage?: Usage | undefined;
  /** What the model has said so far, to be counted where no usage is reported. Absent: not to be counted. */
  readonly text?: string | undefined;
  /** Id of a response that later requests can go on from. */
  readonly responseId?: string | undefined;
}

/** An answer that is passed on: whole, or as it comes. */
export interface ForwardAnswer {
  /** Media type, as the caller gets it. */
  readonly contentType: string;
  readonly body: Uint8Array | ForwardStream;
  /** What is known by now; asked when the answer has begun and when it is over. */
  readonly facts?: () => ForwardFacts;
}
