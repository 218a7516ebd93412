import type { Clock } from '../ports/clock.ts';

/** One moment: each scale of the clock is read once, and only if somebody asks. */
export class Moment {
  readonly #clock: Clock;
  #elapsed: number | undefined;
  #now: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** On the scale that never jumps. */
  get elapsed(): number {
    return (this.#elapsed ??= this.#clock.elapsed());
  }

  /** Unix milliseconds. */
  get now(): number {
    return (this.#now ??= this.#clock.now());
  }
}
