const PRINTED = '[secret]';

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

/** A key source that can be kept in an object: neither the key nor the function shows. */
export function keyring(source: KeySource): () => Promise<Secret> {
  if (typeof source === 'function') return async () => new Secret(await source());
  const secret = Promise.resolve(new Secret(source));
  return () => secret;
}
