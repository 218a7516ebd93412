import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { asNexusError, NexusError } from '../errors.ts';
import { Stop } from '../provider-kit/stop.ts';
import { alreadyRead, tooLarge } from './body.ts';
import type { AnswerHeaders, EventSink, Exchange } from './exchange.ts';
import type { HttpSettings } from './options.ts';
import type { RequestPlace } from './request-head.ts';

/** How long a client whose body was refused may go on sending, so that it comes to read why. */
const LINGER_MS = 2_000;

/** Requests whose client waits for `100 Continue` before it sends its body. */
const waiting = new WeakSet<IncomingMessage>();

/** Notes that nobody has sent `100 Continue` for this request yet: it goes out when the body is wanted. */
export function holdContinue(request: IncomingMessage): void {
  waiting.add(request);
}

/** What the requests of one connection have in common. */
interface Connection {
  readonly address: string | undefined;
  /** Requests may be sent before the answers to earlier ones: whoever leaves, leaves all of them. */
  readonly leaving: Stop;
}

const connections = new WeakMap<Socket, Connection>();

/** HTTP/2 carries many requests at once, of which each is left by itself. */
function connectionOf({ httpVersionMajor, socket }: IncomingMessage): Connection {
  const known = httpVersionMajor === 1 ? connections.get(socket) : undefined;
  if (known && !known.leaving.aborted) return known;
  const connection = { address: socket.remoteAddress, leaving: new Stop() };
  if (httpVersionMajor === 1) connections.set(socket, connection);
  return connection;
}

/** How long a client has for taking its answer, and whose time that is. */
type AnswerTimes = Pick<HttpSettings, 'clock' | 'stalledMs'>;

/** An exchange on Node's own request and response. */
export class NodeExchange implements Exchange {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly address: string | undefined;
  readonly leaving: Stop;
  readonly #request: IncomingMessage & { readonly body?: unknown; readonly originalUrl?: unknown };
  readonly #response: ServerResponse;
  readonly #times: AnswerTimes;

  constructor(request: IncomingMessage, response: ServerResponse, place: RequestPlace, times: AnswerTimes) {
    this.method = request.method ?? 'GET';
    this.path = place.path;
    this.query = place.query;
    this.#request = request;
    this.#response = response;
    this.#times = times;
    const { address, leaving } = connectionOf(request);
    this.address = address;
    this.leaving = leaving;
    // A client may reset its connection at any moment; without listeners that would end the process.
    request.on('error', nothing);
    response.on('error', nothing);
    response.on('close', () => {
      if (!response.writableFinished) this.leaving.abort();
    });
  }

  /** Of Express and its like: whoever mounts something under a path leaves the whole of it there. */
  get target(): string {
    const { originalUrl, url = '/' } = this.#request;
    return typeof originalUrl === 'string' ? originalUrl : url;
  }

  get isSecure(): boolean {
    return 'encrypted' in this.#request.socket;
  }

  get answered(): boolean {
    return this.#response.headersSent;
  }

  get status(): number | undefined {
    return this.#response.headersSent ? this.#response.statusCode : undefined;
  }

  /** Of Express and its like: whoever has read the body leaves what it made of it there. */
  get parsedBody(): unknown {
    return this.#request.readableDidRead ? this.#request.body : undefined;
  }

  header(name: string): string | undefined {
    const value = this.#request.headers[name];
    return typeof value === 'string' ? value : undefined;
  }

