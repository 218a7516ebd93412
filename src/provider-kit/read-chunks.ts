import { isNexusError, NexusError } from '../errors.ts';
import { isJsonObject } from '../openai/json.ts';
import { EventReader, type ServerEvent } from '../openai/read-stream.ts';
import type { ChatChunk } from '../openai/types.ts';
import type { ChunkStream, Clock } from '../ports/index.ts';
import { ChunkRepair } from './chunk-repair.ts';
import { errorFields } from './error-fields.ts';
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
}

/** How long a server may take to end its answer after the end mark before the connection is given up. */
const TAIL_MS = 1000;

/**
 * The chunks of a streamed answer in normal form (see `ChunkStream`), as arrays of all that one read brought.
 *
 * It ends normally only after `[DONE]`, or when the body ended and every choice had finished. Otherwise it throws:
 * the provider's error when one came in the stream, `empty_stream` when nothing came, `stream_interrupted` when the end
 * is missing, `malformed_response` when an event cannot be read.
 */
export function readChunks(response: UpstreamResponse, rules: ChunkRules, context: { clock: Clock }): ChunkStream {
  return new ChunkReader(response, rules, context.clock);
}

type Step = IteratorResult<readonly ChatChunk[], undefined>;

const END: Step = { done: true, value: undefined };

/** Written by hand: `return()` of a generator waits behind a read that may never end. */
class ChunkReader implements AsyncIterableIterator<readonly ChatChunk[], undefined> {
  readonly #response: UpstreamResponse;
  readonly #rules: ChunkRules;
  readonly #clock: Clock;
  readonly #events: EventReader;
  readonly #repair: ChunkRepair;
  #firstByte: number | undefined;
  #over = false;
  #error: NexusError | undefined;

  constructor(response: UpstreamResponse, rules: ChunkRules, clock: Clock) {
    this.#response = response;
    this.#rules = rules;
    this.#clock = clock;
    this.#events = new EventReader(rules.maxFrameBytes === undefined ? {} : { maxFrameBytes: rules.maxFrameBytes });
    this.#repair = new ChunkRepair({ model: rules.model, created: Math.trunc(clock.now() / 1000) });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<Step> {
    const { body } = this.#response;
    while (!this.#over) {
      const chunks: ChatChunk[] = [];
      try {
        const bytes = await body.read();
        if (bytes) this.#addAll(bytes, chunks);
        else this.#end(chunks);
      } catch (cause) {
        this.#fail(cause, chunks);
      }
      if (chunks.length > 0) return { done: false, value: chunks };
    }
    // What came with the error was handed out first.
    const error = this.#error;
    this.#error = undefined;
    if (error) throw error;
    return END;
  }

  /** Lets go of the connection at once; a read that is under way ends without a result. */
  return(): Promise<Step> {
    this.#error = undefined;
    // A body that is read to its end already leaves its connection to the next request.
    if (!this.#over) this.#response.body.cancel();
    this.#over = true;
    return Promise.resolve(END);
  }

  /** Adds what these bytes bring, and what came after them while nobody read. */
  #addAll(first: Uint8Array, chunks: ChatChunk[]): void {
    this.#firstByte ??= firstByteOf(first);
    for (let bytes: Uint8Array | undefined = first; bytes && !this.#over; bytes = this.#response.body.take())
      this.#add(this.#events.push(bytes), chunks);
  }

  #add(events: readonly ServerEvent[], chunks: ChatChunk[]): void {
    for (const event of events) {
      if (this.#over) return;
      if (event.data === '[DONE]') this.#done(chunks);
      else if (event.data !== '') this.#addEvent(event, chunks);
    }
  }

  #addEvent(event: ServerEvent, chunks: ChatChunk[]): void {
    const value = parsed(event);
    if (value === undefined) return;
    if (!isJsonObject(value) || value['error'] || value['choices'] === undefined || event.event === 'error') {
      this.#addUnusual(event, value, chunks);
      return;
    }
    this.#repair.add(value, event.data, chunks);
  }

  /** An error in one of its many shapes, or a chunk that lacks its choices. */
  #addUnusual(event: ServerEvent, value: unknown, chunks: ChatChunk[]): void {
    if (event.event === 'error' || errorFields(value)) {
      const { status, headers } = this.#response;
      throw providerError({ status, headers, body: value, key: this.#rules.key, nowMs: this.#clock.now() });
    }
    if (!isJsonObject(value)) throw unreadable('The provider sent an event that is not an object.');
    this.#repair.add(value, event.data, chunks);
  }

  #done(chunks: ChatChunk[]): void {
    if (!this.#repair.hasBegun) throw emptyStream();
    this.#over = true;
    this.#repair.finish(chunks);
    this.#readTail();
  }

  /** The body ended without an end mark. */
  #end(chunks: ChatChunk[]): void {
    this.#add(this.#events.end(), chunks);
    if (this.#over) return;
    if (this.#firstByte === LESS_THAN) throw unreadable('The provider sent a page of HTML instead of an answer.');
    if (!this.#repair.hasBegun) throw emptyStream();
    if (!this.#repair.isComplete) {
      const details = { providerStatus: this.#response.status };
      throw new NexusError(
        'stream_interrupted',
        "The provider's stream ended before the answer was complete.",
        details,
      );
    }
    this.#over = true;
    this.#repair.finish(chunks);
  }

  #fail(cause: unknown, chunks: ChatChunk[]): void {
    if (this.#over) return; // A read that failed because we let go.
    this.#over = true;
    this.#repair.closeWithUsage(chunks);
    this.#error = isNexusError(cause)
      ? cause
      : new NexusError('stream_interrupted', "The provider's stream broke.", {}, cause);
    this.#response.body.cancel();
  }

  /** Reads to the end of the body, so that the connection can serve the next request. */
  #readTail(): void {
    const { body } = this.#response;
    const patience = this.#clock.schedule(TAIL_MS, () => {
      body.cancel();
    });
    const drain = async (): Promise<void> => {
      while (await body.read());
    };
    drain()
      .catch(() => {}) // The answer is complete: how its connection ends concerns nobody.
      .finally(() => {
        patience.cancel();
      });
  }
}

/** `undefined`: an event that was cut by the end of the body. */
function parsed({ data, unterminated }: ServerEvent): unknown {
  try {
    const value: unknown = JSON.parse(data);
    return value;
  } catch {
    // The parser's own message quotes the answer, so that it is not kept as a cause.
    if (unterminated) return undefined;
    throw unreadable('The provider sent an event that is not JSON.');
  }
}

function unreadable(message: string): NexusError {
  return new NexusError('malformed_response', message);
}

const LESS_THAN = 0x3c;
const SPACE = 0x20;

/** The first byte that is no white space; `undefined` when there is none yet. */
function firstByteOf(bytes: Uint8Array): number | undefined {
  return bytes.find((byte) => byte > SPACE);
}

function emptyStream(): NexusError {
  return new NexusError('empty_stream', 'The provider ended its stream without an answer.');
}
