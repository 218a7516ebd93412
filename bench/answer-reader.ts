type State = 'head' | 'sized' | 'chunkSize' | 'chunk' | 'chunkEnd' | 'trailer';

/** What a reader tells while it reads. */
export interface AnswerEvents {
  onBody(bytes: Buffer): void;
  onEnd(status: number): void;
}

/**
 * Reads HTTP/1.1 answers from the bytes of one connection, with just what the servers of a run send: a length or
 * chunks, no trailers. It costs a fraction of Node's own client, so that the generator is not what is measured.
 */
export class AnswerReader {
  readonly #events: AnswerEvents;
  #state: State = 'head';
  #status = 0;
  #left = 0;
  #held: Buffer | undefined;

  constructor(events: AnswerEvents) {
    this.#events = events;
  }

  /**
   * Takes what came, whatever the cuts between reads.
   * @throws Error for what is not an answer.
   */
  push(bytes: Buffer): void {
    const input = this.#held ? Buffer.concat([this.#held, bytes]) : bytes;
    this.#held = undefined;
    let at = 0;
    while (at < input.length) {
      const next = this.#step(input, at);
      if (next === undefined) {
        this.#held = input.subarray(at);
        return;
      }
      at = next;
    }
  }

  /** Where the next step begins; `undefined` when this one needs more bytes. */
  #step(input: Buffer, at: number): number | undefined {
    switch (this.#state) {
      case 'head':
        return this.#head(input, at);
      case 'sized':
      case 'chunk':
        return this.#body(input, at);
      case 'chunkSize':
        return this.#chunkSize(input, at);
      case 'chunkEnd':
      case 'trailer':
        return this.#lineEnd(input, at);
    }
  }

  #head(input: Buffer, at: number): number | undefined {
    const end = input.indexOf('\r\n\r\n', at, 'latin1');
    if (end < 0) return undefined;
    const head = input.toString('latin1', at, end).toLowerCase();
    if (!head.startsWith('http/1.1 ')) throw new Error('The answer is not HTTP/1.1.');
    this.#status = Number(head.slice(9, 12));
    const length = /\r\ncontent-length: *(\d+)/.exec(head)?.[1];
    if (length !== undefined) this.#left = Number(length);
    else if (!head.includes('\r\ntransfer-encoding: chunked')) throw new Error('The answer has no end.');
    this.#state = length === undefined ? 'chunkSize' : 'sized';
    if (length !== undefined && this.#left === 0) this.#end();
    return end + 4;
  }

  #body(input: Buffer, at: number): number {
    const end = Math.min(at + this.#left, input.length);
    this.#left -= end - at;
    this.#events.onBody(input.subarray(at, end));
    if (this.#left > 0) return end;
    if (this.#state === 'chunk') this.#state = 'chunkEnd';
    else this.#end();
    return end;
  }

  #chunkSize(input: Buffer, at: number): number | undefined {
    const end = input.indexOf('\r\n', at, 'latin1');
    if (end < 0) return undefined;
    this.#left = Number.parseInt(input.toString('latin1', at, end), 16);
    if (!Number.isInteger(this.#left)) throw new Error('The answer has a chunk without a size.');
    this.#state = this.#left === 0 ? 'trailer' : 'chunk';
    return end + 2;
  }

  #lineEnd(input: Buffer, at: number): number | undefined {
    if (input.length - at < 2) return undefined;
    if (this.#state === 'trailer') this.#end();
    else this.#state = 'chunkSize';
    return at + 2;
  }

  #end(): void {
    this.#state = 'head';
    this.#events.onEnd(this.#status);
  }
}
