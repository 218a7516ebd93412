import type { UpstreamResponse } from './exchange.ts';
import { signalOf, type Stop } from './stop.ts';
import { abortError, brokenBody, connectionError } from './transport-error.ts';
import { UpstreamBody } from './upstream-body.ts';

/** A request as the transport hands it to `fetch`. */
export interface FetchedRequest {
  readonly method: 'GET' | 'POST';
  readonly headers: Record<string, string>;
  readonly body: string | Uint8Array<ArrayBuffer> | undefined;
  readonly signal: AbortSignal | Stop;
  readonly heartbeat: (() => void) | undefined;
}

/** Asks by a `fetch` of the user's: tests, and runtimes without sockets of their own. It decodes by itself. */
export async function askByFetch(
  fetch: typeof globalThis.fetch,
  url: string,
  { method, headers, body, signal, heartbeat }: FetchedRequest,
): Promise<UpstreamResponse> {
  let response: Response;
  try {
    response = await fetch(url, {
      method,
      headers,
      redirect: 'manual',
      ...(body === undefined ? {} : { body }),
      get signal() {
        return signalOf(signal);
      },
    });
  } catch (cause) {
    throw signal.aborted ? abortError(signal) : connectionError(cause);
  }
  const received: Record<string, string> = {};
  response.headers.forEach((value, name) => (received[name] = value));
  return { status: response.status, headers: received, body: new FetchedBody(response, signal, heartbeat) };
}

class FetchedBody extends UpstreamBody {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  readonly #signal: AbortSignal | Stop;
  readonly #heartbeat: (() => void) | undefined;
  #over = false;
  #stop: ((error: Error) => void) | undefined;

  constructor(response: Response, signal: AbortSignal | Stop, heartbeat: (() => void) | undefined) {
    super();
    this.#reader = response.body?.getReader();
    this.#signal = signal;
    this.#heartbeat = heartbeat;
    // Not every `fetch` heeds the signal once it has answered.
    signal.addEventListener('abort', this.#abort);
    if (signal.aborted) this.#abort();
  }

  override read(): Promise<Uint8Array | undefined> {
    return new Promise((resolve, reject) => {
      if (this.#signal.aborted) reject(abortError(this.#signal));
      else if (this.#over || !this.#reader) resolve(undefined);
      else {
        this.#stop = reject; // An abort ends the wait at once, whether or not the reader heeds it.
        this.#reader.read().then(
          ({ value }) => {
            this.#stop = undefined;
            if (value) this.#heartbeat?.();
            else this.#leave();
            resolve(value);
          },
          (cause: unknown) => {
            this.#stop = undefined;
            this.#leave();
            reject(brokenBody(cause));
          },
        );
      }
    });
  }

  override take(): undefined {
    return undefined;
  }

  override cancel(): void {
    if (this.#over) return;
    this.#leave();
    this.#reader?.cancel().catch(() => {}); // It is over either way.
  }

  readonly #abort = (): void => {
    this.#stop?.(abortError(this.#signal));
    this.cancel();
  };

  #leave(): void {
    this.#over = true;
    this.#signal.removeEventListener('abort', this.#abort);
  }
}
