import type { Gateway } from '../gateway.ts';
import type { FetchParts } from './fetch-exchange.ts';
import { FetchExchange } from './fetch-exchange.ts';
import { createHandler } from './handler.ts';
import type { HttpOptions } from './options.ts';
import { httpSettingsOf } from './options.ts';
import { placeOf } from './request-head.ts';

/** A web-standard `fetch` that is answered by a hub. */
export type HubFetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

/**
 * The HTTP API of a hub as a function from request to response, without a socket. As with `fetch`, an aborted signal
 * rejects the promise, or fails the body that is being read; everything else is a response.
 * @throws TypeError naming the option that is wrong.
 */
export function createFetch(gateway: Gateway, options: HttpOptions = {}): HubFetch {
  const settings = httpSettingsOf(options, gateway);
  const handler = createHandler(gateway, settings);
  return (input, init) =>
    new Promise((resolve, reject) => {
      const { signal, ...parts } = partsOf(input, init);
      const exchange = new FetchExchange(parts, placeOf(parts.url, settings.prefix), resolve);
      const leave = (): void => {
        exchange.leave(signal?.reason);
        // The reason is the caller's own, whatever it is.
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
        reject(signal?.reason);
      };
      if (signal?.aborted === true) {
        leave();
        return;
      }
      signal?.addEventListener('abort', leave, { once: true });
      void handler.handle(exchange).then(() => {
        signal?.removeEventListener('abort', leave);
      });
    });
}

/**
 * Takes a request apart; building a `Request` from the pieces of one call costs more than answering it. What looks like
 * a request is one: there are as many classes of that name as there are copies of undici. As with `fetch`, members of
 * `init` stand in for those of the request.
 */
function partsOf(
  input: string | URL | Request,
  init: RequestInit = {},
): FetchParts & { readonly signal: AbortSignal | undefined } {
  const request = typeof input === 'object' && 'url' in input ? input : undefined;
  const { method = request?.method ?? 'GET', headers = request?.headers, signal = request?.signal } = init;
  return {
    url: typeof input === 'string' ? input : 'url' in input ? input.url : input.href,
    method: method.toUpperCase(),
    headers: headers instanceof Headers ? headers : new Headers(headers),
    body: init.body ?? request?.body,
    signal: signal ?? undefined,
  };
}
