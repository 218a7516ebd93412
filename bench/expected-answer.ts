import { answerTag, eventsOf, pieceOf, type StreamShape, tagOf, textOf, WHOLE_ANSWER, WHOLE_TEXT } from './wire.ts';

interface WholeAnswer {
  readonly choices: readonly { readonly message: { readonly content: string } }[];
}

interface Chunk {
  readonly choices: readonly { readonly delta: { readonly content?: string }; readonly finish_reason: string | null }[];
}

/**
 * Holds answers against what they must say. Bytes that are the provider's own are right without a closer look; others
 * are read as a client would: the text must be complete, ended by its finish reason and, in a stream, by the end mark.
 */
export class ExpectedAnswer {
  readonly #shape: StreamShape | undefined;
  #tag = tagOf(0);
  #parts: Buffer[] = [];
  #firstText: Buffer = Buffer.alloc(0);
  #provided: Buffer = Buffer.from(WHOLE_ANSWER);
  #providedTag = '';

  /** `undefined`: the answer that is not streamed. */
  constructor(shape: StreamShape | undefined) {
    this.#shape = shape;
  }

  /** The next answer is the one to the request with this tag. */
  begin(tag: string): void {
    this.#parts = [];
    if (!this.#shape) return;
    this.#tag = answerTag(this.#shape, tag);
    if (this.#tag === this.#providedTag) return;
    this.#providedTag = this.#tag;
    this.#provided = Buffer.from(eventsOf(this.#tag, this.#shape.pieces, false).join(''));
    this.#firstText = Buffer.from(pieceOf(this.#tag, 0));
  }

  /** Takes a part of the body; true when it brings the first text. To be heeded once: a later part may look the same. */
  add(bytes: Buffer): boolean {
    const before = this.#parts.at(-1);
    this.#parts.push(bytes);
    // A cut may go through it.
    return this.#isIn(bytes) || (before !== undefined && this.#isIn(Buffer.concat([before, bytes])));
  }

  #isIn(bytes: Buffer): boolean {
    return bytes.includes(this.#firstText);
  }

  /** What is wrong with the answer, now that it has ended; `undefined` when nothing is. */
  failure(): string | undefined {
    const [first] = this.#parts;
    const body = first && this.#parts.length === 1 ? first : Buffer.concat(this.#parts);
    if (body.equals(this.#provided)) return undefined;
    try {
      if (!this.#shape) return wrongInWhole(body.toString());
      return wrongInStream(body.toString(), textOf(this.#tag, this.#shape.pieces));
    } catch (cause) {
      return `The answer cannot be read: ${String(cause)}`;
    }
  }

  /** The beginning of the body, for a message. */
  excerpt(): string {
    return Buffer.concat(this.#parts).toString().slice(0, 200);
  }
}

function wrongInWhole(body: string): string | undefined {
  const answer = JSON.parse(body) as WholeAnswer;
  return answer.choices[0]?.message.content === WHOLE_TEXT ? undefined : 'The answer says something else.';
}

function wrongInStream(body: string, expected: string): string | undefined {
  const events = body.split('\n\n').filter((event) => event !== '' && !event.startsWith(':'));
  if (events.pop() !== 'data: [DONE]') return 'The stream has no end mark.';
  let text = '';
  let finish: string | null = null;
  for (const event of events) {
    const chunk = JSON.parse(event.slice('data: '.length)) as Chunk;
    text += chunk.choices[0]?.delta.content ?? '';
    finish = chunk.choices[0]?.finish_reason ?? finish;
  }
  if (text !== expected) return 'The stream says something else, or not all of it.';
  return finish === 'stop' ? undefined : 'The stream has no finish reason.';
}
