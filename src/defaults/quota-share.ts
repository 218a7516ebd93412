import type { Clock } from '../ports/clock.ts';
import type { Bound, BudgetBound, Level, Refusal, Reservation } from '../ports/quota.ts';
import type { MemoryQuota } from './quota.ts';
import { memoryQuota } from './quota.ts';
import { RecentMap } from './recent-map.ts';

/** Budgets whose last level is remembered; of others a share of the whole is taken. */
const MOST_BUDGETS = 10_000;

/** The last that was heard of a budget. */
interface Heard {
  /** Not what was left: a key may have another limit by now. */
  readonly used: number;
  /** When its day or month is over. */
  readonly endsAtMs: number;
}

/**
 * What one of several processes may take while nobody counts for all of them: its part of each limit, of a budget the
 * part of what was left when it was last heard of, and of slots those that it does not hold already.
 */
export class QuotaShare {
  readonly #clock: Clock;
  readonly #processes: () => number;
  readonly #heard = new RecentMap<string, Heard>(MOST_BUDGETS);
  readonly #held = new Map<string, number>();
  #own: MemoryQuota;

  constructor(clock: Clock, processes: () => number) {
    this.#clock = clock;
    this.#processes = processes;
    this.#own = memoryQuota(clock);
  }

  /** Remembers how bounds stand that all processes share. */
  hear(bounds: readonly Bound[], levels: readonly Level[]): void {
    for (const [place, bound] of bounds.entries()) {
      const level = levels[place];
      if (bound.kind !== 'budget' || !level) continue;
      const endsAtMs = this.#clock.now() + level.resetMs;
      this.#heard.set(nameOf(bound), { used: bound.limit - level.remaining, endsAtMs });
    }
  }

  /** Counts slots that this process takes of what all share (1), or gives back (-1). */
  hold(bounds: readonly Bound[], change: 1 | -1): void {
    for (const { kind, key } of bounds) {
      if (kind !== 'slots') continue;
      const held = (this.#held.get(key) ?? 0) + change;
      if (held > 0) this.#held.set(key, held);
      else this.#held.delete(key);
    }
  }

  /** Begins anew, with what was spent before and could not be told to those who count for all. */
  begin(untold: readonly BudgetBound[]): void {
    this.#own = memoryQuota(this.#clock);
    for (const spent of untold) this.#own.take([{ ...spent, limit: Infinity }]);
  }

  take(bounds: readonly Bound[]): Reservation | Refusal {
    const shares = bounds.map((bound) => this.#shareOf(bound));
    const empty = shares.findIndex(({ limit }) => limit <= 0);
    if (empty < 0) return this.#own.take(shares);
    const bound = bounds[empty];
    const retryAfterMs = bound?.kind === 'budget' ? this.#leftMs(bound) : 0;
    return { refusedBy: empty, retryAfterMs, levels: bounds.map(() => ({ remaining: 0, resetMs: retryAfterMs })) };
  }

  #shareOf(bound: Bound): Bound {
    const processes = Math.max(1, this.#processes());
    switch (bound.kind) {
      case 'rate':
        return { ...bound, limit: bound.limit / processes };
      case 'budget': {
        const heard = this.#heard.get(nameOf(bound));
        const used = heard && this.#clock.now() < heard.endsAtMs ? heard.used : 0;
        return { ...bound, limit: (bound.limit - used) / processes };
      }
      case 'slots':
        // One at least: a limit below the number of processes cannot be shared, and none at all would be a closed door.
        return { ...bound, limit: Math.max(1, Math.floor(bound.limit / processes)) - (this.#held.get(bound.key) ?? 0) };
    }
  }

  #leftMs(bound: BudgetBound): number {
    return Math.max(0, (this.#heard.get(nameOf(bound))?.endsAtMs ?? 0) - this.#clock.now());
  }
}

function nameOf({ window, key }: BudgetBound): string {
  return `${window}:${key}`;
}
