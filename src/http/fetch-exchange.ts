import { NexusError } from '../errors.ts';
import { tooLarge } from './body.ts';
import type { AnswerHeaders, EventSink, Exchange } from './exchange.ts';
import type { RequestPlace } from './request-head.ts';

/** What a web-standard request has, taken apart. */
export interface FetchParts {
  readonly method: string;
  readonly headers: Headers;
  readonly body: RequestInit['body'];
}

/** An exchange whose answer is a web-standard `Response`. */
export class FetchExchange implements Exchange {
  readonly path: string;
  readonly query: string;
  readonly parsedBody = undefined;
  readonly #parts: FetchParts;
  readonly #controller = new AbortController();
  readonly #respond: (response: Response) => void;
  #answered = false;
  #sink: StreamSink | undefined;

  constructor(parts: FetchParts, place: RequestPlace, respond: (response: Response) => void) {
    this.path = place.path;
    this.query = place.query;
    this.#parts = parts;
    this.#respond = respond;
  }

  get method(): string {
    return this.#parts.method;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get answered(): boolean {
    return this.#answered;
  }

  /** The caller left; as with `fetch`, a body that is being read fails with the caller's own reason. */
  leave(reason: unknown): void {
    this.#controller.abort();
    this.#sink?.abort(reason);
  }

  header(name: string): string | undefined {
    return this.#parts.headers.get(name) ?? undefined;
  }

  async body(limitBytes: number): Promise<Uint8Array> {
    const { body } = this.#parts;
    if (body === null || body === undefined) return new Uint8Array();
    if (typeof body === 'string') return within(Buffer.from(body), limitBytes);
    if (body instanceof Uint8Array) return within(body, limitBytes);
    return readAll(body, limitBytes);
  }

  answer(status: number, headers: AnswerHeaders, body?: string | Uint8Array): void {
    this.#answered = true;
    const bare = body === undefined || this.method === 'HEAD';
    this.#respond(new Response(bare ? null : body, { status, headers }));
  }

  open(status: number, headers: AnswerHeaders): EventSink {
    this.#answered = true;
    this.#sink = new StreamSink(() => {
      this.#controller.abort();
    });
    this.#respond(new Response(this.#sink.readable, { status, headers }));
    return this.#sink;
  }
}

const encoder = new TextEncoder();

/** Hands out one write at a time, when it is asked for: what the reader does not want yet is not fetched either. */
class StreamSink implements EventSink {
  readonly readable: ReadableStream<Uint8Array>;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #resume: (() => void) | undefined;

  constructor(leave: () => void) {
    this.readable = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => this.#resume?.(),
        cancel: () => {
          this.#controller = undefined;
          leave();
          this.#resume?.();
        },
      },
      { highWaterMark: 0 },
    );
  }

  write(text: string): boolean {
    if (!this.#controller) return true;
    this.#controller.enqueue(encoder.encode(text));
    return false;
  }

  drained(): Promise<void> {
    if (!this.#controller) return Promise.resolve();
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
    this.#resume?.();
  }
}

function within(bytes: Uint8Array, limitBytes: number): Uint8Array {
  if (bytes.byteLength > limitBytes) throw tooLarge(limitBytes);
  return bytes;
}

async function readAll(body: NonNullable<RequestInit['body']>, limitBytes: number): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of new Response(body).body ?? []) {
    const bytes: Uint8Array = piece;
    length += bytes.byteLength;
    if (length > limitBytes) throw tooLarge(limitBytes);
    pieces.push(bytes);
  }
  return Buffer.concat(pieces, length);
}
