import type { Bound, Refusal, Reservation } from 'nexusai-hub/ports';
import { isAmount } from './check-options.ts';
import { periodOf } from './counters.ts';
import type { Heartbeat } from './heartbeat.ts';
import type { Settlement, Settlements } from './settlements.ts';
import type { TakeAnswer } from './take-answer.ts';

/** One bound that is asked for, its counter, and the name of what is taken from it. */
export interface Asked {
  readonly bound: Bound;
  readonly counter: string;
  readonly id: string;
}

/** Where reservations leave what they hold. */
export interface Books {
  readonly heartbeat: Heartbeat;
  readonly settlements: Settlements;
}

/** What was asked of Redis, as it has answered. */
export function reservationOf(
  asked: readonly Asked[],
  { refusal, levels, marks }: TakeAnswer,
  { heartbeat, settlements }: Books,
): Reservation | Refusal {
  if (refusal) return { ...refusal, levels };
  const slots = asked.filter(({ bound }) => bound.kind === 'slots');
  for (const slot of slots) heartbeat.hold(slot);
  return {
    levels,
    settle(used) {
      for (const slot of slots) heartbeat.release(slot);
      settlements.add(asked.flatMap((one, place) => settlementsOf(one, used[place], marks[place] ?? 0)));
    },
  };
}

/**
 * What to say of a taking that Redis has not answered: it may have been taken all the same. Slots can be given back by
 * their name; of the others nobody knows whether they were counted.
 */
export function afterSilence(asked: readonly Asked[]): readonly Settlement[] {
  return asked.filter(({ bound }) => bound.kind === 'slots').map(slotSettlement);
}

/** What Redis has to be told at the end, if anything: a rate that stands as it was taken needs no word. */
function settlementsOf(asked: Asked, used: number | undefined, mark: number): readonly Settlement[] {
  const { bound, counter } = asked;
  if (bound.kind === 'slots') return [slotSettlement(asked)];
  const { kind, limit, units: taken } = bound;
  const really = isAmount(used) ? used : taken;
  if (kind === 'rate' && really === taken) return [];
  return [{ counter, kind, limit, period: periodOf(bound), taken, used: really, mark }];
}

function slotSettlement({ counter, bound: { limit }, id }: Asked): Settlement {
  return { counter, kind: 'slots', limit, period: '', taken: 0, used: 0, mark: id };
}
