/** What is said while nothing has been measured, in milliseconds. */
const FIRST_GUESS_MS = 1_000;
/** Asking again sooner costs more than it brings. */
const SHORTEST_MS = 100;
/** What is further away than this nobody can foresee. */
const LONGEST_MS = 60_000;
/** The weight of the newest gap, once there are many: about the last forty count. */
const NEWEST = 0.05;

/**
 * How fast places become free while all of them are taken, measured from one to the next: tells those who are refused
 * when to come back. While there is room nothing is measured, so that quiet times do not count as slow ones.
 */
export class DrainRate {
  #meanGapMs = 0;
  #gaps = 0;
  /** When the last place was taken or, since then, the last one became free. `undefined`: there is room. */
  #since: number | undefined;

  /** Whether all places were taken, or all but those that became free together. */
  get isMeasuring(): boolean {
    return this.#since !== undefined;
  }

  /** All places are taken. */
  filled(now: number): void {
    this.#since ??= now;
  }

  /** A place became free; `taken`: the next in the line has it already. */
  freed(now: number, taken: boolean): void {
    if (this.#since !== undefined) {
      this.#gaps++;
      this.#meanGapMs += (now - this.#since - this.#meanGapMs) * Math.max(NEWEST, 1 / this.#gaps);
    }
    this.#since = taken ? now : undefined;
  }

  /** A guess at how long it takes until so many places have become free. Grows while none does. */
  waitMs(places: number, now: number): number {
    const quietMs = this.#since === undefined ? 0 : now - this.#since;
    const gapMs = this.#gaps === 0 ? Math.max(FIRST_GUESS_MS / places, quietMs) : Math.max(this.#meanGapMs, quietMs);
    return Math.min(LONGEST_MS, Math.max(SHORTEST_MS, Math.ceil(gapMs * places)));
  }
}
