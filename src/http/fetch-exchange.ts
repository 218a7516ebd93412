import { NexusError } from '../errors.ts';
import { tooLarge } from './body.ts';
import type { AnswerHeaders, EventSink, Exchange } from './exchange.ts';
import type { RequestPlace } from './request-head.ts';

/** What a web-standard request has, taken apart. */
export interface FetchParts {
  readonly method: string;
  readonly headers: Headers;
  readonly body: RequestInit['body'];
  readonly signal: AbortSignal | undefined;
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

  /** The caller left. */
  leave(): void {
    this.#controller.abort();
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
    const { signal } = this.#parts;
    const sink = new StreamSink(() => {
      this.leave();
    });
    // As `fetch` does: a body that is being read fails with the reason of its caller.
    const fail = (): void => {
      sink.fail(signal?.reason);
    };
    signal?.addEventListener('abort', fail, { once: true, signal: sink.over });
    this.#respond(new Response(sink.readable, { status, headers }));
    return sink;
  }
}
