/**
 * The baseline: Node's HTTP server, undici, and the body piped through; nothing is parsed, checked or counted. A Node
 * gateway cannot cost less than this.
 */
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type ServerResponse,
} from 'node:http';

import { Pool } from 'undici';

import { serveOn } from './worker.ts';

const upstream = new Pool(process.argv[2] ?? '', { headersTimeout: 0, bodyTimeout: 0 });

async function forward(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { authorization = '', 'content-type': type = '', 'content-length': length = '0' } = request.headers;
  const { statusCode, headers, body } = await upstream.request({
    method: 'POST',
    path: request.url ?? '/',
    headers: { authorization, 'content-type': type, 'content-length': length },
    body: request,
  });
  response.on('close', () => body.destroy());
  body.on('error', () => response.destroy());
  response.writeHead(statusCode, kept(headers));
  body.pipe(response);
}

function kept({ 'content-type': type = '', 'content-length': length }: IncomingHttpHeaders): OutgoingHttpHeaders {
  return length === undefined ? { 'content-type': type } : { 'content-type': type, 'content-length': length };
}

const server = createServer({ noDelay: true }, (request, response) => {
  forward(request, response).catch(() => response.destroy());
});
server.keepAliveTimeout = 0;
serveOn(server);
