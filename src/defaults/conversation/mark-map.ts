import { randomInt } from 'node:crypto';

/** Slots of a table that holds nothing yet; always a power of two. */
const FIRST_SLOTS = 64;
/** Odd numbers that spread what they are multiplied with over all bits (those of cyrb53, a hash in the public domain). */
const SPREAD_FIRST = 2_654_435_761;
const SPREAD_SECOND = 1_597_334_677;
/** Nobody outside knows which marks fall together. */
const SEED_FIRST = randomInt(2 ** 32);
const SEED_SECOND = randomInt(2 ** 32);

/** A mark as two numbers of 32 bits. */
interface Place {
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
  #young = new Table<Value>();
  #old = new Table<Value>();

  constructor(capacity: number) {
    this.#mostYoung = Math.max(1, Math.floor(capacity / 2));
  }

  get(owner: string, mark: string): Value | undefined {
    const place = placeOf(owner, mark);
    const young = this.#young.get(place);
    if (young !== undefined || this.#old.size === 0) return young;
    const old = this.#old.get(place);
    if (old !== undefined) this.#set(place, old);
    return old;
  }

  set(owner: string, mark: string, value: Value): void {
    this.#set(placeOf(owner, mark), value);
  }

  /** What the old generation has of it is not found any more, and goes with it. */
  #set(place: Place, value: Value): void {
    if (this.#young.size >= this.#mostYoung && this.#young.get(place) === undefined) {
      this.#old = this.#young;
      this.#young = new Table();
    }
    this.#young.set(place, value);
  }
}

/** Open addressing: a mark stands in its slot, or in the next that was free. */
class Table<Value> {
  size = 0;
  #marks = new Uint32Array(2 * FIRST_SLOTS);
  #values: (Value | undefined)[] = emptySlots(FIRST_SLOTS);

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
    const [marks, values] = [this.#marks, this.#values];
    this.size = 0;
    this.#marks = new Uint32Array(2 * marks.length);
    this.#values = emptySlots(2 * values.length);
    for (const [slot, value] of values.entries())
      if (value !== undefined) this.set({ first: marks[2 * slot] ?? 0, second: marks[2 * slot + 1] ?? 0 }, value);
  }
}

function emptySlots<Value>(count: number): (Value | undefined)[] {
  return Array.from<Value | undefined>({ length: count }).fill(undefined);
}

function placeOf(owner: string, mark: string): Place {
  let first = SEED_FIRST;
  let second = SEED_SECOND;
  const add = (text: string): void => {
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      first = Math.imul(first ^ code, SPREAD_FIRST);
      second = Math.imul(second ^ code, SPREAD_SECOND);
    }
  };
  add(owner);
  add('\n');
  add(mark);
  first ^= second >>> 15;
  second ^= first >>> 13;
  return { first: first >>> 0, second: second >>> 0 };
}
