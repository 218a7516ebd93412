import type { WaitingEntry } from './waiting-entry.ts';

/** How much may wait. */
export interface QueueBounds {
  readonly maxQueued: number;
  readonly maxQueuedBytes: number;
}

/** Places before the first that are let stand, empty, before they are cleared away. */
const MOST_EMPTY = 4_096;

/** Entries in the order in which they came, no more than the bounds allow. */
export class WriteQueue {
  readonly #bounds: QueueBounds;
  #items: (WaitingEntry | undefined)[] = [];
  #head = 0;
  #bytes = 0;

  constructor(bounds: QueueBounds) {
    this.#bounds = bounds;
  }

  get size(): number {
    return this.#items.length - this.#head;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get first(): WaitingEntry | undefined {
    return this.#items[this.#head];
  }

  /** More than half full. */
  get isCrowded(): boolean {
    return this.size * 2 > this.#bounds.maxQueued || this.#bytes * 2 > this.#bounds.maxQueuedBytes;
  }

  /** One entry has room whatever its size: else there were some that could never be written. */
  hasRoomFor({ bytes }: WaitingEntry): boolean {
    if (this.size === 0) return true;
    return this.size < this.#bounds.maxQueued && this.#bytes + bytes <= this.#bounds.maxQueuedBytes;
  }

  push(item: WaitingEntry): void {
    this.#items.push(item);
    this.#bytes += item.bytes;
  }

  /** The first of them, at least one. */
  front(most: number, mostBytes: number): readonly WaitingEntry[] {
    let end = this.#head;
    let bytes = 0;
    while (end < this.#items.length && end - this.#head < most) {
      bytes += this.#items[end]?.bytes ?? 0;
      if (bytes > mostBytes && end > this.#head) break;
      end++;
    }
    return this.#items.slice(this.#head, end).filter((item) => item !== undefined);
  }

  /** Any of them, as `random` (in [0, 1)) says; not the first where it is told to be another. */
  any(random: number, isAnother: boolean): WaitingEntry | undefined {
    const from = this.#head + (isAnother ? 1 : 0);
    return this.#items[from + Math.floor(random * (this.#items.length - from))];
  }

  /** Takes out what is no longer to wait. */
  remove(done: ReadonlySet<WaitingEntry>): void {
    for (const item of done) this.#bytes -= item.bytes;
    let left = done.size;
    while (left > 0 && this.first && done.has(this.first)) {
      this.#items[this.#head++] = undefined;
      left--;
    }
    // Only what was sifted leaves something standing before it.
    if (left > 0) this.#restart([...this].filter((item) => !done.has(item)));
    else if (this.#head >= MOST_EMPTY || this.size === 0) this.#restart([...this]);
  }

  /** All that still wait, which no longer do. */
  clear(): readonly WaitingEntry[] {
    const left = [...this];
    this.#restart([]);
    this.#bytes = 0;
    return left;
  }

  *[Symbol.iterator](): Generator<WaitingEntry> {
    for (let place = this.#head; place < this.#items.length; place++) {
      const item = this.#items[place];
      if (item) yield item;
    }
  }

  #restart(items: WaitingEntry[]): void {
    this.#items = items;
    this.#head = 0;
  }
}
