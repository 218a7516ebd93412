/** Only the members that have a value: what is left out keeps the hub's own default. */
export function given<T extends object>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const known: { [K in keyof T]?: Exclude<T[K], undefined> } = {};
  for (const [name, value] of Object.entries(members)) if (value !== undefined) Reflect.set(known, name, value);
  return known;
}
