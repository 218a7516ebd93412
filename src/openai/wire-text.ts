import { Existing } from './existing.ts';

/** A changed copy never carries the text of its original. */
class Carrier extends Existing {
  readonly #text: string | Uint8Array;

  constructor(value: object, text: string | Uint8Array) {
    super(value);
    this.#text = text;
  }

  static textOf(value: object): string | Uint8Array | undefined {
    return #text in value ? value.#text : undefined;
  }
}

/**
 * Notes on a parsed value the exact JSON text it came from, and returns the same value. Whoever writes it out may send
 * that text instead of printing the value again. A value can carry one text in its life.
 */
export function withWireText<T extends object>(value: T, text: string | Uint8Array): T {
  new Carrier(value, text);
  return value;
}

/** The JSON text a value was parsed from (a string, or UTF-8 bytes), if it carries one. */
export function wireTextOf(value: object): string | Uint8Array | undefined {
  return Carrier.textOf(value);
}

/**
 * `{ ...value, ...changes }`, to be given a text. On an object that spread has made, V8 takes ten times as long (1 us)
 * to add the private field.
 */
export function copyWith<T extends object>(value: T, changes: Partial<T>): T {
  // Assigned, this member would become the prototype.
  return Object.hasOwn(value, '__proto__') ? { ...value, ...changes } : Object.assign({}, value, changes);
}
