import type { Balancer } from '../../ports/balancer.ts';
import type { Target } from '../../ports/router.ts';
import { RecentMap } from '../recent-map.ts';
import { drawn } from './drawn.ts';
import type { Chance } from './weighted.ts';

/** Sets of targets whose turns are remembered. */
const MOST_SETS = 10_000;

/**
 * In turn: over a cycle every target is first exactly as often as its weight says, spread evenly (smooth weighted round
 * robin, as nginx does it). Who comes after the first is drawn by weight, so that the turns of one that fails are shared
 * by all the others. Each set of targets has turns of its own, in this process.
 */
export function roundRobin({ random = Math.random }: Chance = {}): Balancer {
  // Routers mostly hand out the same list again: then nothing has to be put together to find its turns.
  const byList = new WeakMap<readonly Target[], Turns>();
  const byIds = new RecentMap<string, Turns>(MOST_SETS);
  const turnsOf = (targets: readonly Target[]): Turns => {
    const known = byList.get(targets);
    if (known) return known;
    const ids = targets.map(({ id }) => id).join('\n');
    const turns = byIds.get(ids) ?? new Turns(targets.length);
    byIds.set(ids, turns);
    byList.set(targets, turns);
    return turns;
  };
  return {
    order(targets) {
      const first = turnsOf(targets).next(targets);
      const order = drawn(targets, random);
      const place = first ? order.indexOf(first) : 0;
      if (first && place > 0) {
        order.copyWithin(1, 0, place);
        order[0] = first;
      }
      return order;
    },
  };
}

/** Whose turn it is in one set of targets. */
class Turns {
  /** How far each target is behind its share; they add up to 0. */
  readonly #owed: Float64Array;

  constructor(size: number) {
    this.#owed = new Float64Array(size);
  }

  /** The target that is owed most, `undefined` where none has weight. */
  next(targets: readonly Target[]): Target | undefined {
    let total = 0;
    let most = 0;
    let chosen: Target | undefined;
    let chosenPlace = 0;
    for (let place = 0; place < targets.length; place++) {
      const target = targets[place];
      if (!target || !(target.weight > 0)) continue;
      total += target.weight;
      const owed = (this.#owed[place] ?? 0) + target.weight;
      this.#owed[place] = owed;
      if (chosen && owed <= most) continue;
      most = owed;
      chosen = target;
      chosenPlace = place;
    }
    if (chosen) this.#owed[chosenPlace] = most - total;
    return chosen;
  }
}
