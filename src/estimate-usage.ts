import type { Call } from './call.ts';
import { countPrompt } from './count-prompt.ts';
import { countTexts } from './count-texts.ts';
import type { Session, TokenCounter, Usage } from './ports/index.ts';
import type { TokenAudit } from './token-audit.ts';

/** A usage the hub has counted. */
export interface CountedUsage {
  readonly usage: Usage;
  /** Whether all of it was counted in the model's own encoding, by a formula that is published. */
  readonly isExact: boolean;
}

/** What stands behind an estimate. */
export interface EstimateBasis {
  readonly counter: TokenCounter;
  /** The model that answered, by the name that says most of how it counts. */
  readonly model: string;
  /** What providers have reported beside earlier counts. */
  readonly audit: TokenAudit;
  /** The beginning of the prompt whose tokens are known; it is not counted again. */
  readonly known: Session['known'];
}

/**
 * Usage of a request whose provider reported none: the prompt by the published formula of its model, the answer by its
 * text. Where the encoding is not known, counts are corrected by what was reported for the model before.
 */
export async function estimateUsage(basis: EstimateBasis, call: Call, answer: string): Promise<CountedUsage> {
  const { counter, model, audit, known } = basis;
  const prompt = await countPrompt(counter, call, model, known?.messages);
  const completion = await countTexts(counter, [answer], model);
  const promptTokens = audit.corrected(model, 'prompt', prompt) + (known?.tokens ?? 0);
  const completionTokens = audit.corrected(model, 'completion', completion);
  return {
    usage: {
      prompt_tokens: promptTokens,
      completion_tokens: completionTokens,
      total_tokens: promptTokens + completionTokens,
    },
    isExact: prompt.exact && completion.exact && !known,
  };
}
