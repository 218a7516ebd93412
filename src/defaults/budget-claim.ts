import type { Clock } from '../ports/clock.ts';
import type { BudgetBound, Level } from '../ports/quota.ts';
import type { Claim } from './claim.ts';
import { usedOr } from './claim.ts';
import { LiveMap } from './live-map.ts';

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
  of(key: string, kind: WindowKind): Budget {
    const { beganAtMs } = this.#present(kind);
    const budget = this.#budgets[kind].of(key, () => ({ beganAtMs, settled: 0, reserved: 0 }));
    // A clock that is put back a little must not open a window anew that has been counted.
    if (budget.beganAtMs < beganAtMs) {
      budget.beganAtMs = beganAtMs;
      budget.settled = 0;
      budget.reserved = 0;
    }
    return budget;
  }

  /** Milliseconds until the next window. */
  leftMs(kind: WindowKind): number {
    return this.#present(kind).endsAtMs - this.#clock.now();
  }

  /** Puts `used` in place of what is settled; returns by how much that was more. */
  rebuild(key: string, kind: WindowKind, used: number): number {
    this.tidy(1);
    const budget = this.of(key, kind);
    const drift = budget.settled - used;
    budget.settled = used;
    return drift;
  }

  #present(kind: WindowKind): CalendarWindow {
    const now = this.#clock.now();
    const window = this.#windows[kind];
    if (now >= window.beganAtMs && now < window.endsAtMs) return window;
    return (this.#windows[kind] = windowAt(kind, now));
  }
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

  constructor(bound: BudgetBound, counters: BudgetCounters) {
    this.#bound = bound;
    this.#counters = counters;
    this.#budget = counters.of(bound.key, bound.window);
    this.#beganAtMs = this.#budget.beganAtMs;
  }

  waitMs(): number | undefined {
    const used = this.#used();
    const { limit, units, window } = this.#bound;
    return used < limit && used + units <= limit ? undefined : this.#counters.leftMs(window);
  }

  take(): void {
    this.#budget.reserved += this.#bound.units;
  }

  level(): Level {
    const remaining = Math.max(0, Math.floor(this.#bound.limit - this.#used()));
    return { remaining, resetMs: this.#used() === 0 ? 0 : this.#counters.leftMs(this.#bound.window) };
  }

  settle(used: number | undefined): void {
    const budget = this.#budget;
    // What was taken in a window that is over went with it.
    if (budget.beganAtMs !== this.#beganAtMs) return;
    budget.reserved -= this.#bound.units;
    budget.settled += usedOr(this.#bound.units, used);
  }

  #used(): number {
    return this.#budget.settled + this.#budget.reserved;
  }
}
