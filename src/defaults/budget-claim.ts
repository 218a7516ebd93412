import type { Clock } from '../ports/clock.ts';
import type { BudgetBound, Level } from '../ports/quota.ts';
import type { Claim } from './claim.ts';
import { usedOr } from './claim.ts';
import { LiveMap } from './live-map.ts';
import type { Moment } from './moment.ts';

type WindowKind = BudgetBound['window'];

interface Budget {
  /** When the window began that this counts in. */
  beganAtMs: number;
  settled: number;
  reserved: number;
}

/** A calendar day or month, in Unix milliseconds. */
interface CalendarWindow {
  readonly beganAtMs: number;
  readonly endsAtMs: number;
}

/** Budgets of this process, and the windows they count in. */
export class BudgetCounters {
  readonly #clock: Clock;
  readonly #budgets: Readonly<Record<WindowKind, LiveMap<Budget>>>;
  /** The windows that are now; they change once a day. */
  readonly #windows: Record<WindowKind, CalendarWindow>;

  constructor(clock: Clock, most: number) {
    this.#clock = clock;
    const now = clock.now();
    this.#windows = { day: windowAt('day', now), month: windowAt('month', now) };
    const mapOf = (kind: WindowKind): LiveMap<Budget> =>
      new LiveMap(most, ({ beganAtMs, settled, reserved }) => {
        return settled + reserved === 0 || beganAtMs < this.#windows[kind].beganAtMs;
      });
    this.#budgets = { day: mapOf('day'), month: mapOf('month') };
  }

  /** Makes room, before claims are made. */
  tidy(coming: number): void {
    this.#budgets.day.tidy(coming);
    this.#budgets.month.tidy(coming);
  }

  /** The budget as it stands in the present window. */
  of(key: string, kind: WindowKind, nowMs: number): Budget {
    const { beganAtMs } = this.#at(kind, nowMs);
    const budget = this.#budgets[kind].of(key, newBudget);
    // A clock that is put back a little must not open a window anew that has been counted.
    if (budget.beganAtMs < beganAtMs) {
      budget.beganAtMs = beganAtMs;
      budget.settled = 0;
      budget.reserved = 0;
    }
    return budget;
  }

  now(): number {
    return this.#clock.now();
  }

  /** Milliseconds until the next window. */
  leftMs(kind: WindowKind, nowMs: number): number {
    return this.#at(kind, nowMs).endsAtMs - nowMs;
  }

  /** Puts `used` in place of what is settled; returns by how much that was more. */
  rebuild(key: string, kind: WindowKind, used: number): number {
    this.tidy(1);
    const budget = this.of(key, kind, this.now());
    const drift = budget.settled - used;
    budget.settled = used;
    return drift;
  }

  #at(kind: WindowKind, nowMs: number): CalendarWindow {
    const window = this.#windows[kind];
    if (nowMs >= window.beganAtMs && nowMs < window.endsAtMs) return window;
    return (this.#windows[kind] = windowAt(kind, nowMs));
  }
}

/** It counts from the window in which it is asked for first. */
function newBudget(): Budget {
  return { beganAtMs: -Infinity, settled: 0, reserved: 0 };
}

/** The calendar window (UTC) around a moment. */
function windowAt(kind: WindowKind, nowMs: number): CalendarWindow {
  const now = new Date(nowMs);
  const [year, month, day] = [now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate()];
  return kind === 'day'
    ? { beganAtMs: Date.UTC(year, month, day), endsAtMs: Date.UTC(year, month, day + 1) }
    : { beganAtMs: Date.UTC(year, month), endsAtMs: Date.UTC(year, month + 1) };
}

/** Units of a budget. */
export class BudgetClaim implements Claim {
  readonly #bound: BudgetBound;
  readonly #counters: BudgetCounters;
  readonly #budget: Budget;
  readonly #beganAtMs: number;
  readonly #at: Moment;

  constructor(bound: BudgetBound, counters: BudgetCounters, at: Moment) {
    this.#bound = bound;
    this.#counters = counters;
    this.#at = at;
    this.#budget = counters.of(bound.key, bound.window, at.now);
    this.#beganAtMs = this.#budget.beganAtMs;
  }

  waitMs(): number | undefined {
    const used = this.#used();
    const { limit, units, window } = this.#bound;
    return used < limit && used + units <= limit ? undefined : this.#counters.leftMs(window, this.#at.now);
  }

  take(): void {
    this.#budget.reserved += this.#bound.units;
  }

  level(): Level {
    const remaining = Math.max(0, Math.floor(this.#bound.limit - this.#used()));
    const resetMs = this.#used() === 0 ? 0 : this.#counters.leftMs(this.#bound.window, this.#at.now);
    // In an order of their own: money is no small integer, and V8 would convert each level of a rate to the same form,
    // which takes 0.9 us.
    return { resetMs, remaining };
  }

  settle(used: number | undefined): void {
    const { key, window, units } = this.#bound;
    const budget = this.#counters.of(key, window, this.#counters.now());
    // What was taken in a window that is over went with it.
    if (budget.beganAtMs !== this.#beganAtMs) return;
    // A counter of which nothing was used may have been forgotten meanwhile, and begun anew.
    if (budget === this.#budget) budget.reserved -= units;
    budget.settled += usedOr(units, used);
  }

  #used(): number {
    return this.#budget.settled + this.#budget.reserved;
  }
}
