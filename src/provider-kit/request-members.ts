import { isJsonObject } from '../openai/json.ts';
import type { ChatRequest, JsonObject } from '../openai/types.ts';
import { untranslatable } from './untranslatable.ts';

/** Members of OpenAI's chat request (openai-node, completions.ts, 2026). */
const CHAT_MEMBERS: ReadonlySet<string> = new Set([
  'model',
  'messages',
  'audio',
  'frequency_penalty',
  'function_call',
  'functions',
  'logit_bias',
  'logprobs',
  'max_completion_tokens',
  'max_tokens',
  'metadata',
  'modalities',
  'moderation',
  'n',
  'parallel_tool_calls',
  'prediction',
  'presence_penalty',
  'prompt_cache_key',
  'prompt_cache_options',
  'prompt_cache_retention',
  'reasoning_effort',
  'response_format',
  'safety_identifier',
  'seed',
  'service_tier',
  'stop',
  'store',
  'stream',
  'stream_options',
  'temperature',
  'tool_choice',
  'tools',
  'top_logprobs',
  'top_p',
  'user',
  'verbosity',
  'web_search_options',
]);

/** What a request has besides OpenAI's own members: words of the provider's, to be handed on as they are. */
export function foreignMembers(request: ChatRequest): JsonObject {
  return Object.fromEntries(Object.entries(request).filter(([name]) => !CHAT_MEMBERS.has(name)));
}

/** When a member really asks for something: its neutral values are as good as leaving it out. */
const ASKS = {
  n: (value: unknown) => typeof value === 'number' && value > 1,
  logprobs: (value: unknown) => value === true || typeof value === 'number',
  top_logprobs: (value: unknown) => typeof value === 'number' && value > 0,
  logit_bias: (value: unknown) => isJsonObject(value) && Object.keys(value).length > 0,
  audio: isJsonObject,
  modalities: (value: unknown) => Array.isArray(value) && value.some((kind) => kind !== 'text'),
  web_search_options: isJsonObject,
  functions: (value: unknown) => Array.isArray(value) && value.length > 0,
  function_call: (value: unknown) => value !== undefined && value !== null && value !== 'none',
} as const;

/** A member that some providers have no word for. */
export type RefusableMember = keyof typeof ASKS;

const MENDS: Partial<Record<RefusableMember, string>> = {
  functions: 'use tools',
  function_call: 'use tool_choice',
};

/**
 * Refuses a request that asks by one of these members for what `provider` (its name for people) does not have.
 * @throws NexusError `request_invalid` naming the member.
 */
export function refuseMembers(request: ChatRequest, provider: string, members: readonly RefusableMember[]): void {
  const asked = new Map<string, unknown>(Object.entries(request));
  for (const name of members) {
    if (!ASKS[name](asked.get(name))) continue;
    throw untranslatable(name, `is not possible with ${provider}; ${MENDS[name] ?? 'leave it out'}.`);
  }
}
