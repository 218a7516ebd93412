import type { TokenCounter } from 'nexusai-hub/ports';

/** How far counts of some texts are off, as parts of what they should be. */
export interface CountErrors {
  readonly texts: number;
  readonly tokens: number;
  /** Part of the texts whose count is right to the token. */
  readonly right: number;
  readonly mean: number;
  readonly p95: number;
  readonly largest: number;
  /** Texts whose count was called exact and was not: there must be none. */
  readonly wronglyExact: number;
}

/** Holds counts against the truth, text by text. */
export async function errorsOf(
  texts: readonly string[],
  truthOf: (text: string) => number,
  count: TokenCounter['count'],
  model: string,
): Promise<CountErrors> {
  const errors: number[] = [];
  let [tokens, wronglyExact] = [0, 0];
  for (const text of texts) {
    const truth = truthOf(text);
    const counted = await count(text, model);
    tokens += truth;
    errors.push(Math.abs(counted.tokens - truth) / truth);
    if (counted.exact && counted.tokens !== truth) wronglyExact++;
  }
  const sorted = [...errors].sort((one, other) => one - other);
  return {
    texts: texts.length,
    tokens,
    right: errors.filter((error) => error === 0).length / errors.length,
    mean: errors.reduce((sum, error) => sum + error, 0) / errors.length,
    p95: sorted[Math.ceil(0.95 * sorted.length) - 1] ?? NaN,
    largest: sorted.at(-1) ?? NaN,
    wronglyExact,
  };
}
