import { isJsonObject } from './json.ts';
import type { JsonObject, Usage } from './types.ts';
import { usageOf } from './usage.ts';

/**
 * The usage of an answer that is passed on, in normal form (see `usageOf`). `/responses`, images and audio call the
 * counts `input_tokens` and `output_tokens` (providers.md 3.7); audio may be measured in seconds instead, which is none.
 */
export function usageOfPassed(raw: unknown): Usage | undefined {
  if (!isJsonObject(raw) || (raw['input_tokens'] === undefined && raw['output_tokens'] === undefined))
    return usageOf(raw);
  return usageOf({
    prompt_tokens: raw['input_tokens'],
    completion_tokens: raw['output_tokens'],
    total_tokens: raw['total_tokens'],
    ...detailsAs('prompt_tokens_details', raw['input_tokens_details'] ?? raw['input_token_details']),
    ...detailsAs('completion_tokens_details', raw['output_tokens_details'] ?? raw['output_token_details']),
  });
}

function detailsAs(name: string, details: unknown): JsonObject {
  return isJsonObject(details) ? { [name]: details } : {};
}
