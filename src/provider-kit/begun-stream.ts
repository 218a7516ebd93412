import type { ChatChunk } from '../openai/types.ts';
import type { ChunkStream } from '../ports/index.ts';

type Batch = ChatChunk | readonly ChatChunk[];

/**
 * Waits for the first chunks of a stream before it hands the stream out: an error that comes instead of them is thrown
 * here, where the request can still be repeated.
 */
export async function begunStream(stream: ChunkStream): Promise<ChunkStream> {
  const iterator = stream[Symbol.asyncIterator]();
  return new BegunStream(iterator, await iterator.next());
}

/** Written by hand: `return()` of a generator waits behind a read that may never end. */
class BegunStream implements AsyncIterableIterator<Batch> {
  readonly #iterator: AsyncIterator<Batch>;
  #first: IteratorResult<Batch> | undefined;

  constructor(iterator: AsyncIterator<Batch>, first: IteratorResult<Batch>) {
    this.#iterator = iterator;
    this.#first = first;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Batch>> {
    const first = this.#first;
    this.#first = undefined;
    return first ? Promise.resolve(first) : this.#iterator.next();
  }

  async return(): Promise<IteratorResult<Batch>> {
    this.#first = undefined;
    await this.#iterator.return?.();
    return { done: true, value: undefined };
  }
}
