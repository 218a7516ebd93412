import { MarkTable, type Place } from './mark-table.ts';

/** A table of marks, bounded as `RecentMap` is, and in the same way. */
export class MarkMap<Value> {
  readonly #mostYoung: number;
  #young = new MarkTable<Value>();
  #old = new MarkTable<Value>();

  constructor(capacity: number) {
    this.#mostYoung = Math.max(1, Math.floor(capacity / 2));
  }

  get(place: Place): Value | undefined {
    const young = this.#young.get(place);
    if (young !== undefined || this.#old.size === 0) return young;
    const old = this.#old.get(place);
    if (old !== undefined) this.set(place, old);
    return old;
  }

  /** What the old generation has of it is not found any more, and goes with it. */
  set(place: Place, value: Value): void {
    if (this.#young.size >= this.#mostYoung && this.#young.get(place) === undefined) {
      this.#old = this.#young;
      // It will hold as many.
      this.#young = new MarkTable(this.#old.slots);
    }
    this.#young.set(place, value);
  }
}
