/**
 * A moving average that follows a peak at once and comes down from it slowly; without new values it fades to 0. (The
 * peak EWMA of Finagle's balancer.)
 */
export class PeakAverage {
  readonly #memoryMs: number;
  #average: number | undefined;
  #atMs = 0;

  /** @param memoryMs after so long a value's share has come down to 1/e. */
  constructor(memoryMs: number) {
    this.#memoryMs = memoryMs;
  }

  /** The average at this time; `undefined` while it has no value. */
  at(nowMs: number): number | undefined {
    return this.#average === undefined ? undefined : this.#average * this.#left(nowMs);
  }

  add(value: number, nowMs: number): void {
    const left = this.#left(nowMs);
    const average = this.#average ?? 0;
    this.#average = value > average * left ? value : average * left + value * (1 - left);
    this.#atMs = nowMs;
  }

  /** The true value is at least this. */
  raise(value: number, nowMs: number): void {
    if (value > (this.at(nowMs) ?? 0)) this.add(value, nowMs);
  }

  #left(nowMs: number): number {
    return Math.exp((this.#atMs - nowMs) / this.#memoryMs);
  }
}
