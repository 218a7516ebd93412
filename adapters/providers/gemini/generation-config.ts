import type { ChatRequest, JsonObject } from 'nexusai-hub/ports';
import { isJsonObject, untranslatable } from 'nexusai-hub/provider-kit';

import type { Abilities } from './abilities.ts';
import { openapiSchemaOf } from './schema.ts';
import { thinkingConfigOf } from './thinking.ts';
import type { SchemaDialect } from './tools.ts';

/** Most stop sequences Gemini takes. */
const MAX_STOPS = 5;

/**
 * How an answer is to be made, in Gemini's words; `undefined` members are not sent.
 * @throws NexusError `request_invalid` naming the member that cannot be said.
 */
export function generationConfigOf(request: ChatRequest, abilities: Abilities, schemas: SchemaDialect): JsonObject {
  const wantsLogprobs = request.logprobs === true;
  return {
    candidateCount: request.n ?? undefined,
    maxOutputTokens: request.max_completion_tokens ?? request.max_tokens ?? undefined,
    temperature: request.temperature ?? undefined,
    topP: request.top_p ?? undefined,
    seed: request.seed ?? undefined,
    presencePenalty: request.presence_penalty ?? undefined,
    frequencyPenalty: request.frequency_penalty ?? undefined,
    stopSequences: stopsOf(request),
    responseLogprobs: wantsLogprobs ? true : undefined,
    logprobs: wantsLogprobs ? (request.top_logprobs ?? undefined) : undefined,
    thinkingConfig: thinkingConfigOf(request, abilities),
    ...formatMembers(request.response_format, schemas),
  };
}

function stopsOf({ stop }: ChatRequest): readonly string[] | undefined {
  const stops = typeof stop === 'string' ? [stop] : stop;
  if (!stops || stops.length === 0) return undefined;
  if (stops.length > MAX_STOPS) throw untranslatable('stop', `must hold at most ${MAX_STOPS} texts for Gemini.`);
  return stops;
}

function formatMembers(format: unknown, schemas: SchemaDialect): JsonObject {
  if (!isJsonObject(format) || format['type'] === 'text') return {};
  const json = { responseMimeType: 'application/json' };
  if (format['type'] === 'json_object') return json;
  const named = isJsonObject(format['json_schema']) ? format['json_schema'] : {};
  const { schema } = named;
  if (format['type'] !== 'json_schema' || !isJsonObject(schema))
    throw untranslatable('response_format', 'must be text, json_object, or json_schema with a schema.');
  return schemas === 'openapi'
    ? { ...json, responseSchema: openapiSchemaOf(schema, 'response_format.json_schema.schema') }
    : { ...json, responseJsonSchema: schema };
}
