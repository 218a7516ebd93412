import type { BalanceHints, Balancer } from '../../ports/balancer.ts';
import type { Target } from '../../ports/router.ts';
import { isList } from './is-list.ts';

/**
 * Any strategy, tier by tier: it orders the targets of the lowest tier first, then those of the next. A tier in which
 * nobody has weight comes after all that have some: weight 0 backs up the others.
 */
export function inTiers(strategy: Balancer): Balancer {
  // The same list mostly comes again; with it come the same lists of its tiers.
  const known = new WeakMap<readonly Target[], readonly (readonly Target[])[]>();
  const tiersIn = (targets: readonly Target[]): readonly (readonly Target[])[] => {
    let tiers = known.get(targets);
    if (!tiers) known.set(targets, (tiers = tiersOf(targets)));
    return tiers;
  };
  const orderOf = (tier: readonly Target[], hints: BalanceHints): readonly Target[] =>
    tier.length === 1 ? tier : strategy.order(tier, hints);
  return {
    order(targets, hints) {
      if (targets.every(({ tier = 1 }) => tier === (targets[0]?.tier ?? 1))) return strategy.order(targets, hints);
      const order: Target[] = [];
      for (const tier of tiersIn(targets)) {
        const ordered = orderOf(tier, hints);
        // Whoever asked sees to anything else, as without tiers.
        if (!isList(ordered)) return ordered;
        order.push(...ordered);
      }
      return order;
    },
    ...(strategy.begins && { begins: strategy.begins.bind(strategy) }),
  };
}

function tiersOf(targets: readonly Target[]): readonly (readonly Target[])[] {
  const tiers = new Map<number, Target[]>();
  for (const target of targets) {
    const { tier = 1 } = target;
    const same = tiers.get(tier);
    if (same) same.push(target);
    else tiers.set(tier, [target]);
  }
  const inTurn = [...tiers].sort(([one], [other]) => one - other).map(([, tier]) => Object.freeze(tier));
  return [...inTurn.filter(hasWeight), ...inTurn.filter((tier) => !hasWeight(tier))];
}

function hasWeight(tier: readonly Target[]): boolean {
  return tier.some(({ weight }) => weight > 0);
}
