import type { Balancer } from '../../ports/balancer.ts';
import type { Target } from '../../ports/router.ts';
import { scatter, textHash } from './hash.ts';
import { isList } from './is-list.ts';

/**
 * A conversation stays where it is, so that the prompt cache of its target is used. Its home, and the target that stands
 * in while the home's circuit is open, follow from its id by weighted rendezvous hashing: no state, the same in every
 * process, after every restart; a target that is added or taken away moves only its own share of the conversations.
 *
 * `others` orders the rest, and what belongs to no conversation. Targets of weight 0 are nobody's home.
 */
export function sticky(others: Balancer): Balancer {
  return {
    order(targets, hints) {
      const rest = others.order(targets, hints);
      if (hints.conversationId === '' || !isList(rest)) return rest;
      const homes = homesOf(hints.conversationId, targets);
      return homes.length === 0 ? rest : [...homes, ...rest.filter((target) => !homes.includes(target))];
    },
    ...(others.begins && { begins: others.begins.bind(others) }),
  };
}

/** Home and stand-in. */
function homesOf(conversationId: string, targets: readonly Target[]): Target[] {
  const seed = textHash(conversationId);
  let home: Target | undefined;
  let standIn: Target | undefined;
  let nearest = Infinity;
  let second = Infinity;
  for (const target of targets) {
    if (!(target.weight > 0)) continue;
    // Exponentially distributed with the weight as its rate: whose is smallest is drawn in proportion to the weights.
    const distance = -Math.log(scatter(seed, textHash(target.id))) / target.weight;
    if (distance < nearest) {
      [second, standIn] = [nearest, home];
      [nearest, home] = [distance, target];
    } else if (distance < second) [second, standIn] = [distance, target];
  }
  return [home, standIn].filter((target) => target !== undefined);
}
