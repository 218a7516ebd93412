import type { Clock } from '../ports/clock.ts';
import type { Level, RateBound } from '../ports/quota.ts';
import type { Claim } from './claim.ts';
import { usedOr } from './claim.ts';
import { LiveMap } from './live-map.ts';
import type { Moment } from './moment.ts';
import { microsecondsOf } from './moment.ts';
import type { Rate, Taken } from './rate-window.ts';
import { RateWindow } from './rate-window.ts';

/** Rates of this process. */
export class RateCounters {
  readonly #clock: Clock;
  readonly #windows: LiveMap<RateWindow>;

  constructor(clock: Clock, most: number) {
    this.#clock = clock;
    this.#windows = new LiveMap(most, (window) => window.wholeAtUs <= this.nowUs());
  }

  of(key: string, nowUs: number): RateWindow {
    const window = this.#windows.of(key, newWindow);
    window.letGo(nowUs);
    return window;
  }

  /** Makes room, before claims are made. */
  tidy(coming: number): void {
    this.#windows.tidy(coming);
  }

  nowUs(): number {
    return microsecondsOf(this.#clock.elapsed());
  }
}

/** Units of a rate: in no stretch of time as long as its period more than its limit. */
export class RateClaim implements Claim, Rate {
  readonly limit: number;
  readonly periodUs: number;
  readonly isEven: boolean;
  readonly #key: string;
  readonly #units: number;
  readonly #counters: RateCounters;
  readonly #window: RateWindow;
  readonly #at: Moment;
  #taken: Taken | undefined;

  constructor({ key, limit, perMs, evenly = false, units }: RateBound, counters: RateCounters, at: Moment) {
    this.limit = limit;
    this.periodUs = microsecondsOf(perMs);
    this.isEven = evenly;
    this.#key = key;
    this.#units = units;
    this.#counters = counters;
    this.#window = counters.of(key, at.elapsedUs);
    this.#at = at;
  }

  waitMs(): number | undefined {
    const roomAtUs = this.#window.roomAtUs(this.#units, this, this.#at.elapsedUs);
    return roomAtUs === undefined ? undefined : this.#msUntil(roomAtUs);
  }

  take(): void {
    this.#taken = this.#window.take(this.#units, this, this.#at.elapsedUs);
  }

  level(): Level {
    const remaining = this.#window.left(this, this.#at.elapsedUs);
    return { remaining, resetMs: Math.max(0, this.#msUntil(this.#window.wholeAtUs)) };
  }

  settle(used: number | undefined): void {
    const more = usedOr(this.#units, used) - this.#units;
    if (more < 0 && this.#taken) this.#window.giveBack(this.#taken, -more, this);
    if (more <= 0) return;
    const nowUs = this.#counters.nowUs();
    // A counter that was whole may have been forgotten meanwhile, and begun anew.
    this.#counters.of(this.#key, nowUs).take(more, this, nowUs);
  }

  #msUntil(us: number): number {
    return Math.ceil((us - this.#at.elapsedUs) / 1_000);
  }
}

function newWindow(): RateWindow {
  return new RateWindow();
}
