import { Readable } from 'node:stream';
import { NexusError } from '../errors.ts';
import { Stop } from '../provider-kit/stop.ts';
import { alreadyRead, tooLarge } from './body.ts';
import type { AnswerHeaders, EventSink, Exchange } from './exchange.ts';
import type { RequestPlace } from './request-head.ts';

/** What a web-standard request has, taken apart. */
export interface FetchParts {
  readonly url: string;
  readonly method: string;
  readonly headers: Headers;
  readonly body: RequestInit['body'];
}

/** An exchange whose answer is a web-standard `Response`. */
export class FetchExchange implements Exchange {
  readonly path: string;
  readonly query: string;
  readonly parsedBody = undefined;
  readonly leaving = new Stop();
  /** It came over no network. */
  readonly address = undefined;
  readonly #parts: FetchParts;
  readonly #respond: (response: Response) => void;
  #status: number | undefined;
  #sink: StreamSink | undefined;
  #packed: Response | undefined;

  constructor(parts: FetchParts, place: RequestPlace, respond: (response: Response) => void) {
    this.path = place.path;
    this.query = place.query;
    this.#parts = parts;
    this.#respond = respond;
  }

  get isSecure(): boolean {
    return this.#parts.url.startsWith('https:');
  }

  get method(): string {
    return this.#parts.method;
  }

  get target(): string {
    const { url } = this.#parts;
    return URL.canParse(url) ? new URL(url).href : url;
  }

  get answered(): boolean {
    return this.#status !== undefined;
  }

  get status(): number | undefined {
    return this.#status;
  }

  /** The caller left; as with `fetch`, a body that is being read fails with the caller's own reason. */
  leave(reason: unknown): void {
    this.leaving.abort();
    this.#sink?.abort(reason);
  }

  header(name: string): string | undefined {
    const value = this.#parts.headers.get(name) ?? undefined;
    if (value !== undefined) return value;
    if (name === 'content-type') return this.#typeOfBody();
    return name === 'host' ? hostOf(this.#parts.url) : undefined;
  }

  async body(limitBytes: number, came?: (bytes: number) => void): Promise<Uint8Array> {
    const { body } = this.#parts;
    if (body === null || body === undefined) return new Uint8Array();
    if (typeof body === 'string') return within(Buffer.from(body), limitBytes);
    if (body instanceof Uint8Array) return within(body, limitBytes);
    // Node writes a form out whatever becomes of its stream, and nobody catches what it throws into a cancelled one.
    return readAll(this.#pack(body), limitBytes, body instanceof FormData ? 'leave' : 'cancel', came);
  }

  /** As with `fetch`: a form says itself what it is, and only its text tells the boundary. */
  #typeOfBody(): string | undefined {
    const { body } = this.#parts;
    return body instanceof FormData ? (this.#pack(body).headers.get('content-type') ?? undefined) : undefined;
  }

  /** Once: each time a form is written it gets another boundary. */
  #pack(body: NonNullable<RequestInit['body']>): Response {
    if (body instanceof Readable && Readable.isDisturbed(body)) throw alreadyRead();
    try {
      this.#packed ??= new Response(body);
      return this.#packed;
    } catch {
      // It takes everything but a stream that somebody has read from, or reads now.
      throw alreadyRead();
    }
  }

  answer(status: number, headers: AnswerHeaders, body?: string | Uint8Array): void {
    this.#status = status;
    const bare = body === undefined || this.method === 'HEAD';
    this.#respond(new Response(bare ? null : body, { status, headers }));
  }

  open(status: number, headers: AnswerHeaders): EventSink {
    this.#status = status;
    this.#sink = new StreamSink(() => {
      this.leaving.abort();
    });
    this.#respond(new Response(this.#sink.readable, { status, headers }));
    return this.#sink;
  }
}

const encoder = new TextEncoder();

/** Hands out one write at a time, when it is asked for: what the reader does not want yet is not fetched either. */
class StreamSink implements EventSink {
  readonly readable: ReadableStream<Uint8Array>;
  readonly #leave: () => void;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #resume: (() => void) | undefined;
  /** The reader asked for more, maybe before anybody waited to hear it: it may have several reads under way. */
  #isWanted = false;

  constructor(leave: () => void) {
    this.#leave = leave;
    this.readable = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => {
          this.#isWanted = true;
          this.#resume?.();
        },
        cancel: () => {
          this.#controller = undefined;
          leave();
          this.#resume?.();
        },
      },
      { highWaterMark: 0 },
    );
  }

  write(piece: string | Uint8Array): boolean {
    if (!this.#controller) return true;
    this.#isWanted = false;
    this.#controller.enqueue(typeof piece === 'string' ? encoder.encode(piece) : piece);
    return this.#isWanted;
  }

  drained(): Promise<void> {
    if (!this.#controller || this.#isWanted) return Promise.resolve();
    return new Promise((resolve) => {
      this.#resume = resolve;
    });
  }

  end(): void {
    this.#controller?.close();
    this.#controller = undefined;
  }

  abort(reason?: unknown): void {
    this.#controller?.error(reason ?? new NexusError('cancelled', 'Nobody read the answer.'));
    this.#controller = undefined;
    // Nobody may be writing: the provider has to hear of it in any case.
    this.#leave();
    this.#resume?.();
  }
}

/** The authority of a URL, as the `host` header has it. */
function hostOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).host : undefined;
}

function within(bytes: Uint8Array, limitBytes: number): Uint8Array {
  if (bytes.byteLength > limitBytes) throw tooLarge(limitBytes);
  return bytes;
}

/** `whenTooLong`: what becomes of the rest. */
async function readAll(
  { body }: Response,
  limitBytes: number,
  whenTooLong: 'cancel' | 'leave',
  came: ((bytes: number) => void) | undefined,
): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  const stream: ReadableStream<Uint8Array> | null = body;
  for await (const bytes of stream?.values({ preventCancel: whenTooLong === 'leave' }) ?? []) {
    length += bytes.byteLength;
    if (length > limitBytes) throw tooLarge(limitBytes);
    came?.(length);
    pieces.push(bytes);
  }
  return Buffer.concat(pieces, length);
}
