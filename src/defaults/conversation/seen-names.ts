import { type Seen, SeenOrder } from './seen-order.ts';

interface SeenName extends Seen<SeenName> {
  readonly name: string;
  seenAtMs: number;
}

/** Names that were seen lately; over a number of them those that were not seen for longest are forgotten. */
export class SeenNames {
  readonly #most: number;
  readonly #byName = new Map<string, SeenName>();
  readonly #order = new SeenOrder<SeenName>();

  constructor(most: number) {
    this.#most = most;
  }

  see(name: string, nowMs: number): void {
    let seen = this.#byName.get(name);
    if (seen) seen.seenAtMs = nowMs;
    else {
      seen = { name, seenAtMs: nowMs, earlier: undefined, later: undefined, isIdle: false };
      this.#byName.set(name, seen);
    }
    this.#order.see(seen);
    if (this.#order.size > this.#most && this.#order.first) this.delete(this.#order.first.name);
  }

  delete(name: string): void {
    const seen = this.#byName.get(name);
    if (!seen) return;
    this.#byName.delete(name);
    this.#order.remove(seen);
  }

  /** How many were seen less than `idleMs` milliseconds ago. */
  active(nowMs: number, idleMs: number): number {
    return this.#order.active(nowMs, idleMs);
  }
}
