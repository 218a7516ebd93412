/** Reads one item ahead, so that somebody can see what comes before they take it. */
export class Peekable<Item> {
  readonly #items: AsyncIterator<Item>;
  #next: Promise<IteratorResult<Item>> | undefined;

  constructor(items: AsyncIterable<Item>) {
    this.#items = items[Symbol.asyncIterator]();
  }

  /** What comes next, if anything does. It stays there until it is taken. */
  async peek(): Promise<Item | undefined> {
    this.#next ??= this.#items.next();
    const next = await this.#next;
    return next.done ? undefined : next.value;
  }

  /** Takes what was seen. */
  take(): void {
    this.#next = undefined;
  }

  /** Gives back what the items were read with. */
  async close(): Promise<void> {
    await this.#items.return?.();
  }
}
