import type { Call } from './call.ts';
import { countTexts } from './count-texts.ts';
import type { TokenCount, TokenCounter } from './ports/index.ts';
import { promptPartsOf } from './prompt-parts.ts';

/** A count of a prompt, and whether nothing of it was left out. */
export interface PromptCount extends TokenCount {
  readonly isWhole: boolean;
}

/** Tokens of a prompt by its model's formula. @param known so many messages from the beginning are left out. */
export async function countPrompt(
  counter: TokenCounter,
  call: Call,
  model: string,
  known?: number,
): Promise<PromptCount> {
  const parts = promptPartsOf(call, model, known);
  const said = await countTexts(counter, parts.texts, model);
  return { tokens: parts.tokens + said.tokens, exact: parts.isExact && said.exact, isWhole: parts.isWhole };
}
