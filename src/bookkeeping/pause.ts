import type { Clock, Timer } from '../ports/clock.ts';

/** A wait that can be cut short. One at a time. */
export class Pause {
  readonly #clock: Clock;
  #timer: Timer | undefined;
  #over: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  for(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#over = resolve;
      this.#timer = this.#clock.schedule(ms, () => this.end());
    });
  }

  /** Does nothing while nobody waits. */
  end(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const over = this.#over;
    this.#over = undefined;
    over?.();
  }
}
