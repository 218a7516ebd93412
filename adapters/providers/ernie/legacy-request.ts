import type { ChatRequest, JsonObject } from 'nexusai-hub/ports';
import { foreignMembers, isJsonObject, refuseMembers, untranslatable } from 'nexusai-hub/provider-kit';

import { functionsOf } from './functions.ts';
import { alternating, conversationOf } from './messages.ts';

/**
 * A request in the words of the legacy interface (providers.md section 5.3). Members OpenAI does not have, such as
 * `disable_search`, are handed on. Without a word there, and left out: `seed`, `logprobs`, `logit_bias`, `metadata` and
 * what steers the server rather than the answer.
 * @throws NexusError `request_invalid` naming what cannot be said.
 */
export function legacyRequest(request: ChatRequest): JsonObject {
  refuseMembers(request, 'ERNIE', ['n', 'audio', 'modalities']);
  const { instructions, turns } = conversationOf(request.messages);
  const format = formatOf(request.response_format);
  const system = [...instructions, ...format.instructions].join('\n\n');
  const limit = request.max_completion_tokens ?? request.max_tokens;
  return {
    // Without anybody else to speak to, the instructions are what is said.
    ...(turns.length === 0
      ? { messages: alternating([{ role: 'user', content: system }]) }
      : { messages: alternating(turns), ...withoutNothing({ system: system === '' ? undefined : system }) }),
    ...withoutNothing({
      stream: request.stream === true ? true : undefined,
      temperature: temperatureOf(request.temperature),
      top_p: request.top_p,
      penalty_score: penaltyOf(request),
      stop: typeof request.stop === 'string' ? [request.stop] : request.stop,
      max_output_tokens: limit,
      user_id: request.user,
      response_format: format.name,
    }),
    ...functionsOf(request),
    ...foreignMembers(request),
  };
}

function withoutNothing(members: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined && value !== null));
}

/** What Baidu's own adapter sends for 0, which is refused. */
const COLDEST = 1e-9;

/** From OpenAI's 0 to 2 into (0, 1]. */
function temperatureOf(temperature: number | null | undefined): number | undefined {
  return temperature === undefined || temperature === null ? undefined : Math.min(1, Math.max(COLDEST, temperature));
}

/** OpenAI's -2 to 2 with 0 as nothing, onto 1 to 2 with 1 as nothing: repetition cannot be encouraged there. */
function penaltyOf({ presence_penalty: presence, frequency_penalty: frequency }: ChatRequest): number | undefined {
  const penalty = Math.max(presence ?? 0, frequency ?? 0);
  return penalty > 0 ? Math.min(2, 1 + penalty / 2) : undefined;
}

/** A text there. A schema is told in words, which is weaker than what OpenAI promises. */
function formatOf(format: unknown): { name: unknown; instructions: string[] } {
  if (!isJsonObject(format)) return { name: format, instructions: [] };
  const { type } = format;
  if (type === 'text' || type === 'json_object') return { name: type, instructions: [] };
  const named = format['json_schema'];
  if (type !== 'json_schema' || !isJsonObject(named))
    throw untranslatable('response_format.type', 'must be text, json_object or json_schema for ERNIE.');
  const instruction = `Answer with JSON only, which fits this JSON schema:\n${JSON.stringify(named['schema'] ?? {})}`;
  return { name: 'json_object', instructions: [instruction] };
}
