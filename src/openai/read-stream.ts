import type { EventSourceParser, ParseError } from 'eventsource-parser';
import { createParser } from 'eventsource-parser';
import { NexusError } from '../errors.ts';
import { BareJson, TOO_LARGE } from './bare-json.ts';
import { Utf8Reader } from './utf8-reader.ts';

/** One event of a stream. */
export interface ServerEvent {
  /** Its `data` lines, joined with LF. */
  readonly data: string;
  /** Its `event` field, if it had one. */
  readonly event?: string;
  /** The stream ended before the event's blank line: it is whole if its data parses, else it was cut. */
  readonly unterminated?: true;
}

/** Largest event that is accepted when nothing else is said: 16 MiB. */
export const DEFAULT_MAX_FRAME_BYTES: number = 16 * 1024 * 1024;

const BYTE_ORDER_MARK = 0xfeff;
const LINE_FEED = 0x0a;
/** `data: ` stands before the data while its line is unfinished. */
const FIELD_PREFIX_LENGTH = 6;

/**
 * Bytes of a `text/event-stream` to events, whatever the cuts between reads.
 *
 * Framing is that of the WHATWG (LF, CRLF and CR lines, comments, several `data` lines, BOM). Besides, JSON that stands
 * in the stream without `data:` becomes an event (ERNIE and Gemini report errors so, pretty-printed or not). Time is
 * linear in the bytes read, also byte by byte and for one event in many pieces.
 */
export class EventReader {
  readonly #maxFrameBytes: number;
  readonly #decoder = new Utf8Reader();
  readonly #parser: EventSourceParser;
  readonly #bareJson: BareJson;
  #events: ServerEvent[] = [];
  #atStart = true;
  #skipLineFeed = false;
  #ending = false;
  #failure: NexusError | undefined;

  /** `maxFrameBytes` bounds the data of one event, in bytes; {@link DEFAULT_MAX_FRAME_BYTES} unless told. */
  constructor(options: { maxFrameBytes?: number } = {}) {
    this.#maxFrameBytes = options.maxFrameBytes ?? DEFAULT_MAX_FRAME_BYTES;
    this.#bareJson = new BareJson(this.#maxFrameBytes);
    this.#parser = createParser({
      onEvent: (event): void => {
        this.#add(event.data, event.event);
      },
      onError: (error): void => {
        this.#note(error);
      },
      maxBufferSize: this.#maxFrameBytes + FIELD_PREFIX_LENGTH,
    });
  }

  /**
   * The events that these bytes complete, in order.
   * @throws NexusError `frame_too_large` when an event outgrew the limit. Events before it are handed out first: the
   * error then comes from the next call.
   */
  push(bytes: Uint8Array): readonly ServerEvent[] {
    if (this.#failure) throw this.#failure;
    const text = this.#decoder.read(bytes);
    if (text !== '') this.#feed(text);
    return this.#take();
  }

  /**
   * What is left when the stream has ended: at most one event that had no blank line (and JSON without `data:` that was
   * not closed), marked `unterminated`.
   * @throws NexusError `frame_too_large` as `push` does.
   */
  end(): readonly ServerEvent[] {
    if (this.#failure) throw this.#failure;
    this.#ending = true;
    this.#parser.feed('\n\n');
    const rest = this.#bareJson.end();
    if (rest !== undefined) this.#events.push({ data: rest, unterminated: true });
    return this.#take();
  }

  #feed(decoded: string): void {
    let text = decoded;
    if (this.#atStart) {
      this.#atStart = false;
      if (text.charCodeAt(0) === BYTE_ORDER_MARK) text = text.slice(1);
    }
    if (this.#skipLineFeed || text.includes('\r')) text = this.#lineFeedsOnly(text);
    if (text !== '') this.#parser.feed(text);
  }

  /**
   * All line ends as LF. The parser looks for the next CR and the next LF at every line: with both in a long text, or
   * CR only, its time is quadratic. A CR also ends its line at once here, without waiting for what follows.
   */
  #lineFeedsOnly(text: string): string {
    const begin = this.#skipLineFeed && text.charCodeAt(0) === LINE_FEED ? 1 : 0;
    this.#skipLineFeed = text.endsWith('\r');
    return text.slice(begin).replaceAll('\r\n', '\n').replaceAll('\r', '\n');
  }

  #add(data: string, event: string | undefined): void {
    if (this.#failure) return;
    if (exceeds(data, this.#maxFrameBytes)) this.#fail();
    else if (this.#ending) this.#events.push({ data, ...(event === undefined ? {} : { event }), unterminated: true });
    else this.#events.push(event === undefined ? { data } : { data, event });
  }

  #note(error: ParseError): void {
    if (this.#failure) return;
    if (error.type === 'max-buffer-size-exceeded') this.#fail();
    if (error.type !== 'unknown-field' || error.line === undefined) return;
    const data = this.#bareJson.add(error.line);
    if (data === TOO_LARGE) this.#fail();
    else if (data !== undefined) this.#events.push({ data });
  }

  #fail(): void {
    this.#failure = new NexusError(
      'frame_too_large',
      `The provider sent an event of more than ${this.#maxFrameBytes} bytes.`,
    );
  }

  #take(): readonly ServerEvent[] {
    const events = this.#events;
    if (events.length === 0) {
      if (this.#failure) throw this.#failure;
      return NO_EVENTS;
    }
    this.#events = [];
    return events;
  }
}

const NO_EVENTS: readonly ServerEvent[] = [];

/** A character is one to three bytes for each of its UTF-16 units, so that most texts need no count. */
function exceeds(text: string, maxBytes: number): boolean {
  if (text.length > maxBytes) return true;
  return text.length * 3 > maxBytes && Buffer.byteLength(text) > maxBytes;
}
