import { randomInt } from 'node:crypto';

/** Parts of a table. Each grows by itself, so that nobody waits until hundreds of thousands of marks have moved. */
const PARTS = 64;
/** What is left of the first number of a place to say which part it stands in. */
const PART_BITS = 26;
/** Slots of a part that holds nothing yet; always a power of two. */
const FIRST_SLOTS = 16;
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
 * Two texts may fall together, one time in 10^8 where 600,000 are held: what is found is to be looked at.
 */
export class MarkTable<Value> {
  size = 0;
  readonly #parts = new Array<Part<Value> | undefined>(PARTS).fill(undefined);
  readonly #firstSlots: number;

  /** @param slots of each part at first: what `slots` of a table says that held as much. */
  constructor(slots = FIRST_SLOTS) {
    this.#firstSlots = slots;
  }

  /** How large a part has become. */
  get slots(): number {
    return this.#parts[0]?.slots ?? this.#firstSlots;
  }

  get(place: Place): Value | undefined {
    return this.#parts[place.first >>> PART_BITS]?.get(place);
  }

  set(place: Place, value: Value): void {
    const part = (this.#parts[place.first >>> PART_BITS] ??= new Part(this.#firstSlots));
    const before = part.size;
    part.set(place, value);
    this.size += part.size - before;
  }

  delete(place: Place): void {
    if (this.#parts[place.first >>> PART_BITS]?.delete(place)) this.size--;
  }
}

/** Open addressing: a mark stands in its slot, or in the next that was free. */
class Part<Value> {
  size = 0;
  #marks: Int32Array;
  #values: (Value | undefined)[];

  /** @param slots a power of two. */
  constructor(slots: number) {
    this.#marks = new Int32Array(2 * slots);
    this.#values = emptySlots(slots);
  }

  get slots(): number {
    return this.#values.length;
  }

  get({ first, second }: Place): Value | undefined {
    return this.#values[this.#slotOf(first, second)];
  }

  set({ first, second }: Place, value: Value): void {
    const slot = this.#slotOf(first, second);
    if (this.#values[slot] === undefined) this.size++;
    this.#put(slot, first, second, value);
    if (this.size * 3 > this.#values.length * 2) this.#grow();
  }

  /** True: it was there. */
  delete({ first, second }: Place): boolean {
    const [marks, values] = [this.#marks, this.#values];
    const last = values.length - 1;
    let gap = this.#slotOf(first, second);
    if (values[gap] === undefined) return false;
    // What stands behind the gap moves into it, unless it stands nearer to its own slot already.
    for (let slot = (gap + 1) & last; ; slot = (slot + 1) & last) {
      const value = values[slot];
      if (value === undefined) break;
      const [otherFirst = 0, otherSecond = 0] = [marks[2 * slot], marks[2 * slot + 1]];
      if (((slot - otherFirst) & last) < ((slot - gap) & last)) continue;
      this.#put(gap, otherFirst, otherSecond, value);
      gap = slot;
    }
    values[gap] = undefined;
    this.size--;
    return true;
  }

  /** Where the mark stands, or would. */
  #slotOf(first: number, second: number): number {
    const last = this.#values.length - 1;
    let slot = first & last;
    while (this.#values[slot] !== undefined) {
      if (this.#marks[2 * slot] === first && this.#marks[2 * slot + 1] === second) break;
      slot = (slot + 1) & last;
    }
    return slot;
  }

  #put(slot: number, first: number, second: number, value: Value): void {
    this.#marks[2 * slot] = first;
    this.#marks[2 * slot + 1] = second;
    this.#values[slot] = value;
  }

  #grow(): void {
    const [marks, values] = [this.#marks, this.#values];
    this.#marks = new Int32Array(2 * marks.length);
    this.#values = emptySlots(2 * values.length);
    for (let slot = 0; slot < values.length; slot++) {
      const value = values[slot];
      if (value === undefined) continue;
      const [first = 0, second = 0] = [marks[2 * slot], marks[2 * slot + 1]];
      this.#put(this.#slotOf(first, second), first, second, value);
    }
  }
}

function emptySlots<Value>(count: number): (Value | undefined)[] {
  return new Array<Value | undefined>(count).fill(undefined);
}

/** Where a mark of an owner stands, in whatever table. */
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
