import type { Clock } from '../ports/clock.ts';

/** One moment: each scale of the clock is read once, and only if somebody asks. */
export class Moment {
  readonly #clock: Clock;
  #elapsedUs: number | undefined;
  #now: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** On the scale that never jumps, in whole microseconds: sums of them are exact. */
  get elapsedUs(): number {
    return (this.#elapsedUs ??= microsecondsOf(this.#clock.elapsed()));
  }

  /** Unix milliseconds. */
  get now(): number {
    return (this.#now ??= this.#clock.now());
  }
}

/** Whole ones. */
export function microsecondsOf(ms: number): number {
  return Math.round(ms * 1_000);
}
