/**
 * A pace: `perSecond` units flow in, at most `capacity` stay. Taking may be undone or corrected later, and a correction
 * may drive the level below zero: what was used too much is waited for.
 */
export class TokenBucket {
  readonly #perMs: number;
  readonly #capacity: number;
  #level: number;
  #filledAt: number;

  constructor(perSecond: number, capacity: number, now: number) {
    this.#perMs = perSecond / 1000;
    this.#capacity = capacity;
    this.#level = capacity;
    this.#filledAt = now;
  }

  /**
   * Takes `units` when they are there. Returns 0 when they were, else the milliseconds until they will be; nothing is
   * taken then. More than the bucket can ever hold is taken as soon as it is full.
   */
  take(units: number, now: number): number {
    this.#fill(now);
    const missing = Math.min(units, this.#capacity) - this.#level;
    if (missing > 0) return missing / this.#perMs;
    this.#level -= units;
    return 0;
  }

  /** Gives `units` back, or takes more where they are negative. */
  correct(units: number): void {
    this.#level = Math.min(this.#capacity, this.#level + units);
  }

  #fill(now: number): void {
    this.#level = Math.min(this.#capacity, this.#level + Math.max(0, now - this.#filledAt) * this.#perMs);
    this.#filledAt = now;
  }
}
