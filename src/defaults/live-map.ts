/** Entries that are looked at for each new key, and at most before any goes where the map is full. */
const LOOKS = 3;
const MOST_LOOKS = 16;

interface Entry<Value> {
  readonly value: Value;
  /** Since it was last looked at. */
  isUsed: boolean;
}

/**
 * A map of counters that is kept from growing over `capacity`.
 *
 * A counter that is whole says no more than a new one would, and goes as soon as it was not used between two looks: one
 * that is used all the time would have to be made anew all the time. One that is not whole goes only where the map is
 * full, and then preferably one that was not used either. A hand goes round the map, a few entries for each new key, so
 * that no step walks over all of it and no timer is needed.
 */
export class LiveMap<Value> {
  readonly #capacity: number;
  readonly #isWhole: (value: Value) => boolean;
  readonly #entries = new Map<string, Entry<Value>>();
  #hand = this.#entries.entries();
  /** Looks that are due for keys that have come. */
  #due = 0;

  constructor(capacity: number, isWhole: (value: Value) => boolean) {
    this.#capacity = capacity;
    this.#isWhole = isWhole;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** The counter under a key; `make` makes it where there is none. Forgets nothing: see `tidy`. */
  of(key: string, make: () => Value): Value {
    const entry = this.#entries.get(key);
    if (entry) {
      entry.isUsed = true;
      return entry.value;
    }
    const value = make();
    this.#entries.set(key, { value, isUsed: true });
    this.#due += LOOKS;
    return value;
  }

  /** Makes room for so many new keys. Nobody may hold a counter meanwhile that is still to be counted on. */
  tidy(coming: number): void {
    const most = Math.max(0, this.#capacity - coming);
    // Between two looks at one entry somebody must have had the chance to use it.
    const round = this.#entries.size;
    for (let looks = 0; (this.#due > 0 && looks < round) || this.#entries.size > most; looks++) {
      this.#due = Math.max(0, this.#due - 1);
      this.#look(this.#entries.size > most, looks >= MOST_LOOKS);
    }
  }

  #look(isFull: boolean, isUrgent: boolean): void {
    const step = this.#hand.next();
    if (step.done === true) {
      this.#hand = this.#entries.entries();
      return;
    }
    const [key, entry] = step.value;
    const mayGo = !entry.isUsed || (isFull && isUrgent);
    if (mayGo && (isFull || this.#isWhole(entry.value))) this.#entries.delete(key);
    entry.isUsed = false;
  }
}
