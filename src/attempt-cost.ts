import { answeringPlace } from './defaults/answering-attempt.ts';
import { costOf } from './defaults/cost.ts';
import type { Parts } from './parts.ts';
import type { AttemptRecord, Usage } from './ports/index.ts';

/** What an attempt cost, and by which prices. */
type Cost = Pick<AttemptRecord, 'costNanoUsd' | 'priceVersion'>;

/** The cost of what nobody measured, or has a price for. It is not 0. */
export const UNKNOWN_COST: Cost = { costNanoUsd: null, priceVersion: undefined };

/**
 * Puts the cost of an answer on the attempt that gave it, and returns it. A price table that fails costs the record its
 * cost, nothing more.
 */
export function priceAnswer(
  attempts: AttemptRecord[],
  usage: Usage | undefined,
  { prices, clock, logger }: Parts,
  requestId: string,
): Cost {
  const place = answeringPlace(attempts);
  const attempt = attempts[place];
  if (!attempt || !usage) return UNKNOWN_COST;
  const { providerId, providerKind, model } = attempt;
  try {
    const price = prices.priceOf({ providerId, providerKind, model, atMs: clock.now() });
    if (!price) return UNKNOWN_COST;
    const costNanoUsd = costOf(usage, price);
    if (costNanoUsd === undefined) return UNKNOWN_COST;
    const cost = { costNanoUsd, priceVersion: price.version };
    attempts[place] = { ...attempt, ...cost };
    return cost;
  } catch (cause) {
    logger.error({ requestId, cause }, 'the cost of an answer could not be told');
    return UNKNOWN_COST;
  }
}
