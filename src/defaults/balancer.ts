import type { Balancer } from '../ports/balancer.ts';
import type { Clock } from '../ports/clock.ts';
import { fastest } from './balancer/fastest.ts';
import { leastBusy } from './balancer/least-busy.ts';
import { roundRobin } from './balancer/round-robin.ts';
import { sticky } from './balancer/sticky.ts';
import { weighted } from './balancer/weighted.ts';

/** What strategies are made of. */
interface Means {
  readonly random: () => number;
  readonly clock: Clock;
}

/** Strategies as options and files name them. */
export const STRATEGY_NAMES = ['weighted', 'round-robin', 'least-busy', 'latency', 'sticky'] as const;
export type StrategyName = (typeof STRATEGY_NAMES)[number];

const STRATEGIES: Readonly<Record<StrategyName, (means: Means) => Balancer>> = {
  weighted,
  'round-robin': roundRobin,
  'least-busy': leastBusy,
  latency: fastest,
  sticky: (means) => sticky(weighted(means)),
};

/** The strategy of this name. */
export function balancerOf(name: StrategyName, means: Means): Balancer {
  return STRATEGIES[name](means);
}
