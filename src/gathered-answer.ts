import { Collector } from './openai/collect.ts';
import type { ChatChunk, ChatCompletion } from './ports/index.ts';

/** What a chunk takes beside what is said in it, about. */
const LENGTH_OF_CHUNK = 16;

/** The chunks of an answer put together while they go by, unless there is too much of it. */
export class GatheredAnswer {
  #collector: Collector | undefined = new Collector();
  #room: number;

  /** @param mostLength characters it may have. */
  constructor(mostLength: number) {
    this.#room = mostLength;
  }

  add(chunk: ChatChunk): void {
    if (!this.#collector) return;
    this.#room -= lengthOf(chunk);
    if (this.#room < 0) this.#collector = undefined;
    else this.#collector.add(chunk);
  }

  /** To be asked for at its end. `undefined`: there was too much of it. */
  whole(): ChatCompletion | undefined {
    return this.#collector?.completion();
  }
}

function lengthOf({ choices }: ChatChunk): number {
  let length = LENGTH_OF_CHUNK;
  for (const { delta, logprobs } of choices) {
    const { content, reasoning_content: reasoning, role: _role, ...rest } = delta;
    length += (content?.length ?? 0) + (reasoning?.length ?? 0);
    // Calls of tools, sound and the like are few.
    for (const value of Object.values(rest)) if (value) length += JSON.stringify(value).length;
    if (logprobs) length += JSON.stringify(logprobs).length;
  }
  return length;
}
