import { NexusError } from '../errors.ts';
import { MOMENT_FORMS, momentOf } from '../moment-of.ts';
import type { LedgerFilter } from '../ports/index.ts';

/** Names by which every view of the ledger is narrowed. */
export const FILTER_NAMES: readonly string[] = ['from', 'to', 'caller', 'model', 'provider'];

/** What a request asks for behind its `?`. */
export class Query {
  readonly #values: URLSearchParams;

  /**
   * @param names those that mean something here.
   * @throws NexusError `request_invalid` for any other: one that is misspelt would show something else than was asked for.
   */
  constructor(query: string, names: readonly string[]) {
    this.#values = new URLSearchParams(query);
    for (const name of this.#values.keys())
      if (!names.includes(name)) {
        const known = names.length === 0 ? 'It takes none.' : `It takes: ${names.join(', ')}.`;
        throw invalid(
          name.slice(0, 50),
          `This path takes no ${JSON.stringify(name.slice(0, 50))} in its query. ${known}`,
        );
      }
  }

  /** @throws NexusError `request_invalid` where it is there more than once, or empty. */
  text(name: string): string | undefined {
    const [value, ...others] = this.#values.getAll(name);
    if (value === undefined) return undefined;
    if (others.length > 0) throw invalid(name, `"${name}" is there more than once.`);
    if (value === '') throw invalid(name, `"${name}" is empty. Leave it out, or give it a value.`);
    return value;
  }

  /** Texts with commas between them, or the name several times. */
  list(name: string): string[] {
    return this.#values
      .getAll(name)
      .flatMap((value) => value.split(','))
      .map((value) => value.trim());
  }

  /** @throws NexusError `request_invalid` */
  truth(name: string): boolean | undefined {
    const value = this.text(name);
    if (value === undefined || value === 'true' || value === 'false') return value && value === 'true';
    throw invalid(name, `"${name}" must be true or false.`);
  }

  /** @throws NexusError `request_invalid` */
  count(name: string, most: number): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const count = /^\d{1,6}$/.test(value) ? Number(value) : 0;
    if (count >= 1 && count <= most) return count;
    throw invalid(name, `"${name}" must be a whole number from 1 to ${String(most)}.`);
  }

  /** A whole number from 0 on. @throws NexusError `request_invalid` */
  number(name: string): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    if (/^\d{1,15}$/.test(value)) return Number(value);
    throw invalid(name, `"${name}" must be a whole number.`);
  }

  /** Which part of the ledger is meant. @throws NexusError `request_invalid` */
  filter(): LedgerFilter {
    return {
      fromMs: this.time('from'),
      toMs: this.time('to'),
      callerId: this.text('caller'),
      model: this.text('model'),
      providerId: this.text('provider'),
    };
  }

  /** In Unix milliseconds. @throws NexusError `request_invalid` */
  time(name: string): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const ms = momentOf(text);
    if (ms !== undefined) return ms;
    throw invalid(name, `"${name}" must be a time such as ${MOMENT_FORMS}.`);
  }
}

function invalid(param: string, message: string): NexusError {
  return new NexusError('request_invalid', message, { param });
}
