import { type ErrorDetails, isNexusError, NexusError } from '../errors.ts';
import { EventReader, type ServerEvent } from '../openai/read-stream.ts';
import type { Clock } from '../ports/index.ts';
import type { Secret } from './secret.ts';
import type { UpstreamBody } from './upstream-body.ts';
import { excerptOf } from './words-of.ts';

/** What becomes of the events of one answer. */
export interface EventHandling<Item> {
  /**
   * Adds what an event brings. True: it was the last, and nothing is read after it.
   * @throws NexusError when the event is an error, or cannot be read.
   */
  add(event: ServerEvent, items: Item[]): boolean;
  /**
   * The body ended without an end mark: adds what is still due.
   * @throws NexusError when the answer is not complete.
   */
  end(items: Item[]): void;
  /** The answer broke: adds what is to be handed out before its error. */
  broken(items: Item[]): void;
}

type Step<Item> = IteratorResult<readonly Item[], undefined>;

/** How long a server may take to end its answer after the end mark before the connection is given up. */
const TAIL_MS = 1000;
const LESS_THAN = 0x3c;
const SPACE = 0x20;

/**
 * A streamed body as arrays of all that one read brought. What came with an error is handed out before it is thrown.
 * Written by hand: `return()` of a generator waits behind a read that may never end.
 *
 * It can also be asked what is there already: whoever waits for it by `whenReady` and then takes has one wait for each
 * read; by `next`, a promise for every layer that the items go through.
 */
export class EventStream<Item> implements AsyncIterableIterator<readonly Item[], undefined> {
  readonly #body: UpstreamBody;
  readonly #handling: EventHandling<Item>;
  readonly #clock: Clock;
  readonly #events: EventReader;
  #firstByte: number | undefined;
  #over = false;
  #error: NexusError | undefined;

  constructor(body: UpstreamBody, handling: EventHandling<Item>, clock: Clock, maxFrameBytes: number | undefined) {
    this.#body = body;
    this.#handling = handling;
    this.#clock = clock;
    this.#events = new EventReader(maxFrameBytes === undefined ? {} : { maxFrameBytes });
  }

  /** Whether this is one that gives by `take` what `next` gives: no copy of it, and nobody has put another in the way. */
  static isIntact<Item>(iterator: AsyncIterator<Item | readonly Item[]>): iterator is EventStream<Item> {
    return #body in iterator && iterator.next === EventStream.prototype.next;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<Step<Item>> {
    while (!this.#over) {
      const items: Item[] = [];
      try {
        const bytes = await this.#body.read();
        if (bytes) this.#addAll(bytes, items);
        else this.#end(items);
      } catch (cause) {
        this.#fail(cause, items);
      }
      if (items.length > 0) return { done: false, value: items };
    }
    const error = this.#error;
    this.#error = undefined;
    if (error) throw error;
    return { done: true, value: undefined };
  }

  /** What is there, without waiting. `undefined`: nothing is, or what comes next is the end or an error, for `next` to say. */
  take(): readonly Item[] | undefined {
    const bytes = this.#over ? undefined : this.#body.take();
    if (!bytes) return undefined;
    const items: Item[] = [];
    try {
      this.#addAll(bytes, items);
    } catch (cause) {
      this.#fail(cause, items);
    }
    return items.length > 0 ? items : undefined;
  }

  /** Calls once when `take` has items or `next` need not wait. False: this one cannot tell. */
  whenReady(call: () => void): boolean {
    if (!this.#over) return this.#body.whenReady(call);
    call();
    return true;
  }

  /** Lets go of the connection at once; a read that is under way ends without a result. */
  return(): Promise<Step<Item>> {
    this.#error = undefined;
    // A body that is read to its end already leaves its connection to the next request.
    if (!this.#over) this.#body.cancel();
    this.#over = true;
    return Promise.resolve({ done: true, value: undefined });
  }

  /** Adds what these bytes bring, and what came after them while nobody read. */
  #addAll(first: Uint8Array, items: Item[]): void {
    this.#firstByte ??= first.find((byte) => byte > SPACE);
    for (let bytes: Uint8Array | undefined = first; bytes && !this.#over; bytes = this.#body.take())
      this.#add(this.#events.push(bytes), items);
  }

  #add(events: readonly ServerEvent[], items: Item[]): void {
    for (const event of events) {
      if (event.data === '' || !this.#handling.add(event, items)) continue;
      this.#over = true;
      readTail(this.#body, this.#clock);
      return;
    }
  }

  #end(items: Item[]): void {
    this.#add(this.#events.end(), items);
    if (this.#over) return;
    if (this.#firstByte === LESS_THAN) throw unreadable('The provider sent a page of HTML instead of an answer.');
    this.#handling.end(items);
    this.#over = true;
  }

  #fail(cause: unknown, items: Item[]): void {
    if (this.#over) return; // A read that failed because we let go.
    this.#over = true;
    this.#handling.broken(items);
    this.#error = isNexusError(cause)
      ? cause
      : new NexusError('stream_interrupted', "The provider's stream broke.", {}, cause);
    this.#body.cancel();
  }
}

/** Reads to the end of the body, so that the connection can serve the next request. */
function readTail(body: UpstreamBody, clock: Clock): void {
  const patience = clock.schedule(TAIL_MS, () => {
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

/** The JSON of an event; `undefined`: one that was cut by the end of the body. */
export function jsonOfEvent({ data, unterminated }: ServerEvent, key: Secret | undefined): unknown {
  try {
    const value: unknown = JSON.parse(data);
    return value;
  } catch {
    // The parser's own message quotes the answer, so that it is not kept as a cause.
    if (unterminated) return undefined;
    throw unreadable('The provider sent an event that is not JSON.', excerptOf(data, key));
  }
}

/** An event, or a body, that makes no sense. */
export function unreadable(message: string, details: ErrorDetails = {}): NexusError {
  return new NexusError('malformed_response', message, details);
}

/** A stream that ended before it began. */
export function emptyStream(): NexusError {
  return new NexusError('empty_stream', 'The provider ended its stream without an answer.');
}

/** A stream that ended before its answer was complete. */
export function interrupted(providerStatus: number): NexusError {
  const message = "The provider's stream ended before the answer was complete.";
  return new NexusError('stream_interrupted', message, { providerStatus });
}
