import { connect, createServer, type Server, type Socket } from 'node:net';

import { freePort } from './waiting.ts';

/** A proxy before a server of the loopback, by which that can be taken away and brought back. */
export interface SwitchedProxy {
  readonly port: number;
  /** Connections are cut, and new ones refused. */
  refuse(): Promise<void>;
  /** Connections stay, and new ones are taken; nothing gets through. */
  hang(): void;
  /** All is well again, for new connections: who hung on is cut off. */
  pass(): Promise<void>;
  close(): Promise<void>;
}

/** Starts one that lets everything through to this port. */
export async function startSwitchedProxy(to: number, host = '127.0.0.1'): Promise<SwitchedProxy> {
  const sockets = new Set<Socket>();
  let hangs = false;
  const hold = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
  };
  const server = createServer((client) => {
    hold(client);
    if (hangs) return;
    const behind = connect(to, host);
    hold(behind);
    client.pipe(behind).pipe(client);
    for (const socket of [client, behind])
      socket.on('close', () => {
        client.destroy();
        behind.destroy();
      });
  });
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const port = await freePort();
  await listening(server, port);
  const refuse = async (): Promise<void> => {
    cut();
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  };
  return {
    port,
    refuse,
    hang() {
      hangs = true;
      for (const socket of sockets) socket.unpipe().pause();
    },
    async pass() {
      if (hangs) cut();
      hangs = false;
      if (!server.listening) await listening(server, port);
    },
    close: refuse,
  };
}

function listening(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
}
