import { HIDDEN } from './key-shapes.ts';
import { isSecretName } from './secret-names.ts';
import type { TextMask } from './text-mask.ts';

/** How much of a value is taken, and which of its members are secret. */
export interface ValueRules {
  /** How deep is looked. What lies beyond is left out, and says so. */
  readonly deepest: number;
  /** How many members of one thing are taken. */
  readonly widest: number;
  /** How many of all together. */
  readonly most: number;
  /** Whether what a member of this name holds is secret, whatever it looks like. */
  readonly isSecret: (name: string) => boolean;
}

const USUAL: ValueRules = { deepest: 8, widest: 200, most: 5_000, isSecret: isSecretName };

/** Of a secret in parts: what tells which one it is, and not what it is. */
const TELLING_NAMES = /^(id|name|kind|type|prefix|last_?4|last_?four)$/i;

/** Members of errors that are theirs though they are not listed. */
const OF_ERRORS = ['message', 'stack', 'cause', 'errors'] as const;

/** A safe copy of anything, in depth. What is given is not changed. */
export type ValueMask = (value: unknown) => unknown;

/**
 * Masks texts wherever they are: in members, their names, lists, maps, errors and their causes. What is named a secret is
 * hidden whole. Bytes are told by their number; what is too deep, too much or in a circle is left out, and says so.
 */
export function valueMask(mask: TextMask, rules: ValueRules = USUAL): ValueMask {
  return (value) => new Copy(mask, rules).of(value);
}

class Copy {
  readonly #mask: TextMask;
  readonly #rules: ValueRules;
  readonly #above = new Set<object>();
  #left: number;

  constructor(mask: TextMask, rules: ValueRules) {
    this.#mask = mask;
    this.#rules = rules;
    this.#left = rules.most;
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
    if (--this.#left < 0 || this.#above.size >= this.#rules.deepest) return '[more]';
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
    // A secret, be it of another copy of this package.
    if ('reveal' in value) return HIDDEN;
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer || value instanceof SharedArrayBuffer)
      return isSecret ? HIDDEN : `[${String(value.byteLength)} bytes]`;
    if (value instanceof Error) return this.#error(value);
    if (Array.isArray(value)) return this.#list(value, isSecret);
    if (value instanceof Set) return this.#list([...value], isSecret);
    if (value instanceof Map || isEntries(value))
      return this.#members(
        [...value].map(([name, one]) => [String(name), one]),
        isSecret,
      );
    // Dates and URLs say themselves how they want to be printed.
    if ('toJSON' in value && typeof value.toJSON === 'function')
      return this.of((value.toJSON as () => unknown)(), isSecret);
    return this.#members(Object.entries(value), isSecret);
  }

  #list(items: readonly unknown[], isSecret: boolean): unknown[] {
    const { widest, isSecret: isSecretMember } = this.#rules;
    const copies = items.slice(0, widest).map((item, place) => {
      if (isObject(item)) return this.of(item);
      // Headers come as a list in which names and values take turns, too.
      const name = place > 0 ? items[place - 1] : undefined;
      return this.of(item, isSecret || (typeof item === 'string' && typeof name === 'string' && isSecretMember(name)));
    });
    return items.length > widest ? [...copies, `[${String(items.length - widest)} more]`] : copies;
  }

  /** @param isSecret they are parts of one. */
  #members(entries: readonly (readonly [name: string, value: unknown])[], isSecret: boolean): object {
    const { widest, isSecret: isSecretMember } = this.#rules;
    const copies = entries.slice(0, widest).map(([name, value]) => {
      const isPart = isSecret && !isObject(value) && !TELLING_NAMES.test(name);
      return [this.#mask(name), this.of(value, isPart || isSecretMember(name))] as const;
    });
    if (entries.length > widest) copies.push(['more', `[${String(entries.length - widest)} more]`]);
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
      if (!Object.hasOwn(copy, name)) Reflect.set(copy, name, this.of(value, this.#rules.isSecret(name)));
    return copy;
  }
}

/** `Headers`, `URLSearchParams`, `FormData`. */
function isEntries(value: object): value is Iterable<[string, unknown]> {
  return 'entries' in value && typeof value.entries === 'function' && Symbol.iterator in value;
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}
