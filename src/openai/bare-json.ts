import { Brackets } from './brackets.ts';

/** Answer of {@link BareJson.add} when a value outgrew the limit. */
export const TOO_LARGE: unique symbol = Symbol('too large');

/**
 * Puts together JSON that stands in an event stream without `data:`, on one line or pretty-printed over several.
 *
 * A line that begins with `{` or `[` begins a value; it is whole when its brackets close. What is whole need not be
 * valid: its reader finds out.
 */
export class BareJson {
  readonly #maxBytes: number;
  #lines: string[] = [];
  #bytes = 0;
  #brackets = new Brackets();

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The text of a value that this line completes. Other lines that begin no value are passed over. */
  add(line: string): string | typeof TOO_LARGE | undefined {
    if (this.#lines.length === 0 && !line.startsWith('{') && !line.startsWith('[')) return undefined;
    this.#bytes += Buffer.byteLength(line) + 1;
    // The last line has no line end of its own.
    if (this.#bytes - 1 > this.#maxBytes) return TOO_LARGE;
    this.#lines.push(line);
    this.#brackets.add(line);
    return this.#brackets.closed ? this.end() : undefined;
  }

  /** What was begun and not closed, if anything. Starts anew. */
  end(): string | undefined {
    if (this.#lines.length === 0) return undefined;
    const text = this.#lines.join('\n');
    this.#lines = [];
    this.#bytes = 0;
    this.#brackets = new Brackets();
    return text;
  }
}
