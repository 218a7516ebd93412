import { memoryQuota } from 'nexusai-hub';
import type { Bound, Clock, Quota, Refusal, Reservation } from 'nexusai-hub/ports';
import type { Dice } from './dice.ts';
import { pause } from './providers.ts';

/** A quota that is elsewhere, as late as it likes, and whose reservations are looked after. */
export interface WatchedQuota extends Quota {
  /** How often each reservation was settled, in the order they were taken. */
  readonly settled: readonly number[];
  /** From now on it answers at once. */
  recover(): void;
}

export type QuotaManner = 'at once' | 'late' | 'away at times';

/** It is away for three seconds of nine. */
const TURN_MS = 3_000;

export function watchedQuota(manner: QuotaManner, dice: Dice, clock: Clock): WatchedQuota {
  const quota = memoryQuota(clock);
  const settled: number[] = [];
  let isWell = manner === 'at once';
  const take = (bounds: readonly Bound[]): Reservation | Refusal => {
    const came = quota.take(bounds);
    if ('refusedBy' in came) return came;
    const place = settled.push(0) - 1;
    return {
      levels: came.levels,
      settle(used) {
        settled[place] = (settled[place] ?? 0) + 1;
        came.settle(used);
      },
    };
  };
  return {
    settled,
    recover() {
      isWell = true;
    },
    take(bounds) {
      if (isWell || dice.chance(0.3)) return take(bounds);
      const isAway = manner === 'away at times' && Math.floor(clock.elapsed() / TURN_MS) % 3 === 1;
      if (isAway) return new Promise(() => undefined);
      return pause(dice.pick([0, 1, 5, 60]), clock).then(() => take(bounds));
    },
    rebuild: (...given) => quota.rebuild(...given),
  };
}
