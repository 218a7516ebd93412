import { NexusError } from '../errors.ts';

const PRINTED = '[secret]';

/** Printable ASCII, no blanks around it: what fits into a header and comes back out of it unchanged. */
const KEY = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;

/** A key that does not show: printing, inspecting, joining and serialising it all give `[secret]`. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself, for the one place that sends it. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return PRINTED;
  }

  toJSON(): string {
    return PRINTED;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return PRINTED;
  }
}

/** A key, or a function that is asked for it before every request: keys that rotate, tokens that expire. */
export type KeySource = string | (() => string | Promise<string>);

/** True for a text that can be sent as a key. */
export function isKey(value: unknown): value is string {
  return typeof value === 'string' && KEY.test(value);
}

/**
 * A key source that can be kept in an object: neither the key nor the function shows. What it gives rejects with what
 * the function throws, or with `provider_denied` when that gave no key; the error does not hold what it gave.
 */
export function keyring(source: KeySource): () => Secret | Promise<Secret> {
  if (typeof source === 'function') return async () => givenKey(await source());
  const secret = new Secret(source);
  return () => secret;
}

/** Functions of users may give anything. Sent unchecked, `undefined` is a key, and a line break an error that shows it. */
function givenKey(given: unknown): Secret {
  if (isKey(given)) return new Secret(given);
  const mistake = typeof given !== 'string' ? 'no text' : given === '' ? 'an empty text' : 'more than a key';
  const rule = 'it must give a text without line breaks or blanks around it';
  throw new NexusError('provider_denied', `The function for the provider's key gave ${mistake}; ${rule}.`);
}
