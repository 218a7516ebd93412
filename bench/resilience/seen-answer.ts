import { createParser } from 'eventsource-parser';

import { textOf, WHOLE_TEXT } from '../wire.ts';
import { PIECES } from './behaviours.ts';

/** How an answer ended for its client. */
export type Ending =
  /** All of it, and its end. */
  | 'complete'
  /** An error before any content. */
  | 'refused'
  /** A part of it, then an error in-band. */
  | 'broken'
  /** Anything else: a clean end of half an answer, an end without a word, other text. It must never happen. */
  | 'wrong';

interface SeenChunk {
  readonly error?: object;
  readonly choices?: readonly {
    readonly delta: { readonly content?: string };
    readonly finish_reason: string | null;
  }[];
}

/** Reads a streamed answer as a client would, and tells how it ended. */
export class SeenStream {
  readonly #expected: string;
  readonly #decoder = new TextDecoder();
  readonly #parser = createParser({ onEvent: ({ data }) => this.#take(data) });
  #text = '';
  #finish: string | null = null;
  #hasError = false;
  #isDone = false;
  #isWrong = false;

  /** @param tag the number the request carries. */
  constructor(tag: string) {
    this.#expected = textOf(tag, PIECES);
  }

  /** Whether content has come. */
  get hasContent(): boolean {
    return this.#text !== '';
  }

  push(bytes: Uint8Array): void {
    this.#parser.feed(this.#decoder.decode(bytes, { stream: true }));
  }

  /** How it ended, now that nothing more comes. */
  ending(): Ending {
    if (this.#isWrong || !this.#expected.startsWith(this.#text)) return 'wrong';
    if (this.#hasError) return this.#isDone ? 'wrong' : this.hasContent ? 'broken' : 'refused';
    const isComplete = this.#isDone && this.#finish === 'stop' && this.#text === this.#expected;
    return isComplete ? 'complete' : 'wrong';
  }

  #take(data: string): void {
    if (data === '[DONE]') {
      this.#isDone = true;
      return;
    }
    try {
      const { error, choices = [] } = JSON.parse(data) as SeenChunk;
      this.#hasError ||= error !== undefined;
      this.#text += choices[0]?.delta.content ?? '';
      this.#finish = choices[0]?.finish_reason ?? this.#finish;
    } catch {
      this.#isWrong = true;
    }
  }
}

/** How an answer that is not streamed ended. */
export function endingOfWhole(body: string): Ending {
  try {
    const { choices } = JSON.parse(body) as { choices: readonly { message: { content: string } }[] };
    return choices[0]?.message.content === WHOLE_TEXT ? 'complete' : 'wrong';
  } catch {
    return 'wrong';
  }
}
