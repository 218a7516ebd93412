/** A list of nobody, one for all. */
export const NOBODY: readonly never[] = [];

/** A list with one more. Listeners are mostly none or one: what is spread or filtered for them is garbage. */
export function withOne<T>(list: readonly T[], item: T): readonly T[] {
  return list.length === 0 ? [item] : [...list, item];
}

/** A list without an item. */
export function without<T>(list: readonly T[], item: T): readonly T[] {
  return list.length === 1 && list[0] === item ? NOBODY : list.filter((other) => other !== item);
}

/** The first of all that share something, in their order. */
export function firstOfEach<T>(list: readonly T[], shared: (item: T) => unknown): readonly T[] {
  return list.filter((item, place) => list.findIndex((other) => shared(other) === shared(item)) === place);
}
