import type { Balancer } from '../../ports/balancer.ts';
import type { Price } from '../../ports/price-table.ts';
import type { Target } from '../../ports/router.ts';
import { ratesFor } from '../cost.ts';
import { drawn } from './drawn.ts';
import { sortedBy } from './sorted-by.ts';
import type { Chance } from './weighted.ts';

export interface CheapestOptions extends Chance {
  /** The price of a target now; `undefined` where it is not known. */
  readonly priceOf: (target: Target) => Omit<Price, 'version'> | undefined;
  /** Tokens of an answer, which are not known before it is there. @default 500 */
  readonly completionTokens?: number | undefined;
}

/** Dearer than everything that has a price, and cheaper than what has no weight. */
const UNPRICED = Number.MAX_VALUE;

/**
 * The cheapest first: by the price of the prompt's estimated tokens and of an answer of usual length. Targets of the
 * same price are drawn by weight. One whose price is not known comes after all that have one: it may cost anything.
 */
export function cheapest({ priceOf, completionTokens = 500, random = Math.random }: CheapestOptions): Balancer {
  return {
    order(targets, { facts }) {
      const { promptTokens } = facts;
      return sortedBy(drawn(targets, random), (target) => {
        if (!(target.weight > 0)) return Infinity;
        const price = priceOf(target);
        if (!price) return UNPRICED;
        const { input, output } = ratesFor(promptTokens, price);
        return input * promptTokens + output * completionTokens;
      });
    },
  };
}
