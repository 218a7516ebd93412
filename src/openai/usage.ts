import { isJsonObject } from './json.ts';
import type { JsonObject, Usage } from './types.ts';

const PROMPT_DETAILS = ['cached_tokens', 'cache_write_tokens', 'audio_tokens', 'image_tokens'] as const;
const COMPLETION_DETAILS = [
  'reasoning_tokens',
  'audio_tokens',
  'image_tokens',
  'accepted_prediction_tokens',
  'rejected_prediction_tokens',
] as const;

/**
 * Characters of an answer that are kept to be counted, should no usage come: more than any model says at once. A stream
 * without end must not fill memory with what is only counted.
 */
export const MOST_COUNTED_TEXT = 2_000_000;

/**
 * The usage of a provider that speaks chat completions, in normal form; the same object where it is in that form
 * already, otherwise a copy that keeps unknown members.
 *
 * - Cached prompt tokens are found where DeepSeek (`prompt_cache_hit_tokens`) and Moonshot (`cached_tokens`) put them,
 *   those written to the cache where Qwen and gateways before Anthropic do (`cache_creation_input_tokens`).
 * - xAI counts reasoning apart: it is added when the total proves it (total = prompt + completion + reasoning).
 * - Gateways before Anthropic count the cache apart: it is added when it is more than the prompt it should be part of.
 * - The total is prompt + completion. Of the three numbers one may be missing, or be text.
 * - Nothing measured (absent, all zero) is `undefined`, never zeros.
 */
export function usageOf(raw: unknown): Usage | undefined {
  if (!isJsonObject(raw)) return undefined;
  if (isNormal(raw)) return raw.total_tokens === 0 ? undefined : raw;
  const counts = countsOf(raw);
  if (!counts || counts.prompt + counts.completion === 0) return undefined;
  const { prompt, completion } = counts;
  const { prompt_tokens_details: promptRaw, completion_tokens_details: completionRaw, ...rest } = raw;
  const promptDetails = detailsOf(promptRaw, PROMPT_DETAILS, {
    cached_tokens: cachedOf(raw),
    cache_write_tokens: writtenOf(raw),
  });
  const creation = creationOf(raw);
  const completionDetails = detailsOf(completionRaw, COMPLETION_DETAILS, { reasoning_tokens: reasoningOf(raw) });
  return {
    ...rest,
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    ...(promptDetails ? { prompt_tokens_details: promptDetails } : {}),
    ...(completionDetails ? { completion_tokens_details: completionDetails } : {}),
    ...(creation ? { cache_creation: creation } : {}),
  };
}

function isNormal(raw: JsonObject): raw is JsonObject & Usage {
  const { prompt_tokens: prompt, completion_tokens: completion, total_tokens: total } = raw;
  if (!isCount(prompt) || !isCount(completion) || total !== prompt + completion) return false;
  const { prompt_tokens_details: promptDetails, completion_tokens_details: completionDetails } = raw;
  if (!areNormalDetails(promptDetails, PROMPT_DETAILS)) return false;
  if (!areNormalDetails(completionDetails, COMPLETION_DETAILS)) return false;
  const [cached, written] = [cachedOf(raw), writtenOf(raw)];
  return (
    promptDetails?.['cached_tokens'] === cached &&
    promptDetails?.['cache_write_tokens'] === written &&
    completionDetails?.['reasoning_tokens'] === reasoningOf(raw) &&
    apartFrom(prompt, cached, written) === 0 &&
    (raw['cache_creation'] ?? undefined) === creationOf(raw)
  );
}

function areNormalDetails(details: unknown, names: readonly string[]): details is JsonObject | undefined {
  if (details === undefined) return true;
  if (!isJsonObject(details)) return false;
  return names.every((name) => details[name] === undefined || isCount(details[name]));
}

/** Prompt and completion; `undefined` unless two of the three numbers are known. */
function countsOf(raw: JsonObject): { prompt: number; completion: number } | undefined {
  const total = countOf(raw['total_tokens']);
  const prompt = countOf(raw['prompt_tokens']) ?? difference(total, countOf(raw['completion_tokens']));
  const completion = countOf(raw['completion_tokens']) ?? difference(total, prompt);
  if (prompt === undefined || completion === undefined) return undefined;
  const reasoning = reasoningOf(raw) ?? 0;
  return {
    prompt: prompt + apartFrom(prompt, cachedOf(raw), writtenOf(raw)),
    completion: total === prompt + completion + reasoning ? completion + reasoning : completion,
  };
}

/** Tokens of the cache that the prompt leaves out; 0 where they can be part of it. */
function apartFrom(prompt: number, cached = 0, written = 0): number {
  return cached > prompt || written > prompt ? cached + written : 0;
}

function cachedOf(raw: JsonObject): number | undefined {
  return (
    countOf(memberOf(raw['prompt_tokens_details'], 'cached_tokens')) ??
    countOf(raw['prompt_cache_hit_tokens']) ??
    countOf(raw['cached_tokens'])
  );
}

function writtenOf(raw: JsonObject): number | undefined {
  const { prompt_tokens_details: details } = raw;
  return (
    countOf(memberOf(details, 'cache_write_tokens')) ??
    countOf(memberOf(details, 'cache_creation_input_tokens')) ??
    countOf(raw['cache_creation_input_tokens'])
  );
}

/** How long what was written to the cache stays there; Qwen has it among the details. */
function creationOf(raw: JsonObject): unknown {
  return raw['cache_creation'] ?? memberOf(raw['prompt_tokens_details'], 'cache_creation') ?? undefined;
}

function reasoningOf(raw: JsonObject): number | undefined {
  return countOf(memberOf(raw['completion_tokens_details'], 'reasoning_tokens')) ?? countOf(raw['reasoning_tokens']);
}

/** Details with counts where counts belong; `undefined` when nothing is left. */
function detailsOf(
  raw: unknown,
  names: readonly string[],
  found: Record<string, number | undefined>,
): JsonObject | undefined {
  const details: JsonObject = isJsonObject(raw) ? { ...raw } : {};
  for (const name of names) {
    const count = found[name] ?? countOf(details[name]);
    if (count === undefined) delete details[name];
    else details[name] = count;
  }
  return Object.keys(details).length === 0 ? undefined : details;
}

function memberOf(value: unknown, name: string): unknown {
  return isJsonObject(value) ? value[name] : undefined;
}

function difference(total: number | undefined, part: number | undefined): number | undefined {
  return total === undefined || part === undefined || total < part ? undefined : total - part;
}

/** A count, also one written as text. */
function countOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
  return isCount(number) ? number : undefined;
}

/** A whole number of tokens, 0 or more. */
export function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
