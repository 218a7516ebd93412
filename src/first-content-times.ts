import { RecentMap } from './defaults/recent-map.ts';

/** Answers remembered of each model. */
const SAMPLES = 128;
/** A quantile of fewer answers than this says nothing. */
const FEWEST = 20;
/** The quantile is worked out again after so many answers: sorting 128 numbers costs as much as a request's routing. */
const STALE_AFTER = 16;
const MOST_MODELS = 1_000;

/** How long the last answers of each model took to begin, in milliseconds. */
export class FirstContentTimes {
  readonly #quantile: number;
  readonly #models = new RecentMap<string, Times>(MOST_MODELS);

  /** @param quantile between 0 and 1: the one {@link FirstContentTimes.of} tells. */
  constructor(quantile: number) {
    this.#quantile = quantile;
  }

  add(model: string, ms: number): void {
    let times = this.#models.get(model);
    if (!times) this.#models.set(model, (times = new Times()));
    times.add(ms);
  }

  /** Within this time most answers of the model begin; `undefined` while too few were seen. */
  of(model: string): number | undefined {
    return this.#models.get(model)?.quantile(this.#quantile);
  }
}

class Times {
  readonly #last = new Float64Array(SAMPLES);
  #count = 0;
  #known: number | undefined;
  #knownAt = 0;

  add(ms: number): void {
    this.#last[this.#count++ % SAMPLES] = ms;
  }

  quantile(quantile: number): number | undefined {
    if (this.#count < FEWEST) return undefined;
    if (this.#known === undefined || this.#count - this.#knownAt >= STALE_AFTER) {
      const sorted = this.#last.slice(0, Math.min(this.#count, SAMPLES)).sort();
      this.#known = sorted[Math.min(sorted.length - 1, Math.floor(quantile * sorted.length))];
      this.#knownAt = this.#count;
    }
    return this.#known;
  }
}
