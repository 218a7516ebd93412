/** Chance that comes out the same in every run. */
export interface Chance {
  /** Uniform in [0, 1). */
  readonly next: () => number;
  /** One of them. */
  readonly of: <Item>(items: readonly Item[]) => Item;
  /** A whole number from `least` to `most`. */
  readonly between: (least: number, most: number) => number;
}

/** @param seed chance of the same seed is the same (mulberry32). */
export function chanceOf(seed: number): Chance {
  let state = seed | 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const between = (least: number, most: number): number => least + Math.floor(next() * (most - least + 1));
  return {
    next,
    between,
    of(items) {
      const item = items[between(0, items.length - 1)];
      if (item === undefined) throw new Error('There is nothing to choose from.');
      return item;
    },
  };
}
