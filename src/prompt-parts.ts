import type { Call } from './call.ts';
import { textsOfPassed } from './openai/forward-request.ts';
import type { PromptParts } from './openai/tokens/chat-prompt.ts';
import { chatPromptParts } from './openai/tokens/chat-prompt.ts';
import type { EmbeddingRequest } from './ports/index.ts';

/**
 * What the prompt of a request comes to for `model`. Embeddings and older completions are their texts and nothing else;
 * what surrounds those of `/v1/responses` nobody has published.
 * @param known so many messages from the beginning are left out.
 */
export function promptPartsOf(call: Call, model: string, known: number = 0): PromptParts {
  if (call.operation === 'chat') return chatPromptParts(call.request, model, known);
  const isPlain = call.operation === 'embeddings' || call.operation === 'completions';
  const texts: string[] = [];
  let tokens = 0;
  for (const said of call.operation === 'embeddings' ? embeddingTexts(call.request) : textsOfPassed(call.request))
    if (typeof said === 'string') texts.push(said);
    else tokens += said;
  return { texts, tokens, isExact: isPlain, isWhole: isPlain };
}

/** Inputs may be token ids already. */
export function* embeddingTexts({ input }: EmbeddingRequest): Generator<string | number> {
  if (typeof input === 'string') yield input;
  else for (const item of input) yield typeof item === 'string' ? item : typeof item === 'number' ? 1 : item.length;
}
