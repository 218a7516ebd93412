import type { Balancer } from '../../ports/balancer.ts';
import { drawn } from './drawn.ts';

/** What a strategy draws lots with. */
export interface Chance {
  /** Uniform in [0, 1). @default Math.random */
  readonly random?: (() => number) | undefined;
}

/** By weight: each place in the order is drawn among the targets that are left, in proportion to their weights. */
export function weighted({ random = Math.random }: Chance = {}): Balancer {
  return { order: (targets) => drawn(targets, random) };
}
