import type { Clock } from '../ports/clock.ts';

/** Waits for an answer that may never come. One at a time. */
export class Patience {
  readonly #clock: Clock;
  readonly #ms: number;
  /** What is said of one that did not come. Made only then: an error costs more than many answers. */
  readonly #silence: () => Error;
  #giveUp: (() => void) | undefined;

  constructor(clock: Clock, ms: number, silence: () => Error) {
    this.#clock = clock;
    this.#ms = ms;
    this.#silence = silence;
  }

  /** The answer, or the silence once the time is over. */
  waitFor<T>(answer: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = this.#clock.schedule(this.#ms, () => this.end());
      const giveUp = (): void => {
        timer.cancel();
        reject(this.#silence());
      };
      // One that comes late finds somebody waiting for the next.
      const over = (): void => {
        timer.cancel();
        if (this.#giveUp === giveUp) this.#giveUp = undefined;
      };
      this.#giveUp = giveUp;
      answer.then(resolve, reject).finally(over);
    });
  }

  /** Waits no longer. Does nothing while nobody waits. */
  end(): void {
    const giveUp = this.#giveUp;
    this.#giveUp = undefined;
    giveUp?.();
  }
}
