/** Entries that are looked at for each new key, and at most where the map is full. */
const LOOKS = 2;
const MOST_LOOKS = 16;

interface Entry<Value> {
  readonly value: Value;
  /** Since it was last looked at. */
  isUsed: boolean;
}

/**
 * A map of counters that never holds more than `capacity`.
 *
 * A counter that is whole says no more than a new one would, and goes as soon as it is looked at. One that is not
 * goes only where the map is full, and then preferably one that was not used since it was last looked at. A hand goes
 * round the map, a few entries for each new key, so that no step walks over all of it and no timer is needed.
 */
export class LiveMap<Value> {
  readonly #capacity: number;
  readonly #isWhole: (value: Value) => boolean;
  readonly #entries = new Map<string, Entry<Value>>();
  #hand = this.#entries.entries();

  constructor(capacity: number, isWhole: (value: Value) => boolean) {
    this.#capacity = capacity;
    this.#isWhole = isWhole;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** The counter under a key; `make` makes it where there is none. */
  of(key: string, make: () => Value): Value {
    const entry = this.#entries.get(key);
    if (entry) {
      entry.isUsed = true;
      return entry.value;
    }
    this.#makeRoom();
    const value = make();
    this.#entries.set(key, { value, isUsed: false });
    return value;
  }

  #makeRoom(): void {
    for (let looks = 0; looks < LOOKS || this.#entries.size >= this.#capacity; looks++) {
      const step = this.#hand.next();
      if (step.done === true) {
        this.#hand = this.#entries.entries();
        if (this.#entries.size === 0) return;
        continue;
      }
      const [key, entry] = step.value;
      const isFull = this.#entries.size >= this.#capacity;
      if (this.#isWhole(entry.value) || (isFull && (!entry.isUsed || looks >= MOST_LOOKS))) this.#entries.delete(key);
      entry.isUsed = false;
    }
  }
}
