/**
 * A map that never holds more than `capacity` entries: over it, those not used for longest are forgotten.
 *
 * Entries live in two generations. What is used moves to the young one; when that is full it becomes the old one, and
 * what was left in the old one goes. So every step costs the same, however full the map is: taking the first entry off
 * a `Map` again and again does not, because it walks over all the holes that are left at its front.
 */
export class RecentMap<Key, Value> {
  readonly #mostYoung: number;
  readonly #forgotten: (value: Value) => void;
  #young = new Map<Key, Value>();
  #old = new Map<Key, Value>();

  constructor(capacity: number, forgotten: (value: Value) => void = () => undefined) {
    this.#mostYoung = Math.max(1, Math.floor(capacity / 2));
    this.#forgotten = forgotten;
  }

  get(key: Key): Value | undefined {
    const young = this.#young.get(key);
    if (young !== undefined || this.#old.size === 0) return young;
    const old = this.#old.get(key);
    if (old !== undefined) this.set(key, old);
    return old;
  }

  set(key: Key, value: Value): void {
    if (this.#old.size > 0) this.#old.delete(key);
    this.add(key, value);
  }

  /** As `set`, for a key that is not there: it is not looked for. */
  add(key: Key, value: Value): void {
    this.#young.set(key, value);
    if (this.#young.size <= this.#mostYoung) return;
    // The newest entry opens the next generation.
    this.#young.delete(key);
    for (const left of this.#old.values()) this.#forgotten(left);
    this.#old = this.#young;
    this.#young = new Map([[key, value]]);
  }

  /** Takes an entry out; it does not count as forgotten. */
  delete(key: Key): void {
    this.#young.delete(key);
    this.#old.delete(key);
  }

  *values(): Generator<Value> {
    yield* this.#young.values();
    yield* this.#old.values();
  }

  *entries(): Generator<[Key, Value]> {
    yield* this.#young.entries();
    yield* this.#old.entries();
  }
}
