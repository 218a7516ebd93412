import type { JsonObject } from 'nexusai-hub/ports';
import { isJsonObject } from 'nexusai-hub/provider-kit';

/**
 * Anthropic's usage in chat completions' words. Its input leaves out what was read from and written to the cache, ours
 * holds both (providers.md section 2.4); how long what was written stays, which has a price of its own, goes along.
 */
export function usageOfMessage(raw: JsonObject): JsonObject {
  const read = countOf(raw['cache_read_input_tokens']);
  const creation = isJsonObject(raw['cache_creation']) ? raw['cache_creation'] : undefined;
  const written = countOf(raw['cache_creation_input_tokens']) ?? sumOf(creation);
  const input = countOf(raw['input_tokens']);
  const thought = isJsonObject(raw['output_tokens_details'])
    ? countOf(raw['output_tokens_details']['thinking_tokens'])
    : undefined;
  return {
    prompt_tokens: input === undefined ? undefined : input + written + (read ?? 0),
    completion_tokens: countOf(raw['output_tokens']),
    prompt_tokens_details: {
      ...(read === undefined ? {} : { cached_tokens: read }),
      ...(written === 0 ? {} : { cache_write_tokens: written }),
    },
    ...(thought === undefined ? {} : { completion_tokens_details: { reasoning_tokens: thought } }),
    ...(written > 0 && creation ? { cache_creation: creation } : {}),
    ...(isJsonObject(raw['server_tool_use']) ? { server_tool_use: raw['server_tool_use'] } : {}),
  };
}

/** What was written to the cache, all times it stays together. */
function sumOf(creation: JsonObject = {}): number {
  return Object.values(creation).reduce<number>((sum, count) => sum + (countOf(count) ?? 0), 0);
}

function countOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
