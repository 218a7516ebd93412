import type { Usage } from '../openai/types.ts';
import { isCount } from '../openai/usage.ts';
import type { UsageBuckets } from '../openai/usage-buckets.ts';
import { bucketsOf } from '../openai/usage-buckets.ts';
import type { Price, Rates } from '../ports/price-table.ts';

type Bucket = keyof UsageBuckets;

/** Prices that another one stands in for. */
const STANDS_IN: Partial<Record<Bucket, 'input' | 'output'>> = { imageInput: 'input', reasoning: 'output' };

const TOKENS_PER_PRICE = 1_000_000n;

/**
 * What an answer cost, in nano-dollars: a whole number below 2^53, exact, rounded once at the end (half up). `undefined`
 * where a kind of tokens has no price, or where the number would be larger than that.
 *
 * A price counts to nine decimals of a dollar for a million tokens, which a double holds exactly up to 2 million dollars.
 * From there on it is whole numbers.
 * @throws RangeError for numbers that are no prices, or no tokens.
 */
export function costOf(usage: Usage, price: Price): number | undefined {
  const rates = ratesFor(usage.prompt_tokens, price);
  const buckets = bucketsOf(usage);
  let cost = 0n;
  for (const bucket of BUCKETS) {
    const tokens = buckets[bucket];
    if (tokens === 0) continue;
    if (!isCount(tokens)) throw new RangeError(`Tokens have to be a whole number, and are ${String(tokens)}.`);
    const rate = rateOf(rates, bucket);
    if (rate === undefined) return undefined;
    cost += BigInt(tokens) * nanoDollarsOf(rate);
  }
  const rounded = Number((cost + TOKENS_PER_PRICE / 2n) / TOKENS_PER_PRICE);
  return Number.isSafeInteger(rounded) ? rounded : undefined;
}

/** Whether all that the price says is 0, so that it does not matter what was used. */
export function isFree(price: Price): boolean {
  return [price, ...(price.longPrompts ?? [])].every((rates) => BUCKETS.every((bucket) => !rates[bucket]));
}

const BUCKETS = Object.keys(bucketsOf({ prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 })) as Bucket[];

function rateOf(rates: Rates, bucket: Bucket): number | undefined {
  const standIn = STANDS_IN[bucket];
  return rates[bucket] ?? (standIn && rates[standIn]);
}

function nanoDollarsOf(dollars: number): bigint {
  if (!(dollars >= 0)) throw new RangeError(`A price has to be 0 or more, and is ${String(dollars)}.`);
  return BigInt(Math.round(dollars * 1e9));
}

/** The prices of a prompt of so many tokens. */
export function ratesFor(promptTokens: number, price: Omit<Price, 'version'>): Rates {
  let found: Rates = price;
  let limit = -1;
  for (const rates of price.longPrompts ?? []) {
    if (promptTokens <= rates.abovePromptTokens || rates.abovePromptTokens <= limit) continue;
    found = rates;
    limit = rates.abovePromptTokens;
  }
  return found;
}
