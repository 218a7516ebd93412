/** Counts the brackets of JSON text that comes in pieces; those inside strings do not count. Linear in the text. */
export class Brackets {
  #depth = 0;
  #begun = false;
  #inString = false;
  #escaped = false;

  add(piece: string): void {
    for (const character of piece) {
      if (this.#inString) this.#string(character);
      else if (character === '"') this.#inString = true;
      else if (character === '{' || character === '[') {
        this.#depth++;
        this.#begun = true;
      } else if (character === '}' || character === ']') this.#depth--;
    }
  }

  /** Every bracket is closed, and there was one. */
  get closed(): boolean {
    return this.#begun && this.#depth <= 0 && !this.#inString;
  }

  #string(character: string): void {
    if (this.#escaped) this.#escaped = false;
    else if (character === '\\') this.#escaped = true;
    else if (character === '"') this.#inString = false;
  }
}
