import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

import {
  type AnswerScript,
  answerFor,
  bytesOfStep,
  type RecordedRequest,
  RequestLog,
  type UpstreamScript,
} from './answer-script.ts';

/** A real HTTP server on loopback whose answers are scripts: any bytes at any cuts, any fault. */
export interface ScriptedUpstream {
  /** Base URL, without a slash at the end. */
  readonly url: string;
  /** Every request whose body arrived, oldest first. */
  readonly requests: readonly RecordedRequest[];
  /** Connections open now. */
  readonly openConnections: number;
  /** Connections accepted since the start. */
  readonly acceptedConnections: number;
  /** The next request nobody has asked for yet. */
  nextRequest(): Promise<RecordedRequest>;
  /** Answers by another script from the next request on; a list starts again at its first. */
  play(script: UpstreamScript): void;
  /** Resolves when no connection is open. */
  idle(): Promise<void>;
  /** Stops listening and drops every connection. */
  close(): Promise<void>;
}

/** Options of {@link scriptedUpstream}. */
export interface ScriptedUpstreamOptions {
  /** Where it listens: a server that was closed comes back at its place. @default any port that is free */
  readonly port?: number;
}

/**
 * Starts a scripted upstream. Each step of a script is one write, flushed before the next: a client may still receive
 * two of them in one read; for exact cuts use `scriptedFetch`. Rejects when the port is taken.
 */
export async function scriptedUpstream(
  script: UpstreamScript = {},
  { port = 0 }: ScriptedUpstreamOptions = {},
): Promise<ScriptedUpstream> {
  const log = new RequestLog();
  const waitingForIdle: (() => void)[] = [];
  let playing = script;
  let count = 0;
  let open = 0;
  let accepted = 0;

  const server = createServer((request, response) => {
    void record(request, response).then((recorded) => {
      if (!recorded) return;
      log.add(recorded);
      return play(answerFor(playing, recorded, count++), response);
    });
  });
  server.on('connection', (socket) => {
    socket.setNoDelay(true);
    open++;
    accepted++;
    socket.on('error', () => {}); // A client that resets is what many tests are about.
    socket.on('close', () => {
      open--;
      if (open === 0) for (const resolve of waitingForIdle.splice(0)) resolve();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  const listensOn = address !== null && typeof address === 'object' ? address.port : port;

  return {
    url: `http://127.0.0.1:${listensOn}`,
    requests: log.requests,
    get openConnections() {
      return open;
    },
    get acceptedConnections() {
      return accepted;
    },
    nextRequest: () => log.next(),
    play(next) {
      playing = next;
      count = 0;
    },
    idle: () => (open === 0 ? Promise.resolve() : new Promise((resolve) => void waitingForIdle.push(resolve))),
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

async function record(request: IncomingMessage, response: ServerResponse): Promise<RecordedRequest | undefined> {
  const left = new Promise<number>((resolve) => {
    // A connection that we cut ourselves, or whose answer was sent whole, was not left by the caller.
    response.once('close', () => {
      if (!response.writableFinished && !cutByScript.has(response)) resolve(performance.now());
    });
  });
  const parts: Buffer[] = [];
  try {
    for await (const part of request) parts.push(part as Buffer);
  } catch {
    return undefined;
  }
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) headers[name] = String(value);
  return {
    method: request.method ?? '',
    path: request.url ?? '',
    headers,
    body: Buffer.concat(parts),
    atMs: performance.now(),
    left,
  };
}

const cutByScript = new WeakSet<ServerResponse>();

async function play(answer: AnswerScript, response: ServerResponse): Promise<void> {
  const { status = 200, headers = { 'content-type': 'text/event-stream' }, sends = [], then = 'finish' } = answer;
  if (answer.holdHead) await bytesOfStep(answer.holdHead);
  if (isGone(response)) return;
  if (!answer.silent) {
    response.writeHead(status, headers);
    response.flushHeaders();
  }
  for (const step of sends) {
    const bytes = await bytesOfStep(step);
    if (isGone(response)) return;
    if (bytes && bytes.length > 0 && !answer.silent) await flushed(response, bytes);
  }
  if (then === 'hang') return;
  if (then === 'finish') {
    response.end();
    return;
  }
  cutByScript.add(response);
  if (then === 'end') response.socket?.end();
  else response.socket?.resetAndDestroy();
}

function isGone(response: ServerResponse): boolean {
  return response.destroyed;
}

/** Resolves when the write was handed to the kernel, or the connection is gone. */
function flushed(response: ServerResponse, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    response.write(bytes, () => {
      resolve();
    });
  });
}
