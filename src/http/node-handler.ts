import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Gateway } from '../gateway.ts';
import { createHandler } from './handler.ts';
import { NodeExchange } from './node-exchange.ts';
import type { HttpOptions } from './options.ts';
import { httpSettingsOf } from './options.ts';
import { placeOf } from './request-head.ts';

/** A listener for `createServer`, and a middleware wherever `next` is how a request is passed on. */
export type NodeHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  next?: (cause?: unknown) => void,
) => void;

/**
 * The HTTP API of a hub on Node's request and response. With `next`, paths that are not the hub's are passed on
 * untouched; without it they are answered with 404.
 * @throws TypeError naming the option that is wrong.
 */
export function nodeHandler(gateway: Gateway, options: HttpOptions = {}): NodeHandler {
  const settings = httpSettingsOf(options, gateway);
  const handler = createHandler(gateway, settings);
  return (request, response, next) => {
    const place = placeOf(request.url ?? '/', settings.prefix);
    if (next && !handler.serves(place.path)) {
      next();
      return;
    }
    // Whoever asks while the hub closes shall ask somebody else next time.
    if (!gateway.isReady) response.shouldKeepAlive = false;
    void handler.handle(new NodeExchange(request, response, place, settings));
  };
}
