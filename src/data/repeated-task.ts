import { LONGEST_TIMER_MS } from '../defaults/clock.ts';
import type { Clock, Timer } from '../ports/index.ts';

/** Does something again and again, never twice at a time, until it is closed. */
export class RepeatedTask {
  readonly #clock: Clock;
  readonly #run: (signal: AbortSignal) => Promise<number>;
  readonly #end = new AbortController();
  #timer: Timer | undefined;
  #running: Promise<void> = Promise.resolve();

  /**
   * @param firstMs how long to wait before the first time.
   * @param run resolves with how long to wait before the next time, and does not reject.
   */
  constructor(clock: Clock, firstMs: number, run: (signal: AbortSignal) => Promise<number>) {
    this.#clock = clock;
    this.#run = run;
    this.#schedule(firstMs);
  }

  /** Ends what is under way, and resolves when it has ended. */
  async close(): Promise<void> {
    this.#timer?.cancel();
    this.#end.abort();
    await this.#running;
  }

  #schedule(delayMs: number): void {
    if (this.#end.signal.aborted) return;
    this.#timer = this.#clock.schedule(Math.min(delayMs, LONGEST_TIMER_MS), () => {
      this.#running = this.#run(this.#end.signal).then((next) => {
        this.#schedule(next);
      });
    });
  }
}
