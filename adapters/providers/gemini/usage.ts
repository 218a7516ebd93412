import type { JsonObject } from 'nexusai-hub/ports';
import { isJsonObject } from 'nexusai-hub/provider-kit';

/**
 * `usageMetadata` in chat completions' words (providers.md section 2.4): what tools put into the prompt is part of it,
 * thoughts are part of the answer. Every event has the totals so far. Sound and pictures are told apart: they have
 * prices of their own.
 */
export function usageOfMetadata(raw: JsonObject): JsonObject {
  const prompt = countOf(raw['promptTokenCount']);
  const thoughts = countOf(raw['thoughtsTokenCount']);
  const cached = countOf(raw['cachedContentTokenCount']);
  const heldInCache = kindsIn(raw['cacheTokensDetails']);
  const answered = {
    ...(thoughts === undefined ? {} : { reasoning_tokens: thoughts }),
    ...kindsIn(raw['candidatesTokensDetails']),
  };
  return {
    prompt_tokens: prompt === undefined ? undefined : prompt + (countOf(raw['toolUsePromptTokenCount']) ?? 0),
    // Nothing was said yet, or the prompt was refused.
    completion_tokens: (countOf(raw['candidatesTokenCount']) ?? 0) + (thoughts ?? 0),
    prompt_tokens_details: {
      ...(cached === undefined ? {} : { cached_tokens: cached }),
      ...(heldInCache ? { cached_tokens_details: heldInCache } : {}),
      ...kindsIn(raw['promptTokensDetails'], raw['toolUsePromptTokensDetails']),
    },
    ...(Object.keys(answered).length === 0 ? {} : { completion_tokens_details: answered }),
  };
}

const NAMES = { AUDIO: 'audio_tokens', IMAGE: 'image_tokens' } as const;

/** Tokens that are no text, by kind; `undefined` where there are none. */
function kindsIn(...lists: readonly unknown[]): { audio_tokens?: number; image_tokens?: number } | undefined {
  const kinds: { audio_tokens?: number; image_tokens?: number } = {};
  for (const { modality, tokenCount } of lists.flatMap(listIn)) {
    const count = countOf(tokenCount);
    if ((modality !== 'AUDIO' && modality !== 'IMAGE') || count === undefined) continue;
    kinds[NAMES[modality]] = (kinds[NAMES[modality]] ?? 0) + count;
  }
  return Object.keys(kinds).length === 0 ? undefined : kinds;
}

function listIn(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function countOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
