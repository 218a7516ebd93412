import type { JsonObject } from 'nexusai-hub/ports';
import { isJsonObject } from 'nexusai-hub/provider-kit';

/**
 * `usageMetadata` in chat completions' words (providers.md section 2.4): what tools put into the prompt is part of it,
 * thoughts are part of the answer. Every event has the totals so far.
 */
export function usageOfMetadata(raw: JsonObject): JsonObject {
  const prompt = countOf(raw['promptTokenCount']);
  const thoughts = countOf(raw['thoughtsTokenCount']);
  const cached = countOf(raw['cachedContentTokenCount']);
  const audio = audioIn(raw['promptTokensDetails']);
  return {
    prompt_tokens: prompt === undefined ? undefined : prompt + (countOf(raw['toolUsePromptTokenCount']) ?? 0),
    // Nothing was said yet, or the prompt was refused.
    completion_tokens: (countOf(raw['candidatesTokenCount']) ?? 0) + (thoughts ?? 0),
    prompt_tokens_details: {
      ...(cached === undefined ? {} : { cached_tokens: cached }),
      ...(audio === undefined ? {} : { audio_tokens: audio }),
    },
    ...(thoughts === undefined ? {} : { completion_tokens_details: { reasoning_tokens: thoughts } }),
  };
}

function audioIn(details: unknown): number | undefined {
  if (!Array.isArray(details)) return undefined;
  const audio = details.filter(isJsonObject).find(({ modality }) => modality === 'AUDIO');
  return countOf(audio?.['tokenCount']);
}

function countOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
