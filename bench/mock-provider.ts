/** A provider that answers at once, from prepared bytes and on raw sockets, so that it is not what is measured. */
import { createServer, type Socket } from 'node:net';

import { serveOn } from './worker.ts';
import { answerTag, eventsOf, shapeOf, type StreamShape, TAG_LENGTH, TAG_MARK, tagOf, WHOLE_ANSWER } from './wire.ts';

const JSON_HEAD = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n';
const WHOLE = Buffer.from(`${JSON_HEAD}content-length: ${Buffer.byteLength(WHOLE_ANSWER)}\r\n\r\n${WHOLE_ANSWER}`);
const STREAM_HEAD = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n';
const LAST_CHUNK = '0\r\n\r\n';
/** Bytes of one write, in turn: several events or less than one, as networks and providers cut them. */
const WRITE_SIZES = [230, 240, 120, 350, 230];

const prepared = new Map<string, readonly Buffer[]>();

/** Gathers one request after the other from a connection, and answers each. */
class Connection {
  readonly #socket: Socket;
  #pieces: Buffer[] = [];
  #length = 0;
  /** Length of the request, once its head is there. */
  #wanted = Infinity;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  push(bytes: Buffer): void {
    this.#pieces.push(bytes);
    this.#length += bytes.length;
    if (this.#wanted === Infinity) this.#wanted = lengthOf(this.#whole());
    if (this.#length < this.#wanted) return;
    const request = this.#whole();
    this.#pieces = [];
    this.#length = 0;
    this.#wanted = Infinity;
    answer(this.#socket, request);
  }

  #whole(): Buffer {
    const [first] = this.#pieces;
    if (first && this.#pieces.length === 1) return first;
    const whole = Buffer.concat(this.#pieces, this.#length);
    this.#pieces = [whole];
    return whole;
  }
}

/** Length of the request that begins here; `Infinity` while its head is not complete. */
function lengthOf(bytes: Buffer): number {
  const end = bytes.indexOf('\r\n\r\n', 0, 'latin1');
  if (end < 0) return Infinity;
  const length = /\r\ncontent-length: *(\d+)/i.exec(bytes.toString('latin1', 0, end))?.[1];
  return end + 4 + Number(length ?? 0);
}

function answer(socket: Socket, request: Buffer): void {
  const shape = shapeOf(valueAfter(request, '"model":"'));
  if (!shape) {
    socket.write(WHOLE);
    return;
  }
  const withUsage = request.includes('"include_usage":true', 0, 'latin1');
  const tag = valueAfter(request, TAG_MARK).slice(0, TAG_LENGTH);
  if (shape.paceMs === 0) writeAll(socket, writesOf(shape, withUsage), 0);
  else writePaced(socket, eventsOf(answerTag(shape, tag), shape.pieces, withUsage), shape);
}

/** What follows a mark, up to the next quotation mark. */
function valueAfter(request: Buffer, mark: string): string {
  const start = request.indexOf(mark, 0, 'latin1') + mark.length;
  return request.toString('latin1', start, request.indexOf('"', start, 'latin1'));
}

/** Events as HTTP chunks of their own, cut into writes anywhere. */
function writesOf(shape: StreamShape, withUsage: boolean): readonly Buffer[] {
  const key = `${shape.pieces} ${withUsage}`;
  let writes = prepared.get(key);
  if (!writes) prepared.set(key, (writes = cut(shape, withUsage)));
  return writes;
}

function cut({ pieces }: StreamShape, withUsage: boolean): readonly Buffer[] {
  const events = eventsOf(tagOf(0), pieces, withUsage);
  const bytes = Buffer.from(STREAM_HEAD + events.map(chunkOf).join('') + LAST_CHUNK, 'latin1');
  const writes: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += writes.at(-1)?.length ?? 0)
    writes.push(bytes.subarray(at, at + (WRITE_SIZES[writes.length % WRITE_SIZES.length] ?? 1)));
  return writes;
}

function chunkOf(event: string): string {
  return `${event.length.toString(16)}\r\n${event}\r\n`;
}

function writeAll(socket: Socket, writes: readonly Buffer[], from: number): void {
  for (let place = from; place < writes.length; place++) {
    const write = writes[place];
    if (!write || socket.write(write)) continue;
    socket.once('drain', () => writeAll(socket, writes, place + 1));
    return;
  }
}

/** The first piece of text at once, then one at every tick; what ends the answer comes with the last. */
function writePaced(socket: Socket, events: readonly string[], { pieces, paceMs }: StreamShape): void {
  const [opening = '', first = '', ...rest] = events;
  socket.write(STREAM_HEAD + chunkOf(opening) + chunkOf(first), 'latin1');
  let place = 0;
  const timer = setInterval(() => {
    const isLast = place === pieces - 2;
    const text = isLast ? rest.slice(place).map(chunkOf).join('') + LAST_CHUNK : chunkOf(rest[place] ?? '');
    socket.write(text, 'latin1');
    place++;
    if (!isLast) return;
    clearInterval(timer);
    socket.off('close', stop);
  }, paceMs);
  const stop = (): void => clearInterval(timer);
  socket.on('close', stop);
}

serveOn(
  createServer({ noDelay: true }, (socket) => {
    const connection = new Connection(socket);
    socket.on('data', (bytes) => connection.push(bytes));
    socket.on('error', () => socket.destroy());
  }),
);
