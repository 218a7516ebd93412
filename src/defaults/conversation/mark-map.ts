import { randomInt } from 'node:crypto';

/** Slots of a table that holds nothing yet; always a power of two. */
const FIRST_SLOTS = 64;
/** Odd numbers that spread what they are multiplied with over all bits (those of cyrb53, a hash in the public domain). */
const SPREAD_FIRST = 2_654_435_761;
const SPREAD_SECOND = 1_597_334_677;
/** Nobody outside knows which marks fall together. */
const SEED_FIRST = randomInt(2 ** 32);
const SEED_SECOND = randomInt(2 ** 32);

/** A text of an owner as two numbers of 32 bits. */
export interface Place {
  readonly first: number;
  readonly second: number;
}

/**
 * A map by texts that keeps no text: each is 8 bytes in a list of numbers. Hundreds of thousands of marks then cost the
 * garbage collector nothing, where each text with its entry in a `Map` has 150 bytes to be looked at and moved.
 *
 * Two texts may fall together, one time in 10^8 where 600,000 are held: what is found is to be looked at. Bounded as
 * `RecentMap` is, and in the same way.
 */
export class MarkMap<Value> {
  readonly #mostYoung: number;
  readonly #forgotten: ((value: Value) => void) | undefined;
  #young = new Table<Value>();
  #old = new Table<Value>();

  constructor(capacity: number, forgotten?: (value: Value) => void) {
    this.#mostYoung = Math.max(1, Math.floor(capacity / 2));
    this.#forgotten = forgotten;
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
    const isFull = this.#young.size >= this.#mostYoung && this.#young.get(place) === undefined;
    const left = isFull ? this.#age() : undefined;
    this.#young.set(place, value);
    if (left) this.#forget(left);
  }

  each(use: (value: Value) => void): void {
    this.#young.each(use);
    this.#old.each((value, place) => {
      if (this.#young.get(place) === undefined) use(value);
    });
  }

  /** Begins a generation, and returns the one that goes. */
  #age(): Table<Value> {
    const left = this.#old;
    this.#old = this.#young;
    // It will hold as many.
    this.#young = new Table(this.#old.slots);
    return left;
  }

  #forget(left: Table<Value>): void {
    const forgotten = this.#forgotten;
    if (!forgotten) return;
    left.each((value, place) => {
      const isHeld = this.#old.get(place) !== undefined || this.#young.get(place) !== undefined;
      if (!isHeld) forgotten(value);
    });
  }
}

/** Open addressing: a mark stands in its slot, or in the next that was free. */
class Table<Value> {
  size = 0;
  #marks: Int32Array;
  #values: (Value | undefined)[];

  /** @param slots a power of two. */
  constructor(slots = FIRST_SLOTS) {
    this.#marks = new Int32Array(2 * slots);
    this.#values = emptySlots(slots);
  }

  get slots(): number {
    return this.#values.length;
  }

  get(place: Place): Value | undefined {
    return this.#values[this.#slotOf(place)];
  }

  set(place: Place, value: Value): void {
    const slot = this.#slotOf(place);
    if (this.#values[slot] === undefined) {
      this.#marks[2 * slot] = place.first;
      this.#marks[2 * slot + 1] = place.second;
      this.size++;
    }
    this.#values[slot] = value;
    if (this.size * 3 > this.#values.length * 2) this.#grow();
  }

  each(use: (value: Value, place: Place) => void): void {
    const [marks, values] = [this.#marks, this.#values];
    for (let slot = 0; slot < values.length; slot++) {
      const value = values[slot];
      if (value !== undefined) use(value, { first: marks[2 * slot] ?? 0, second: marks[2 * slot + 1] ?? 0 });
    }
  }

  /** Where the mark stands, or would. */
  #slotOf({ first, second }: Place): number {
    const last = this.#values.length - 1;
    let slot = first & last;
    while (this.#values[slot] !== undefined) {
      if (this.#marks[2 * slot] === first && this.#marks[2 * slot + 1] === second) break;
      slot = (slot + 1) & last;
    }
    return slot;
  }

  #grow(): void {
    const grown = new Table<Value>(2 * this.slots);
    this.each((value, place) => grown.set(place, value));
    this.#marks = grown.#marks;
    this.#values = grown.#values;
  }
}

function emptySlots<Value>(count: number): (Value | undefined)[] {
  return new Array<Value | undefined>(count).fill(undefined);
}

/** Where a mark of an owner stands, in whatever map. */
export function placeOf(owner: string, mark: string): Place {
  // With the length of the first, no two pairs are one text.
  let first = SEED_FIRST ^ owner.length;
  let second = SEED_SECOND ^ owner.length;
  for (let at = 0; at < owner.length; at++) {
    const code = owner.charCodeAt(at);
    first = Math.imul(first ^ code, SPREAD_FIRST);
    second = Math.imul(second ^ code, SPREAD_SECOND);
  }
  for (let at = 0; at < mark.length; at++) {
    const code = mark.charCodeAt(at);
    first = Math.imul(first ^ code, SPREAD_FIRST);
    second = Math.imul(second ^ code, SPREAD_SECOND);
  }
  first ^= second >>> 15;
  second ^= first >>> 13;
  return { first, second };
}
