import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A client that speaks raw bytes, for what no well-behaved client would send. */
export interface WireClient {
  readonly socket: Socket;
  /** Everything received so far. */
  readonly received: string;
  send(text: string | Uint8Array): void;
  /** Resolves when what was received contains this; rejects when the connection ends before. */
  until(text: string): Promise<string>;
  /** Resolves with everything received when the server has closed the connection. */
  closed(): Promise<string>;
}

/** Connects to the host and port of a URL. */
export async function wireTo(url: string): Promise<WireClient> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let received = '';
  let isClosed = false;
  const watchers = new Set<() => void>();
  const notify = (): void => {
    for (const watcher of [...watchers]) watcher();
  };
  socket.setEncoding('utf8');
  socket.on('data', (text: string) => {
    received += text;
    notify();
  });
  socket.on('error', () => undefined);
  socket.on('close', () => {
    isClosed = true;
    notify();
  });
  await once(socket, 'connect');

  const when = (isThere: () => boolean): Promise<string> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (!isThere() && !isClosed) return;
        watchers.delete(look);
        if (isThere()) resolve(received);
        else reject(new Error(`The connection was closed after: ${received}`));
      };
      watchers.add(look);
      look();
    });
  return {
    socket,
    get received() {
      return received;
    },
    send: (text) => void socket.write(text),
    until: (text) => when(() => received.includes(text)),
    closed: () => when(() => isClosed),
  };
}

/** The text of a POST of JSON. */
export function postText(path: string, body: string, headers: Record<string, string> = {}): string {
  const all = {
    host: 'hub',
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  return `POST ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${body}`;
}
