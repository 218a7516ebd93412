import { connect, type Socket } from 'node:net';

import { AnswerReader } from './answer-reader.ts';
import { ExpectedAnswer } from './expected-answer.ts';
import { requestBody } from './prompts.ts';
import { percentile } from './statistics.ts';
import { CALLER_KEY, shapeOf, TAG_LENGTH, TAG_MARK, tagOf } from './wire.ts';

/** What the generator has to do. */
export interface LoadOrder {
  readonly port: number;
  readonly model: string;
  readonly connections: number;
  /** About how long the prompt is; 0 for a short question. */
  readonly promptBytes: number;
  /** Every connection asks again and again for so long, but once in any case; `undefined`: only once. */
  readonly forMs: number | undefined;
  /** Connections begin one after the other, spread over this time. */
  readonly spreadMs: number;
  /** How long a connection has at least from one request to the next; absent: it asks when it has its answer. */
  readonly everyMs?: number;
  /** When answers that are still not complete count as cut. */
  readonly limitMs: number;
}

/** What came of it. */
export interface LoadResult {
  /** Complete answers with the right text. */
  readonly answers: number;
  /** Answers that were cut, wrong, late or refused. */
  readonly failed: number;
  /** What was wrong with the first of them. */
  readonly firstFailure: string | undefined;
  readonly seconds: number;
  /** Milliseconds from a request to the first text of its answer: half of them and 99 % were no slower. */
  readonly firstTextMs: { readonly p50: number; readonly p99: number };
}

/** Asks over and over on one connection; no request leaves before the last answer is complete and right. */
class Caller {
  readonly #order: LoadOrder;
  readonly #request: Buffer;
  readonly #tagAt: number;
  readonly #expected: ExpectedAnswer;
  readonly #firstTextMs: number[];
  readonly #socket: Socket;
  readonly #done: (failure: string | undefined) => void;
  readonly #next: (isFirst: boolean) => string | undefined;
  readonly #reader = new AnswerReader({
    onBody: (bytes) => this.#onBody(bytes),
    onEnd: (status) => this.#onEnd(status),
  });
  #askedAt = 0;
  #hasText = false;
  #over = false;
  answers = 0;

  constructor(
    order: LoadOrder,
    firstTextMs: number[],
    next: (isFirst: boolean) => string | undefined,
    done: (failure: string | undefined) => void,
  ) {
    this.#order = order;
    this.#request = requestOf(order);
    this.#tagAt = this.#request.indexOf(TAG_MARK, 0, 'latin1') + TAG_MARK.length;
    this.#expected = new ExpectedAnswer(shapeOf(order.model));
    this.#firstTextMs = firstTextMs;
    this.#next = next;
    this.#done = done;
    this.#socket = connect({ port: order.port, host: '127.0.0.1', noDelay: true }, () => this.#ask());
    this.#socket.on('data', (bytes) => {
      try {
        this.#reader.push(bytes);
      } catch (cause) {
        this.end(String(cause));
      }
    });
    this.#socket.on('error', (error) => this.end(error.message));
    this.#socket.on('close', () => this.end('The connection was closed in the middle of an answer.'));
  }

  /** Ends the work of this connection; later calls do nothing. */
  end(failure: string | undefined): void {
    if (this.#over) return;
    this.#over = true;
    this.#socket.destroy();
    this.#done(failure);
  }

  #ask(): void {
    const tag = this.#next(this.answers === 0);
    if (tag === undefined) {
      this.end(undefined);
      return;
    }
    this.#request.write(tag, this.#tagAt, TAG_LENGTH, 'latin1');
    this.#expected.begin(tag);
    this.#hasText = false;
    this.#askedAt = performance.now();
    this.#socket.write(this.#request);
  }

  #onBody(bytes: Buffer): void {
    const hasText = this.#expected.add(bytes);
    if (this.#hasText || !hasText) return;
    this.#hasText = true;
    this.#firstTextMs.push(performance.now() - this.#askedAt);
  }

  #onEnd(status: number): void {
    const failure = status === 200 ? this.#expected.failure() : `The status is ${status}: ${this.#expected.excerpt()}`;
    if (failure !== undefined) {
      this.end(failure);
      return;
    }
    this.answers++;
    if (this.#order.forMs === undefined) this.end(undefined);
    else this.#askAgain(this.#order.everyMs);
  }

  #askAgain(everyMs: number | undefined): void {
    if (everyMs === undefined) this.#ask();
    else setTimeout(() => this.#ask(), this.#askedAt + everyMs - performance.now());
  }
}

/** Carries an order out. Never rejects: what goes wrong is counted. */
export async function runLoad(order: LoadOrder): Promise<LoadResult> {
  const { connections, forMs, spreadMs, limitMs } = order;
  const startedAt = performance.now();
  const firstTextMs: number[] = [];
  const failures: string[] = [];
  const callers: Caller[] = [];
  let asked = 0;
  let isLate = false;
  const nextTag = (isFirst: boolean): string | undefined => {
    if (isLate) return undefined;
    // On a busy machine the time may be over before the first connection is there.
    if (!isFirst && forMs !== undefined && performance.now() - startedAt >= forMs) return undefined;
    return tagOf(++asked);
  };
  await new Promise<void>((resolve) => {
    let open = connections;
    const done = (failure: string | undefined): void => {
      if (failure !== undefined) failures.push(failure);
      if (--open > 0) return;
      clearTimeout(limit);
      resolve();
    };
    const limit = setTimeout(() => {
      isLate = true;
      for (const caller of callers) caller.end(`The answer was not complete within ${limitMs} ms.`);
    }, limitMs);
    for (let place = 0; place < connections; place++)
      setTimeout(() => callers.push(new Caller(order, firstTextMs, nextTag, done)), (place * spreadMs) / connections);
  });
  return {
    answers: callers.reduce((sum, caller) => sum + caller.answers, 0),
    failed: failures.length,
    firstFailure: failures[0],
    seconds: (performance.now() - startedAt) / 1000,
    firstTextMs: { p50: percentile(firstTextMs, 0.5), p99: percentile(firstTextMs, 0.99) },
  };
}

function requestOf({ port, model, promptBytes }: LoadOrder): Buffer {
  const body = requestBody(model, promptBytes, shapeOf(model) !== undefined);
  const head = [
    'POST /v1/chat/completions HTTP/1.1',
    `host: 127.0.0.1:${port}`,
    `authorization: Bearer ${CALLER_KEY}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
  ];
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`);
}
