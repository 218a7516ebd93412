import { baseModelOf } from '../../openai/tokens/base-model.ts';

/**
 * How the tokens of models are estimated whose encoding is not to be had: by a rule of characters that their maker
 * published, or as a multiple of what `o200k_base` makes of the text.
 */
export type Estimation =
  | { readonly kind: 'rule'; readonly tokensOf: (text: string) => number }
  | { readonly kind: 'factor'; readonly factor: number };

/** Names of models by what they hold, and how they are estimated (providers.md 12.6). */
const FAMILIES: readonly (readonly [part: string, estimation: Estimation])[] = [
  ['ernie', { kind: 'rule', tokensOf: ernieTokens }],
  // The middle of 1.1 to 1.2.
  ['claude', { kind: 'factor', factor: 1.15 }],
];

/** Qwen stays within 10 % on Chinese; of others no better is known. */
const USUAL: Estimation = { kind: 'factor', factor: 1 };

/** How texts of a model without a known encoding are estimated. */
export function estimationOf(model: string): Estimation {
  const name = baseModelOf(model);
  return FAMILIES.find(([part]) => name.includes(part))?.[1] ?? USUAL;
}

const HAN = /[\u4e00-\u9fff]/g;
const WORDS = /[^\u4e00-\u9fff\p{P}\p{S}\s]+/gu;

/** A word is no longer than this; what is, stands for several. */
const LONGEST_WORD = 20;

/** Baidu's own estimate (bce-qianfan-sdk): 0.625 for a Chinese character, 1 for a word of anything else. */
function ernieTokens(text: string): number {
  let words = 0;
  for (const [word] of text.matchAll(WORDS)) words += Math.ceil(word.length / LONGEST_WORD);
  return 0.625 * (text.match(HAN)?.length ?? 0) + words;
}
