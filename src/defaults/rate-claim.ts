import type { Clock } from '../ports/clock.ts';
import type { Level, RateBound } from '../ports/quota.ts';
import type { Claim } from './claim.ts';
import { usedOr } from './claim.ts';
import { LiveMap } from './live-map.ts';
import type { Moment } from './moment.ts';

/** What rounding may add up to, in milliseconds: a microsecond more or less is nobody's. */
const ROUNDING_MS = 1e-3;

interface Rate {
  /** When all units that were taken have flowed back, on the clock's elapsed scale: GCRA's theoretical arrival time. */
  wholeAtMs: number;
}

/** Rates of this process. */
export class RateCounters {
  readonly #clock: Clock;
  readonly #rates: LiveMap<Rate>;

  constructor(clock: Clock, most: number) {
    this.#clock = clock;
    this.#rates = new LiveMap(most, ({ wholeAtMs }) => wholeAtMs <= clock.elapsed());
  }

  of(key: string): Rate {
    return this.#rates.of(key, () => ({ wholeAtMs: -Infinity }));
  }

  /** Makes room, before claims are made. */
  tidy(coming: number): void {
    this.#rates.tidy(coming);
  }

  now(): number {
    return this.#clock.elapsed();
  }
}

/** Units of a rate (GCRA): each takes `perMs / limit` to flow back, and `burst` of them may be out at once. */
export class RateClaim implements Claim {
  readonly #counters: RateCounters;
  readonly #key: string;
  readonly #rate: Rate;
  readonly #units: number;
  readonly #unitMs: number;
  readonly #burst: number;
  readonly #now: number;
  /** When the units taken here will have flowed back, the last of all that were taken by then. */
  #backAtMs = 0;

  constructor({ key, limit, perMs, burst = limit, units }: RateBound, counters: RateCounters, at: Moment) {
    this.#counters = counters;
    this.#key = key;
    this.#rate = counters.of(key);
    this.#now = at.elapsed;
    this.#units = units;
    this.#unitMs = perMs / limit;
    this.#burst = burst;
  }

  waitMs(): number | undefined {
    const room = (this.#burst - Math.min(this.#units, this.#burst)) * this.#unitMs;
    const waitMs = this.#outMs() - room - ROUNDING_MS;
    return waitMs > 0 ? Math.ceil(waitMs) : undefined;
  }

  take(): void {
    this.#backAtMs = this.#now + this.#outMs() + this.#units * this.#unitMs;
    this.#rate.wholeAtMs = this.#backAtMs;
  }

  level(): Level {
    const outMs = this.#outMs();
    const remaining = Math.floor(this.#burst - (outMs - ROUNDING_MS) / this.#unitMs);
    return {
      remaining: Math.min(this.#burst, Math.max(0, remaining)),
      resetMs: Math.max(0, Math.ceil(outMs - ROUNDING_MS)),
    };
  }

  settle(used: number | undefined): void {
    const more = usedOr(this.#units, used) - this.#units;
    if (more === 0) return;
    const now = this.#counters.now();
    // A counter that was whole may have been forgotten meanwhile, and begun anew.
    const rate = this.#counters.of(this.#key);
    if (more > 0) rate.wholeAtMs = Math.max(rate.wholeAtMs, now) + more * this.#unitMs;
    // What has flowed back by itself is not given back a second time: others have taken it by now.
    else if (rate === this.#rate) rate.wholeAtMs -= Math.min(-more * this.#unitMs, Math.max(0, this.#backAtMs - now));
  }

  /** How long until nothing is out. */
  #outMs(): number {
    return Math.max(0, this.#rate.wholeAtMs - this.#now);
  }
}
