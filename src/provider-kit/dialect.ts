import type { NexusErrorCode } from '../errors.ts';
import type { ServerEvent } from '../openai/read-stream.ts';
import type { JsonObject } from '../openai/types.ts';

/**
 * A provider's answers in terms of chat completions. Only the members have to be theirs: ids, roles, finish reasons,
 * tool calls and usage are brought to normal form afterwards, as for any server of that family.
 */
export interface AnswerDialect {
  /**
   * A whole answer, and what it was parsed from. Handed back as it is where nothing has to change: it then keeps the bytes
   * it came as.
   */
  readonly completion: (raw: JsonObject, text: () => string) => JsonObject;
  /** Begins a stream; what it returns is given the events of that stream, in order. */
  readonly stream: () => EventTranslation;
}

/** Translates one event; it may remember what came before. Errors were taken out already. */
export type EventTranslation = (raw: JsonObject, event: ServerEvent) => TranslatedEvent;

/** What one event says. */
export interface TranslatedEvent {
  /** In the members of `chat.completion.chunk`; an event handed back as it is keeps its text. */
  readonly chunks: readonly JsonObject[];
  /**
   * Chunks to add if the body ends here: an end that a later event may still take back. Those of the last event count.
   */
  readonly atEnd?: readonly JsonObject[];
  /** True: the answer is complete, as after `[DONE]`. */
  readonly isLast?: boolean;
}

/**
 * What a provider's own error codes mean, by the code as text: numbers say nothing by themselves. For
 * `provider_rejected` the words are looked at too, as they are for a plain 400.
 */
export type ErrorCodes = ReadonlyMap<string, NexusErrorCode>;
