/** How much was allowed to somebody, and since when: what was let in before stays. */
export class Limits {
  readonly #known = new Map<string, { readonly sinceMs: number; readonly limit: number }[]>();

  set(id: string, limit: number | undefined, sinceMs: number): void {
    const list = this.#known.get(id) ?? [];
    list.push({ sinceMs, limit: limit ?? Infinity });
    this.#known.set(id, list);
  }

  /** The most that was allowed at that time or after it. */
  mostSince(id: string, atMs: number): number {
    const list = this.#known.get(id) ?? [];
    const inForce = list.findLastIndex(({ sinceMs }) => sinceMs < atMs);
    return Math.max(...list.slice(Math.max(0, inForce)).map(({ limit }) => limit));
  }
}
