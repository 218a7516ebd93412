import { HIDDEN } from './key-shapes.ts';
import { isSecretName } from './secret-names.ts';
import type { TextMask } from './text-mask.ts';

/** How deep is looked, how many members of one thing are taken, and of all together. What lies beyond is left out. */
const DEEPEST = 8;
const WIDEST = 200;
const MOST_VALUES = 5_000;

/** Members of errors that are theirs though they are not listed. */
const OF_ERRORS = ['message', 'stack', 'cause', 'errors'] as const;

/** A safe copy of anything, in depth. What is given is not changed. */
export type ValueMask = (value: unknown) => unknown;

/**
 * Masks texts wherever they are: in members, their names, lists, maps, errors and their causes. What is named a secret is
 * hidden whole. Bytes are told by their number; what is too deep, too much or in a circle is left out, and says so.
 */
export function valueMask(mask: TextMask): ValueMask {
  return (value) => new Copy(mask).of(value);
}

class Copy {
  readonly #mask: TextMask;
  readonly #above = new Set<object>();
  #left = MOST_VALUES;

  constructor(mask: TextMask) {
    this.#mask = mask;
  }

  of(value: unknown, isSecret = false): unknown {
    switch (typeof value) {
      case 'string':
        return isSecret && value !== '' ? HIDDEN : this.#mask(value);
      case 'number':
        return this.#number(value);
      case 'object':
        return value === null ? null : this.#object(value, isSecret);
      case 'function':
      case 'symbol':
        return `[${typeof value}]`;
      case 'bigint':
        return this.#mask(value.toString());
      case 'boolean':
      case 'undefined':
        return value;
    }
  }

  /** Numbers of telephones and cards are numbers to some. */
  #number(value: number): unknown {
    if (!Number.isSafeInteger(value) || Math.abs(value) < 1e9) return value;
    const text = String(value);
    const masked = this.#mask(text);
    return masked === text ? value : masked;
  }

  #object(value: object, isSecret: boolean): unknown {
    if (--this.#left < 0 || this.#above.size >= DEEPEST) return '[more]';
    if (this.#above.has(value)) return '[circular]';
    this.#above.add(value);
    try {
      return this.#copy(value, isSecret);
    } catch {
      // A getter that throws must not keep the rest from being logged.
      return '[unreadable]';
    } finally {
      this.#above.delete(value);
    }
  }

  #copy(value: object, isSecret: boolean): unknown {
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer || value instanceof SharedArrayBuffer)
      return isSecret ? HIDDEN : `[${String(value.byteLength)} bytes]`;
    if (value instanceof Error) return this.#error(value);
    if (Array.isArray(value)) return this.#list(value, isSecret);
    if (value instanceof Set) return this.#list([...value], isSecret);
    if (value instanceof Map || isEntries(value))
      return this.#members([...value].map(([name, one]) => [String(name), one]));
    // Dates, URLs and secrets of the opaque type say themselves how they want to be printed.
    if ('toJSON' in value && typeof value.toJSON === 'function')
      return this.of((value.toJSON as () => unknown)(), isSecret);
    return this.#members(Object.entries(value));
  }

  #list(items: readonly unknown[], isSecret: boolean): unknown[] {
    const copies = items.slice(0, WIDEST).map((item, place) => {
      // Headers come as a list in which names and values take turns, too.
      const name = place > 0 ? items[place - 1] : undefined;
      return this.of(item, isSecret || (typeof item === 'string' && typeof name === 'string' && isSecretName(name)));
    });
    return items.length > WIDEST ? [...copies, `[${String(items.length - WIDEST)} more]`] : copies;
  }

  #members(entries: readonly (readonly [name: string, value: unknown])[]): object {
    const copies = entries
      .slice(0, WIDEST)
      .map(([name, value]) => [this.#mask(name), this.of(value, isSecretName(name))] as const);
    if (entries.length > WIDEST) copies.push(['more', `[${String(entries.length - WIDEST)} more]`]);
    return Object.fromEntries(copies);
  }

  /** An error again, so that loggers print it as one. */
  #error(error: Error): Error {
    const copy = new Error(this.#mask(error.message));
    for (const name of ['name', ...OF_ERRORS] as const) {
      const value: unknown = Reflect.get(error, name);
      if (name !== 'message' && value !== undefined)
        Object.defineProperty(copy, name, { value: this.of(value), configurable: true, writable: true });
    }
    for (const [name, value] of Object.entries(error))
      if (!Object.hasOwn(copy, name)) Reflect.set(copy, name, this.of(value, isSecretName(name)));
    return copy;
  }
}

/** `Headers`, `URLSearchParams`, `FormData`. */
function isEntries(value: object): value is Iterable<[string, unknown]> {
  return 'entries' in value && typeof value.entries === 'function' && Symbol.iterator in value;
}
