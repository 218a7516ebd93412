import { createServer, type Server } from 'node:http';
import { nexusServer } from 'nexusai-hub/adapters/node';
import type { Logger } from 'nexusai-hub/ports';
import { Problem } from './problem.ts';
import type { Served } from './served.ts';
import type { Setup } from './setup.ts';

/** A server that listens. */
export interface Running {
  /** `http://127.0.0.1:8001`: every path of the hub follows it. */
  readonly url: string;
  /**
   * Stops: not ready at once, new requests refused, those under way finished within `drainMs` or ended with an error
   * of their own; then every connection is closed. Calling it again changes nothing.
   */
  stop(drainMs: number): Promise<void>;
}

/** Ended answers reach their clients within this time, or not at all. */
const LAST_BYTES_MS = 1_000;

/**
 * Serves a hub.
 * @throws Problem when it cannot listen there.
 */
export async function serve(
  { hub, port, host, cors, trustProxy }: Setup,
  { needsKey }: Pick<Served, 'needsKey'>,
  logger: Logger,
): Promise<Running> {
  // Where no key is asked for, a name that was made to point here must not let its page in.
  const server = nexusServer(hub, { cors, trustProxy, logger, ...(needsKey ? {} : { hosts: 'loopback' }) });
  await listening(server, port, host);
  let stopping: Promise<void> | undefined;
  const stop = async (drainMs: number): Promise<void> => {
    await hub.close({ drainMs });
    await closed(server);
  };
  return {
    url: urlOf(server, host),
    stop: (drainMs) => (stopping ??= stop(drainMs)),
  };
}

/**
 * Tries whether one can listen there, before anything else is done for it.
 * @throws Problem
 */
export async function checkAddress({ host, port }: Pick<Setup, 'host' | 'port'>): Promise<void> {
  const server = createServer();
  await listening(server, port, host);
  await closed(server);
}

function listening(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      reject(new Problem(`${host}:${port}: ${reasonOf(cause)}`, { cause }));
    });
    server.listen(port, host, resolve);
  });
}

function reasonOf({ code }: NodeJS.ErrnoException): string {
  if (code === 'EADDRINUSE') return 'something listens there already. Choose another port: PORT=8002 (0 takes any).';
  if (code === 'EACCES') return 'this user may not listen there. Choose a port from 1024 on.';
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') return 'this machine does not have that address. Check HOST.';
  return `cannot listen (${code ?? 'unknown'}).`;
}

/** Connections that are idle go at once, the others with their last bytes. */
function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      server.closeAllConnections();
    }, LAST_BYTES_MS);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });
}

/** Who listens everywhere is reached from here by the address of this machine itself. */
function urlOf(server: Server, host: string): string {
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const name = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
}
