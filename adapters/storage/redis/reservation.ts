import type { Bound, Refusal, Reservation } from 'nexusai-hub/ports';
import { isAmount } from './check-options.ts';
import { periodOf } from './counters.ts';
import type { Heartbeat, Held } from './heartbeat.ts';
import type { Settlement, Settlements } from './settlements.ts';
import type { TakeAnswer } from './take-answer.ts';

/** One bound that is asked for, the keys of its counter, and the name of what is taken from it. */
export interface Asked {
  readonly bound: Bound;
  readonly keys: readonly string[];
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
  const held = asked.flatMap((one, place) => heldOf(one, marks[place] ?? 0));
  for (const one of held) heartbeat.hold(one);
  return {
    levels,
    settle(used) {
      for (const one of held) heartbeat.release(one);
      settlements.add(asked.flatMap((one, place) => settlementsOf(one, used[place], marks[place] ?? 0)));
    },
  };
}

/**
 * What to say of a taking that Redis has not answered: it may have been taken all the same. Slots and budgets can be given
 * back by the name of the taking, and lapse where Redis takes them later still; of a rate nobody knows whether it was counted.
 */
export function afterSilence(asked: readonly Asked[]): readonly Settlement[] {
  return asked.filter(({ bound }) => bound.kind !== 'rate').map((one) => settlementOf(one, 0, 0));
}

/** What has to be renewed until it is settled. */
function heldOf({ bound, keys, id }: Asked, mark: number): readonly Held[] {
  if (bound.kind === 'slots') return [{ keys, values: [bound.kind, id, '', '', ''] }];
  if (bound.kind === 'rate' || bound.units === 0) return [];
  return [{ keys, values: [bound.kind, id, bound.window, String(bound.units), String(mark)] }];
}

/** What Redis has to be told at the end, if anything: a rate that stands as it was taken needs no word. */
function settlementsOf(asked: Asked, used: number | undefined, mark: number): readonly Settlement[] {
  const taken = takenOf(asked.bound);
  const really = isAmount(used) ? used : taken;
  return asked.bound.kind === 'rate' && really === taken ? [] : [settlementOf(asked, really, mark)];
}

function settlementOf({ bound, keys, id }: Asked, used: number, mark: number): Settlement {
  const { kind, limit } = bound;
  return { keys, kind, limit, period: periodOf(bound), taken: takenOf(bound), used, mark, id };
}

function takenOf(bound: Bound): number {
  return bound.kind === 'slots' ? 1 : bound.units;
}
