import type { NexusErrorCode } from '../errors.ts';
import type { AnswerScript, RecordedRequest } from './answer-script.ts';

/** One event as a server sends it. The cases put it on the wire, in every framing the format allows. */
export interface UpstreamEvent {
  /** Name in an `event:` line. Absent: the server names none. */
  readonly event?: string;
  /** Without line breaks. */
  readonly data: string;
}

/** A call of a tool in an answer. */
export interface UpstreamCall {
  readonly id: string;
  readonly name: string;
  /** Pieces of one JSON text, for servers that send it in pieces. */
  readonly arguments: readonly string[];
}

/** What a server has to say: pieces in the order in which a stream has them. */
export interface UpstreamAnswer {
  readonly reasoning?: readonly string[];
  readonly text: readonly string[];
  readonly calls?: readonly UpstreamCall[];
  /** Absent: the answer is not at its end yet; a stream then has the events up to there and no end mark. */
  readonly finish?: 'stop' | 'length' | 'tool_calls';
  /** Tokens. Absent: the server says nothing about them. */
  readonly usage?: { readonly prompt: number; readonly completion: number };
}

/** Why a server refuses. */
export type FailureCause = keyof typeof CODE_OF_CAUSE;

/** What a provider has to make of each cause. */
export const CODE_OF_CAUSE = {
  /** Our key is wrong. */
  key: 'provider_denied',
  /** There is no such model. */
  missing: 'provider_not_found',
  /** The request is wrong. */
  invalid: 'provider_rejected',
  /** Too many requests; waiting helps. */
  rate: 'provider_rate_limited',
  overloaded: 'provider_overloaded',
  /** Something broke inside. */
  server: 'provider_unavailable',
} as const satisfies Readonly<Record<string, NexusErrorCode>>;

/** A refusal in a server's own words. */
export interface UpstreamFailure {
  readonly status: number;
  /** To be sent as JSON. */
  readonly body: unknown;
  /** What the provider has to keep as `details.providerCode`. Absent: the server sends no code. */
  readonly code?: string;
}

/** Something not every server can say. */
export type Ability = 'reasoning' | 'tool calls' | 'parallel tool calls' | 'ids of tool calls' | 'no usage';

/**
 * How a server says things: what the cases need to know to speak for it. Bytes, framing, faults and cuts are theirs.
 */
export interface UpstreamDialect {
  readonly name: string;
  /** Body of an answer that is not streamed, to be sent as JSON. */
  whole(answer: UpstreamAnswer): unknown;
  /** The same answer as events. */
  events(answer: UpstreamAnswer): readonly UpstreamEvent[];
  /** True: the last event of a finished answer says only that nothing follows, such as `[DONE]`. */
  readonly hasEndMark: boolean;
  /** `words` have to stand in the body. */
  failure(cause: FailureCause, words: string): UpstreamFailure;
  /** A failure inside a stream. @default an event with the failure's body */
  failureEvent?(failure: UpstreamFailure): UpstreamEvent;
  /**
   * Embeddings of the texts of this request, in its words, to be sent as JSON: the vector of each, and `tokens` for each.
   * Absent: it has none.
   */
  embeddings?(request: RecordedRequest, vectorOf: (text: string) => readonly number[], tokens: number): unknown;
  /** The list of its models, or the page of it this request is for, to be sent as JSON. Absent: it has none. */
  models?(ids: readonly string[], request: RecordedRequest): unknown;
  /** Answers requests that do not ask the model, such as those for a token; `undefined` for all others. */
  aside?(request: RecordedRequest): AnswerScript | undefined;
  /** What the server cannot say: cases about it are skipped. */
  readonly lacks?: readonly Ability[];
}
