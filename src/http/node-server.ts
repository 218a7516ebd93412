import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { answerClientError } from './client-error.ts';
import { holdContinue } from './node-exchange.ts';
import type { NodeHandler } from './node-handler.ts';

/** How long a client may take over its headers, in milliseconds: who sends them byte by byte is cut off. */
const HEADERS_MS = 20_000;
/** How long it may take over headers and body together. */
const REQUEST_MS = 300_000;
/** How often both are looked at. */
const LOOK_EVERY_MS = 5_000;
/** Longer than load balancers keep idle connections, so that they close them and never write into a closing one. */
const IDLE_CONNECTION_MS = 75_000;

/**
 * A server of Node's own around the handler, not listening yet: bounded against slow and oversized heads, with answers
 * like ours for what is no valid HTTP, and `100 Continue` only for bodies that are wanted.
 */
export function nodeServer(handler: NodeHandler): Server {
  const server = createServer({
    headersTimeout: HEADERS_MS,
    requestTimeout: REQUEST_MS,
    connectionsCheckingInterval: LOOK_EVERY_MS,
    keepAliveTimeout: IDLE_CONNECTION_MS,
    noDelay: true,
  });
  server.on('request', (request, response) => {
    handler(request, response);
  });
  server.on('checkContinue', (request, response) => {
    holdContinue(request);
    handler(request, response);
  });
  server.on('clientError', answerClientError);
  return server;
}
