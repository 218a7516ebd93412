import type { TokenCount, TokenCounter } from './ports/index.ts';

/** Tokens of several texts together: at once where the counter can, else one after the other. */
export async function countTexts(counter: TokenCounter, texts: readonly string[], model: string): Promise<TokenCount> {
  if (counter.countAll) return counter.countAll(texts, model);
  let tokens = 0;
  let exact = true;
  for (const text of texts) {
    if (text === '') continue;
    const count = await counter.count(text, model);
    tokens += count.tokens;
    exact &&= count.exact;
  }
  return { tokens, exact };
}
