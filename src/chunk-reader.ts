import type { Attempt } from './attempt.ts';
import { NexusError } from './errors.ts';
import type { ChatChunk, ChunkChoice, ChunkStream, Usage } from './ports/index.ts';

/** All chunks that came together. */
export type Batch = readonly ChatChunk[];

/**
 * Reads one provider's stream on behalf of one attempt: in time, no further than its end, and only to a real end. A
 * stream that stops before every choice has finished throws; it never ends quietly.
 */
export class ChunkReader {
  /** The last usage the provider reported. */
  usage: Usage | undefined;
  /** Everything the model has said so far, for counting. */
  text = '';
  readonly #attempt: Attempt;
  readonly #iterator: AsyncIterator<ChatChunk | readonly ChatChunk[]>;
  readonly #begun = new Set<number>();
  readonly #finished = new Set<number>();
  #hasContent = false;

  constructor(stream: ChunkStream, attempt: Attempt) {
    this.#attempt = attempt;
    this.#iterator = stream[Symbol.asyncIterator]();
  }

  /** Everything up to and with the first content. A role alone, or empty pieces, are not content. */
  async untilContent(): Promise<Batch> {
    const batches: ChatChunk[] = [];
    while (!this.#hasContent) {
      const batch = await this.read();
      if (!batch) break;
      batches.push(...batch);
    }
    return batches;
  }

  /** The next chunks, or `undefined` after the last. */
  async read(): Promise<Batch | undefined> {
    const item = await this.#attempt.until(this.#iterator.next());
    if (item.done === true) {
      this.#checkEnd();
      return undefined;
    }
    this.#attempt.heartbeat();
    const batch = isBatch(item.value) ? item.value : [item.value];
    for (const chunk of batch) this.#observe(chunk);
    return batch;
  }

  /** Lets go of the provider's iterator without waiting for it: a pending read may hold it for ever. */
  release(): void {
    letGo(this.#iterator);
  }

  #observe(chunk: ChatChunk): void {
    if (chunk.usage) this.usage = chunk.usage;
    for (const choice of chunk.choices) {
      this.#begun.add(choice.index);
      if (choice.finish_reason) this.#finished.add(choice.index);
      this.text += textOf(choice);
      if (!this.#hasContent) this.#hasContent = isContent(choice);
    }
  }

  #checkEnd(): void {
    if (this.#begun.size === 0)
      throw new NexusError('empty_stream', 'The provider ended its stream without an answer.');
    if (this.#finished.size < this.#begun.size)
      throw new NexusError('stream_interrupted', 'The provider ended its stream before the answer was complete.');
  }
}

/** Closes an iterator nobody reads any more. Its promise may stay pending for ever, and its errors are nobody's. */
export function letGo(iterator: AsyncIterator<unknown>): void {
  try {
    iterator.return?.().then(undefined, () => undefined);
  } catch {
    // A hand-written `return` may throw at once; there is nobody left to tell.
  }
}

function isBatch(item: ChatChunk | readonly ChatChunk[]): item is readonly ChatChunk[] {
  return Array.isArray(item);
}

/** A choice has content when it ends, or when its delta adds anything but a role. */
function isContent(choice: ChunkChoice): boolean {
  if (choice.finish_reason) return true;
  for (const [name, value] of Object.entries(choice.delta))
    if (name !== 'role' && value !== null && value !== undefined && value !== '' && !isEmptyList(value)) return true;
  return false;
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

/** What a piece of an answer adds to the tokens the model has produced. */
function textOf({ delta }: ChunkChoice): string {
  let text = delta.content ?? '';
  if (delta.reasoning_content) text += delta.reasoning_content;
  if (delta.refusal) text += delta.refusal;
  if (delta.tool_calls)
    for (const call of delta.tool_calls) text += (call.function?.name ?? '') + (call.function?.arguments ?? '');
  return text;
}
