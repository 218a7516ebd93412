import type { Clock } from '../ports/clock.ts';
import type { Bound, Quota, Refusal, Reservation } from '../ports/quota.ts';
import { BudgetClaim, BudgetCounters } from './budget-claim.ts';
import type { Claim } from './claim.ts';
import { checkBound } from './claim.ts';
import { Moment } from './moment.ts';
import { RateClaim, RateCounters } from './rate-claim.ts';
import { SlotClaim, SlotCounters } from './slot-claim.ts';

/** Counters of rates, and of budgets, that are kept. */
const MOST_COUNTERS = 100_000;

/** A quota that answers at once. */
export interface MemoryQuota extends Quota {
  take(bounds: readonly Bound[]): Reservation | Refusal;
}

/**
 * Counts in the memory of this process, without timers.
 *
 * At most 100,000 counters of each kind are kept. Counters that are whole are forgotten first, which changes nothing.
 * Only where more keys than that are in use within one window is one forgotten that is not: its key then begins anew,
 * with a whole rate, or with a budget that knows nothing of what was spent. A hub with so many callers shares its
 * counters in a store that holds them all. Slots that are held are never forgotten.
 */
export function memoryQuota(
  clock: Clock,
  { mostCounters = MOST_COUNTERS }: { mostCounters?: number } = {},
): MemoryQuota {
  const rates = new RateCounters(clock, mostCounters);
  const budgets = new BudgetCounters(clock, mostCounters);
  const slots = new SlotCounters();
  const claimOf = (bound: Bound, at: Moment): Claim => {
    checkBound(bound);
    switch (bound.kind) {
      case 'rate':
        return new RateClaim(bound, rates, at);
      case 'budget':
        return new BudgetClaim(bound, budgets, at);
      case 'slots':
        return new SlotClaim(bound, slots);
    }
  };
  return {
    take(bounds) {
      rates.tidy(bounds.length);
      budgets.tidy(bounds.length);
      const at = new Moment(clock);
      const claims = bounds.map((bound) => claimOf(bound, at));
      let refusedBy = -1;
      let retryAfterMs = -1;
      let place = 0;
      for (const claim of claims) {
        const waitMs = claim.waitMs();
        if (waitMs !== undefined && waitMs > retryAfterMs) {
          refusedBy = place;
          retryAfterMs = waitMs;
        }
        place++;
      }
      if (refusedBy >= 0) return { refusedBy, retryAfterMs, levels: claims.map(levelOf) };
      for (const claim of claims) claim.take();
      return {
        levels: claims.map(levelOf),
        settle(used) {
          let settled = 0;
          for (const claim of claims) claim.settle(used[settled++]);
        },
      };
    },
    rebuild({ key, window }, used) {
      return budgets.rebuild(key, window, used);
    },
  };
}

const levelOf = (claim: Claim): ReturnType<Claim['level']> => claim.level();
