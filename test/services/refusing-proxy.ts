import { connect, createServer, type Socket } from 'node:net';

/** A proxy before a Redis that does not let some commands through, as those of some providers do. */
export interface RefusingProxy {
  readonly url: string;
  /** Names of the commands that came, in their order, in capitals. */
  readonly asked: readonly string[];
  /** Lets the next command through, and cuts the connection instead of handing its answer on. */
  loseNextAnswer(): void;
  close(): Promise<void>;
}

/** Starts one that answers `refused` commands with this error. */
export async function startRefusingProxy(
  port: number,
  refused: readonly string[],
  error: string,
): Promise<RefusingProxy> {
  const asked: string[] = [];
  let isLosing = false;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const redis = connect(port, '127.0.0.1');
    for (const socket of [client, redis]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        client.destroy();
        redis.destroy();
      });
    }
    // One command after the other, so that answers keep the order of their questions.
    let line = Promise.resolve();
    const replies = framesOf(redis);
    void (async () => {
      for await (const command of framesOf(client)) {
        const name = (command.toString().split('\r\n')[2] ?? '').toUpperCase();
        asked.push(name);
        line = line.then(async () => {
          if (refused.includes(name)) client.write(`-${error}\r\n`);
          else {
            redis.write(command);
            const { value } = await replies.next();
            if (isLosing) client.destroy();
            else if (value) client.write(value);
            isLosing = false;
          }
        });
        await line;
      }
    })().catch(() => client.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || !address) throw new Error('The proxy does not listen.');
  return {
    url: `redis://127.0.0.1:${address.port}`,
    asked,
    loseNextAnswer() {
      isLosing = true;
    },
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** The values of RESP 2 that a socket sends, one by one, as bytes. */
async function* framesOf(socket: Socket): AsyncGenerator<Buffer, undefined> {
  let bytes = Buffer.alloc(0);
  for await (const read of socket) {
    bytes = Buffer.concat([bytes, read as Buffer]);
    for (let end = endOf(bytes, 0); end > 0; end = endOf(bytes, 0)) {
      yield bytes.subarray(0, end);
      bytes = bytes.subarray(end);
    }
  }
  return undefined;
}

/** Where the value that begins here ends; -1 when it is not complete. */
function endOf(bytes: Buffer, from: number): number {
  const lineEnd = bytes.indexOf('\r\n', from);
  if (lineEnd < 0) return -1;
  const size = Number(bytes.toString('latin1', from + 1, lineEnd));
  let end = lineEnd + 2;
  const kind = String.fromCharCode(bytes[from] ?? 0);
  if (kind === '$') {
    if (size >= 0) end += size + 2;
    return end <= bytes.length ? end : -1;
  }
  if (kind === '*') for (let item = 0; item < size && end > 0; item++) end = endOf(bytes, end);
  return end;
}
