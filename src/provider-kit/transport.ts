import { systemClock } from '../defaults/clock.ts';
import { upstreamGuard } from './check-upstream.ts';
import type { UpstreamResponse } from './exchange.ts';
import { askByFetch } from './fetch-exchange.ts';
import { Line } from './line.ts';
import type { Stop } from './stop.ts';
import { hideFromWords } from './mask.ts';
import { abortError } from './transport-error.ts';
import type { TransportOptions } from './transport-options.ts';

/** One request. */
export interface TransportRequest {
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Destroys the connection at once, also before there is an answer: a signal, or what `stopOf` gives, which is cheaper. */
  readonly signal: AbortSignal | Stop;
  /** Called whenever bytes of the body arrive. */
  readonly heartbeat?: () => void;
}

/** The connections of one provider. */
export interface Transport {
  /**
   * Sends a JSON body. Resolves with any status; redirects are not followed, so that a key goes nowhere else.
   * @throws NexusError `provider_unavailable` when there is no answer, `cancelled` (or the signal's reason) after an abort.
   */
  post(path: string, request: TransportRequest & { readonly body: string | Uint8Array }): Promise<UpstreamResponse>;
  get(path: string, request: TransportRequest): Promise<UpstreamResponse>;
  /** Drops all connections; what still runs fails. */
  close(): Promise<void>;
}

/**
 * Connections to one base URL: a pool of undici's, unless a `fetch` or dispatcher is given. It sets no time limit to
 * an answer: that is the hub's to do, by the signal.
 * @throws TypeError for a URL that `security` does not allow.
 */
export function createTransport(options: TransportOptions): Transport {
  const guard = upstreamGuard('createTransport', options);
  // Each of its members is a getter that asks the parsed URL anew.
  const { origin, pathname, search } = new URL(options.baseUrl);
  const prefix = pathname.replace(/\/+$/, '');
  const line = options.fetch ? undefined : new Line(origin, options, systemClock, guard);
  const fixed: Record<string, string> = {
    accept: 'application/json, text/event-stream',
    'accept-encoding': 'identity',
  };
  for (const [name, value] of Object.entries(options.headers ?? {})) {
    fixed[name.toLowerCase()] = value;
    hideFromWords(value);
  }
  const withBody = { ...fixed, ...JSON_BODY };

  const ask = (
    method: 'GET' | 'POST',
    path: string,
    { headers, signal, heartbeat }: TransportRequest,
    body: string | Uint8Array | undefined,
  ): Promise<UpstreamResponse> => {
    if (signal.aborted) return Promise.reject(abortError(signal));
    const where = prefix + (search === '' ? path : withQuery(path, search));
    const all = Object.assign({}, body === undefined ? fixed : withBody, headers);
    if (line) {
      const message = { origin, method, path: where, headers: all, body: body ?? null };
      return line.ask(message, signal, heartbeat);
    }
    const fetch = options.fetch ?? globalThis.fetch;
    return askByFetch(fetch, origin + where, { method, headers: all, body: ownBytes(body), signal, heartbeat });
  };

  return {
    post: (path, request) => ask('POST', path, request, request.body),
    get: (path, request) => ask('GET', path, request, undefined),
    close: async () => line?.close(),
  };
}

const JSON_BODY = { 'content-type': 'application/json' };

function withQuery(path: string, search: string): string {
  return path.includes('?') ? `${path}&${search.slice(1)}` : path + search;
}

/** `fetch` refuses views on shared memory; a request body never is one. */
function ownBytes(body: string | Uint8Array | undefined): string | Uint8Array<ArrayBuffer> | undefined {
  if (body === undefined || typeof body === 'string') return body;
  return body.buffer instanceof ArrayBuffer ? new Uint8Array(body.buffer, body.byteOffset, body.length) : body.slice();
}
