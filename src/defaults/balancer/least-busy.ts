import type { Balancer } from '../../ports/balancer.ts';
import type { Target } from '../../ports/router.ts';
import { drawn } from './drawn.ts';
import { sortedBy } from './sorted-by.ts';
import type { Chance } from './weighted.ts';

/**
 * The least busy first: by attempts under way at each target, in relation to its weight. Among equals lots are drawn by
 * weight. It knows the attempts of this process.
 */
export function leastBusy({ random = Math.random }: Chance = {}): Balancer {
  /** By target id; whoever has none is not in it. */
  const running = new Map<string, number>();
  const loadOf = ({ id, weight }: Target): number => (weight > 0 ? (running.get(id) ?? 0) / weight : Infinity);
  return {
    order: (targets) => sortedBy(drawn(targets, random), loadOf),
    begins({ id }) {
      running.set(id, (running.get(id) ?? 0) + 1);
      return {
        content() {},
        over() {
          const left = (running.get(id) ?? 1) - 1;
          if (left > 0) running.set(id, left);
          else running.delete(id);
        },
      };
    },
  };
}