  body(limitBytes: number, came?: (bytes: number) => void): Promise<Uint8Array> {
    if (this.#request.headers.expect !== undefined && waiting.delete(this.#request)) this.#response.writeContinue();
    return readAll(this.#request, limitBytes, came);
  }

  answer(status: number, headers: AnswerHeaders, body?: string | Uint8Array): void {
    const response = this.#response;
    if (response.destroyed) return;
    if (body === undefined) {
      response.writeHead(status, headers).end();
      return;
    }
    const length = typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength;
    // A flat list is what Node copies least.
    const list = ['content-length', String(length)];
    for (const name of Object.keys(headers)) list.push(name, headers[name] ?? '');
    response.writeHead(status, list);
    if (status >= 400 && isStillComing(this.#request)) this.#endAfterRequest(body);
    else response.end(body);
    // Most answers are with the kernel by now.
    if (response.writableLength > 0) this.#watchUnsent();
  }

  open(status: number, headers: AnswerHeaders): EventSink {
    // Node's own servers switch Nagle's algorithm off; others need not have.
    this.#response.socket?.setNoDelay(true);
    if (!this.#response.destroyed) this.#response.writeHead(status, headers);
    return new NodeSink(this.#response);
  }

  /** A client that takes nothing would keep the answer in memory as long as it likes. */
  #watchUnsent(): void {
    const response = this.#response;
    const { socket } = this.#request;
    const { clock, stalledMs } = this.#times;
    let sent = sentOver(socket);
    const look = (): void => {
      const before = sent;
      sent = sentOver(socket);
      if (sent === before) response.destroy();
      else timer = clock.schedule(stalledMs, look);
    };
    let timer = clock.schedule(stalledMs, look);
    response.once('close', () => {
      timer.cancel();
    });
  }

  /**
   * Closing while the client still sends would reset the connection and take the answer away with it; and where the
   * client said `Connection: close`, Node closes as soon as an answer ends. So it is told whole, but ends when the rest of
   * the request was passed over, or after a while; then the connection goes.
   */
  #endAfterRequest(body: string | Uint8Array): void {
    const request = this.#request;
    const response = this.#response;
    const timer = this.#times.clock.schedule(LINGER_MS, () => {
      response.end();
      request.socket.destroy();
    });
    const end = (): void => {
      timer.cancel();
      response.end();
    };
    response.write(body);
    request.once('end', end);
    request.once('close', end);
    request.resume();
  }
}

class NodeSink implements EventSink {
  readonly #response: ServerResponse;
  #resume: (() => void) | undefined;

  constructor(response: ServerResponse) {
    this.#response = response;
    const wake = (): void => this.#resume?.();
    response.on('drain', wake);
    response.on('close', wake);
  }

  write(piece: string | Uint8Array): boolean {
    return this.#response.destroyed || this.#response.write(piece);
  }

  drained(): Promise<void> {
    if (this.#response.destroyed || !this.#response.writableNeedDrain) return Promise.resolve();
    return new Promise((resolve) => {
      this.#resume = resolve;
    });
  }

  end(): void {
    if (!this.#response.destroyed) this.#response.end();
  }

  abort(): void {
    this.#response.destroy();
  }
}

/**
 * Bytes the kernel has taken, or near it: it tells whether some were taken meanwhile. Of one large write the socket itself
 * says nothing until all of it is gone; what waits of it only its handle knows, which Node's own timeout asks, too.
 */
function sentOver(socket: Socket & { readonly _handle?: { readonly writeQueueSize?: number } | null }): number {
  return socket.bytesWritten - (socket._handle?.writeQueueSize ?? socket.writableLength);
}

/** The client may have more to send, or it is here and nobody has read it. */
function isStillComing(request: IncomingMessage): boolean {
  return !request.complete && !request.readableEnded && !request.destroyed;
}

/** Reads a body by its events: one buffer where it came in one piece. */
function readAll(
  request: IncomingMessage,
  limitBytes: number,
  came: ((bytes: number) => void) | undefined,
): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      reject(new NexusError('cancelled', 'The client left before its request was complete.'));
    };
    // Of what has happened before no event comes any more.
    if (request.readableDidRead) reject(alreadyRead());
    if (request.destroyed) leave();
    const pieces: Buffer[] = [];
    let length = 0;
    const take = (piece: Buffer): void => {
      length += piece.length;
      try {
        if (length > limitBytes) throw tooLarge(limitBytes);
        came?.(length);
        pieces.push(piece);
      } catch (cause) {
        request.off('data', take);
        pieces.length = 0;
        reject(asNexusError(cause));
      }
    };
    request.on('data', take);
    request.on('end', () => {
      request.off('close', leave);
      const [first] = pieces;
      resolve(pieces.length === 1 && first ? first : Buffer.concat(pieces, length));
    });
    request.on('close', leave);
  });
}

function nothing(): void {
  // What happened is told by 'close'.
}
