/** Of ids that came in one millisecond some are smaller than the one before: so many of the last are looked at one by one. */
const FEW = 64;

/**
 * Ids in the order in which they came, each once. They grow as time does: the next one is as a rule greater than all
 * before, or than all but the last few, which tells that it is new. A set of 10,000 ids takes ten times as long (1 us).
 */
export class GrowingIds {
  readonly #ids: string[] = [];
  /** The greatest id up to each place. */
  readonly #greatest: string[] = [];
  /** All of them, for where that does not tell: a clock was set back, or somebody makes other ids. Let go of at a cut. */
  #all: Set<string> | undefined;

  /** Puts an id behind the others. `false`: it is there already. */
  add(id: string): boolean {
    const greatest = this.#greatest.at(-1);
    const isGreatest = greatest === undefined || id > greatest;
    if (!isGreatest && this.#has(id)) return false;
    this.#ids.push(id);
    this.#greatest.push(isGreatest ? id : greatest);
    this.#all?.add(id);
    return true;
  }

  /** Forgets so many from the beginning. */
  cut(count: number): void {
    // In their place: a copy would have to grow again with the next one.
    this.#ids.splice(0, count);
    this.#greatest.splice(0, count);
    this.#all = undefined;
  }

  #has(id: string): boolean {
    const { length } = this.#ids;
    for (let place = length - 1; place >= Math.max(0, length - FEW); place--) {
      if ((this.#greatest[place] ?? '') < id) return false;
      if (this.#ids[place] === id) return true;
    }
    this.#all ??= new Set(this.#ids);
    return this.#all.has(id);
  }
}
