import type { Clock } from '../ports/clock.ts';
import type { Bound, BudgetBound, Refusal, Reservation, SlotsBound } from '../ports/quota.ts';
import { usedOr } from './claim.ts';

/** Budgets whose spending is kept until it can be told. */
const MOST_BUDGETS = 10_000;

interface Spent {
  readonly bound: BudgetBound;
  readonly endsAtMs: number;
  units: number;
}

/** A request that was let in without asking, and holds slots. */
interface Guest {
  readonly slots: readonly SlotsBound[];
  /** The same slots where all processes see them, once they were told. */
  shared: Reservation | undefined;
  isOver: boolean;
}

/** Takes where all processes count together, whatever is left. */
export type Book = (bounds: readonly Bound[]) => Promise<Reservation | Refusal>;

/**
 * What was taken while a quota was away, and has to be told to it when it is back: money that was spent, and slots that
 * are still held. Rates are not: they make room again within their time.
 */
export class QuotaArrears {
  readonly #take: Book;
  readonly #clock: Clock;
  readonly #spent = new Map<string, Spent>();
  readonly #guests = new Set<Guest>();
  #isPaying = false;

  constructor(take: Book, clock: Clock) {
    this.#take = take;
    this.#clock = clock;
  }

  /** Whether there is anything to tell. */
  get areThere(): boolean {
    return this.#guests.size + this.#spent.size > 0;
  }

  /** Follows a reservation that was made without the quota. `isBack`: whether it could be asked again by now. */
  follow(bounds: readonly Bound[], reservation: Reservation, isBack: () => boolean): Reservation {
    const budgets = bounds.some(({ kind }) => kind === 'budget');
    const slots = bounds.filter((bound) => bound.kind === 'slots');
    if (!budgets && slots.length === 0) return reservation;
    const guest: Guest = { slots, shared: undefined, isOver: false };
    const takenAtMs = this.#clock.now();
    if (slots.length > 0) this.#guests.add(guest);
    return {
      levels: reservation.levels,
      settle: (used) => {
        reservation.settle(used);
        guest.isOver = true;
        guest.shared?.settle([]);
        this.#guests.delete(guest);
        for (const [place, bound] of bounds.entries())
          if (bound.kind === 'budget') this.#owe(bound, usedOr(bound.units, used[place]), takenAtMs);
        if (isBack()) void this.pay();
      },
    };
  }

  /** What was spent of budgets in their present day or month and the quota does not know. */
  untold(): readonly BudgetBound[] {
    const nowMs = this.#clock.now();
    return [...this.#spent.values()]
      .filter(({ endsAtMs }) => nowMs < endsAtMs)
      .map(({ bound, units }) => ({ ...bound, units }));
  }

  /** Tells the quota. What it does not take is told the next time. */
  async pay(): Promise<void> {
    if (this.#isPaying) return;
    this.#isPaying = true;
    try {
      // While one is told, more may come.
      while (this.areThere) {
        for (const guest of this.#guests) await this.#announce(guest);
        for (const [name, spent] of this.#spent) await this.#book(name, spent);
      }
    } catch {
      // It has gone again, and its state says so.
    } finally {
      this.#isPaying = false;
    }
  }

  #owe(bound: BudgetBound, units: number, takenAtMs: number): void {
    const name = `${bound.window}:${bound.key}`;
    const endsAtMs = endOf(bound.window, takenAtMs);
    // What was taken in a window that is over went with it.
    if (this.#clock.now() >= endsAtMs) return;
    const spent = this.#spent.get(name);
    if (spent?.endsAtMs === endsAtMs) spent.units += units;
    else if (this.#spent.size < MOST_BUDGETS) this.#spent.set(name, { bound, endsAtMs, units });
  }

  async #book(name: string, spent: Spent): Promise<void> {
    const { bound, units, endsAtMs } = spent;
    if (this.#clock.now() < endsAtMs) {
      const came = await this.#take([{ ...bound, units }]);
      if (isReservation(came)) came.settle([units]);
    }
    spent.units -= units;
    if (spent.units <= 0) this.#spent.delete(name);
  }

  async #announce(guest: Guest): Promise<void> {
    const came = await this.#take(guest.slots);
    this.#guests.delete(guest);
    if (!isReservation(came)) return;
    if (guest.isOver) came.settle([]);
    else guest.shared = came;
  }
}

function isReservation(came: Reservation | Refusal): came is Reservation {
  return 'settle' in came;
}

/** When the day or month (UTC) of a moment is over. */
function endOf(window: BudgetBound['window'], nowMs: number): number {
  const now = new Date(nowMs);
  const [year, month, day] = [now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate()];
  return window === 'day' ? Date.UTC(year, month, day + 1) : Date.UTC(year, month + 1);
}
