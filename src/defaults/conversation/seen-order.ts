/** What is seen now and then. Whoever keeps the order writes all of it but the time. */
export interface Seen<Item> {
  /** When it was seen last, in Unix milliseconds. */
  readonly seenAtMs: number;
  /** Its neighbours in the order. */
  earlier: Item | undefined;
  later: Item | undefined;
  /** It was idle for too long when that was last looked at. */
  isIdle: boolean;
}

/**
 * Items in the order in which they were last seen: tells which was not seen for longest, and how many were seen lately,
 * without a look at all of them. Where a clock is set back, those that were seen before may be counted for as much longer.
 */
export class SeenOrder<Item extends Seen<Item>> {
  size = 0;
  #first: Item | undefined;
  #last: Item | undefined;
  /** The last of those that were idle for too long, and how many there are: time moves it on, seldom by much. */
  #lastIdle: Item | undefined;
  #idle = 0;

  /** The one that was not seen for longest. */
  get first(): Item | undefined {
    return this.#first;
  }

  /** It was seen just now, be it for the first time. */
  see(item: Item): void {
    if (item === this.#last) return;
    this.remove(item);
    this.#put(item, this.#last);
  }

  /** Puts an item that was seen when another one was. */
  putBeside(item: Item, other: Item): void {
    this.#put(item, other);
    if (!other.isIdle) return;
    item.isIdle = true;
    this.#idle++;
    if (this.#lastIdle === other) this.#lastIdle = item;
  }

  /** Does nothing where it is not there. */
  remove(item: Item): void {
    const { earlier, later } = item;
    if (!earlier && item !== this.#first) return;
    if (earlier) earlier.later = later;
    else this.#first = later;
    if (later) later.earlier = earlier;
    else this.#last = earlier;
    if (item === this.#lastIdle) this.#lastIdle = earlier;
    if (item.isIdle) this.#idle--;
    item.earlier = item.later = undefined;
    item.isIdle = false;
    this.size--;
  }

  /** How many were seen less than `idleMs` milliseconds ago. */
  active(nowMs: number, idleMs: number): number {
    const isIdle = ({ seenAtMs }: Item): boolean => nowMs - seenAtMs >= idleMs;
    for (let next = this.#afterIdle; next && isIdle(next); next = this.#afterIdle) {
      next.isIdle = true;
      this.#idle++;
      this.#lastIdle = next;
    }
    // Time may be set back, and not everybody who asks means the same by idle.
    for (let last = this.#lastIdle; last && !isIdle(last); last = this.#lastIdle) {
      last.isIdle = false;
      this.#idle--;
      this.#lastIdle = last.earlier;
    }
    return this.size - this.#idle;
  }

  get #afterIdle(): Item | undefined {
    return this.#lastIdle ? this.#lastIdle.later : this.#first;
  }

  #put(item: Item, earlier: Item | undefined): void {
    const later = earlier ? earlier.later : this.#first;
    item.earlier = earlier;
    item.later = later;
    if (earlier) earlier.later = item;
    else this.#first = item;
    if (later) later.earlier = item;
    else this.#last = item;
    this.size++;
  }
}
