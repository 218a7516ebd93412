import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import express5 from 'express';
import express4 from 'express4';
import Fastify from 'fastify';
import type { Gateway, HttpOptions } from 'nexusai-hub/http';
import { createFetch } from 'nexusai-hub/http';
import { nexusExpress } from 'nexusai-hub/adapters/express';
import { nexusFastify } from 'nexusai-hub/adapters/fastify';
import { nexusServer } from 'nexusai-hub/adapters/node';

/** A hub that is served somewhere, and how to reach it. */
export interface Served {
  /** Base URL without path; of a host that does not exist where there is no socket. */
  readonly url: string;
  readonly fetch: (input: string | URL | Request, init?: RequestInit) => Promise<Response>;
  close(): Promise<void>;
}

type Options = Omit<HttpOptions, 'prefix'>;

/** A way to serve a hub. */
export interface Transport {
  readonly name: string;
  serve(hub: Gateway, options?: Options): Promise<Served>;
}

/** Every way in: the tests of the HTTP API run over each of them. */
export const TRANSPORTS: readonly Transport[] = [
  { name: 'in process', serve: async (hub, options) => inProcess(hub, options) },
  { name: 'Node', serve: (hub, options) => listening(nexusServer(hub, options)) },
  { name: 'Express 5', serve: (hub, options) => overSocket(express5().use(nexusExpress(hub, options))) },
  { name: 'Express 4', serve: (hub, options) => overSocket(express4().use(nexusExpress(hub, options))) },
  { name: 'Fastify', serve: serveFastify },
];

/** The ways with a real socket. */
export const SOCKETS: readonly Transport[] = TRANSPORTS.filter(({ name }) => name !== 'in process');

function inProcess(hub: Gateway, options?: Options): Served {
  return { url: 'http://hub', fetch: createFetch(hub, options), close: () => Promise.resolve() };
}

/** Serves any listener on a free port of loopback. */
export function overSocket(listener: RequestListener): Promise<Served> {
  return listening(createServer(listener));
}

async function listening(server: Server): Promise<Served> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, fetch, close: () => closed(server) };
}

async function serveFastify(hub: Gateway, options: Options = {}): Promise<Served> {
  const app = Fastify({ forceCloseConnections: true });
  await app.register(nexusFastify, { hub, ...options });
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  return { url, fetch, close: () => app.close() };
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
    server.closeAllConnections();
  });
}

/** A JSON request, with whatever else is asked for. */
export function json(body: unknown, headers: Record<string, string> = {}): RequestInit {
  return {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  };
}
