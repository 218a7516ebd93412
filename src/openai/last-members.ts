import type { JsonObject } from './types.ts';

/** Of each member of the objects added, the last value that is not `null`. */
export class LastMembers {
  readonly #values = new Map<string, unknown>();
  readonly #except: ReadonlySet<string>;

  /** Members in `except` are passed over. */
  constructor(except: ReadonlySet<string>) {
    this.#except = except;
  }

  add(source: object): void {
    for (const [name, value] of Object.entries(source) as [string, unknown][]) {
      if (this.#except.has(name) || (value === null && this.#values.has(name))) continue;
      this.#values.set(name, value);
    }
  }

  all(): JsonObject {
    return Object.fromEntries(this.#values);
  }
}
