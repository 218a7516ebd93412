import type { Balancer } from '../ports/balancer.ts';
import type { Clock } from '../ports/clock.ts';
import type { Price, PriceTable } from '../ports/price-table.ts';
import type { Target } from '../ports/router.ts';
import { cheapest } from './balancer/cheapest.ts';
import { fastest } from './balancer/fastest.ts';
import { leastBusy } from './balancer/least-busy.ts';
import { roundRobin } from './balancer/round-robin.ts';
import { sticky } from './balancer/sticky.ts';
import { weighted } from './balancer/weighted.ts';

/** What strategies are made of. */
interface Means {
  readonly random: () => number;
  readonly clock: Clock;
  readonly prices: PriceTable;
}

/** Strategies as options and files name them. */
export const STRATEGY_NAMES = ['weighted', 'round-robin', 'least-busy', 'latency', 'cost', 'sticky'] as const;
export type StrategyName = (typeof STRATEGY_NAMES)[number];

const STRATEGIES: Readonly<Record<StrategyName, (means: Means) => Balancer>> = {
  weighted,
  'round-robin': roundRobin,
  'least-busy': leastBusy,
  latency: fastest,
  cost: ({ prices, clock, random }) => cheapest({ priceOf: (target) => priceOf(target, prices, clock.now()), random }),
  sticky: (means) => sticky(weighted(means)),
};

/** The strategy of this name. */
export function balancerOf(name: StrategyName, means: Means): Balancer {
  return STRATEGIES[name](means);
}

function priceOf({ providerId, provider, model }: Target, prices: PriceTable, atMs: number): Price | undefined {
  return prices.priceOf({ providerId, providerKind: provider.kind, model, atMs });
}
