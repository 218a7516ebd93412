import { isJsonObject } from '../openai/json.ts';
import type { ServerEvent } from '../openai/read-stream.ts';
import type { ChatChunk, JsonObject } from '../openai/types.ts';
import { wireTextOf, withWireText } from '../openai/wire-text.ts';
import type { ChunkStream, Clock } from '../ports/index.ts';
import { ChunkRepair } from './chunk-repair.ts';
import { ChunkTemplate } from './chunk-template.ts';
import type { AnswerDialect, ErrorCodes, EventTranslation } from './dialect.ts';
import { errorFields } from './error-fields.ts';
import { emptyStream, type EventHandling, EventStream, interrupted, jsonOfEvent, unreadable } from './event-stream.ts';
import type { UpstreamResponse } from './exchange.ts';
import { providerError } from './provider-error.ts';
import type { Secret } from './secret.ts';

/** How a stream is to be read. */
export interface ChunkRules {
  /** The model that was asked for: for servers that name none. */
  readonly model: string;
  /** Largest event that is accepted. @default 16 MiB */
  readonly maxFrameBytes?: number;
  /** Our key, to be masked in what a provider says about it. */
  readonly key?: Secret | undefined;
  /** For servers that speak another language than chat completions. */
  readonly dialect?: AnswerDialect | undefined;
  /** What the provider's own error codes mean. */
  readonly errorCodes?: ErrorCodes | undefined;
}

/**
 * The chunks of a streamed answer in normal form (see `ChunkStream`), as arrays of all that one read brought.
 *
 * It ends normally only after `[DONE]`, or when the body ended and every choice had finished. Otherwise it throws:
 * the provider's error when one came in the stream, `empty_stream` when nothing came, `stream_interrupted` when the end
 * is missing, `malformed_response` when an event cannot be read.
 */
export function readChunks(response: UpstreamResponse, rules: ChunkRules, context: { clock: Clock }): ChunkStream {
  const handling = new ChunkEvents(response, rules, context.clock);
  return new EventStream(response.body, handling, context.clock, rules.maxFrameBytes);
}

/** Events looked at for a template. A stream whose events differ in more than their text has none. */
const MOST_TRIES = 8;

/** Events to chunks, by way of the dialect where there is one. */
class ChunkEvents implements EventHandling<ChatChunk> {
  readonly #response: UpstreamResponse;
  readonly #rules: ChunkRules;
  readonly #clock: Clock;
  readonly #repair: ChunkRepair;
  readonly #translate: EventTranslation | undefined;
  /** Chunks that are due if nothing more comes. */
  #atEnd: readonly JsonObject[] = [];
  /** How the events that only add text look; they are in normal form. */
  #template: ChunkTemplate | undefined;
  #tries = 0;

  constructor(response: UpstreamResponse, rules: ChunkRules, clock: Clock) {
    this.#response = response;
    this.#rules = rules;
    this.#clock = clock;
    this.#repair = new ChunkRepair({ model: rules.model, created: Math.trunc(clock.now() / 1000) });
    this.#translate = rules.dialect?.stream();
  }

  add(event: ServerEvent, chunks: ChatChunk[]): boolean {
    if (event.data === '[DONE]') return this.#done(chunks);
    const alike = event.event === 'error' ? undefined : this.#template?.read(event.data);
    if (alike) {
      chunks.push(withWireText(alike, event.data));
      return false;
    }
    const value = jsonOfEvent(event, this.#rules.key);
    if (value === undefined) return false;
    if (!isJsonObject(value) || value['error'] || value['choices'] === undefined || event.event === 'error')
      return this.#addUnusual(event, value, chunks);
    return this.#addValue(event, value, chunks);
  }

  end(chunks: ChatChunk[]): void {
    for (const raw of this.#atEnd) this.#repair.add(raw, undefined, chunks);
    if (!this.#repair.hasBegun) throw emptyStream();
    if (!this.#repair.isComplete) throw interrupted(this.#response.status);
    this.#repair.finish(chunks);
  }

  broken(chunks: ChatChunk[]): void {
    this.#repair.closeWithUsage(chunks);
  }

  #addValue(event: ServerEvent, value: JsonObject, chunks: ChatChunk[]): boolean {
    if (!this.#translate) {
      this.#repair.add(value, event.data, chunks);
      if (this.#tries < MOST_TRIES) this.#learn(chunks.at(-1), event.data);
      return false;
    }
    const { chunks: translated, atEnd = [], isLast = false } = this.#translate(value, event);
    this.#atEnd = atEnd;
    for (const raw of translated) this.#repair.add(raw, raw === value ? event.data : undefined, chunks);
    return isLast && this.#done(chunks);
  }

  /** Takes the chunk for a template, if it came as it is. */
  #learn(chunk: ChatChunk | undefined, json: string): void {
    this.#tries++;
    if (chunk && wireTextOf(chunk) === json) this.#template = ChunkTemplate.of(chunk, json) ?? this.#template;
  }

  /** An error in one of its many shapes, or an event that lacks choices. */
  #addUnusual(event: ServerEvent, value: unknown, chunks: ChatChunk[]): boolean {
    if (event.event === 'error' || errorFields(value)) {
      const { status, headers } = this.#response;
      const { key, errorCodes } = this.#rules;
      throw providerError({ status, headers, body: value, key, errorCodes, nowMs: this.#clock.now() });
    }
    if (!isJsonObject(value)) throw unreadable('The provider sent an event that is not an object.');
    return this.#addValue(event, value, chunks);
  }

  /** The end mark came. */
  #done(chunks: ChatChunk[]): true {
    if (!this.#repair.hasBegun) throw emptyStream();
    this.#repair.finish(chunks);
    return true;
  }
}
