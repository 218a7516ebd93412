import { LedgerError } from './ledger-error.ts';

/** What is opened when it is first needed, again where that failed, and closed once. */
export class Opening<Opened extends { readonly close: () => Promise<unknown> }> {
  readonly #open: () => Promise<Opened>;
  #opening: Promise<Opened> | undefined;
  #isClosed = false;

  constructor(open: () => Promise<Opened>) {
    this.#open = open;
  }

  /** @throws LedgerError `closed`, or whatever opening it ends with. */
  async done(): Promise<Opened> {
    if (this.#isClosed) throw new LedgerError('closed', 'The ledger was closed.');
    const attempt = (this.#opening ??= this.#open());
    try {
      return await attempt;
    } catch (cause) {
      if (this.#opening === attempt) this.#opening = undefined;
      throw cause;
    }
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const opened = await this.#opening?.catch(() => undefined);
    await opened?.close();
  }
}
