import type { JsonObject } from 'nexusai-hub/ports';
import { isJsonObject, type ToolPlan, untranslatable } from 'nexusai-hub/provider-kit';

import type { Abilities } from './abilities.ts';
import { inputSchema } from './tools.ts';

/** How an answer is held to a form: by a format of the output, or by a tool whose arguments are the answer. */
export type OutputForm =
  | { readonly by: 'format'; readonly format: JsonObject }
  | { readonly by: 'tool'; readonly tool: JsonObject & { readonly name: string } };

/**
 * `response_format` in Anthropic's words. A schema is a format where the model has formats; otherwise, and for
 * `json_object`, which has no schema, a tool the model is forced to call: its arguments become the content of the answer.
 * @throws NexusError `request_invalid` for a form nobody knows, and where the forced tool would keep the model from
 * calling the tools of the request.
 */
export function outputFormOf(
  format: unknown,
  { tools, nativeTools }: ToolPlan,
  abilities: Abilities,
): OutputForm | undefined {
  if (!isJsonObject(format) || format['type'] === 'text') return undefined;
  const named = isJsonObject(format['json_schema']) ? format['json_schema'] : {};
  const { schema } = named;
  const hasSchema = format['type'] === 'json_schema' && isJsonObject(schema);
  if (hasSchema && abilities.structuredOutput === 'format')
    return { by: 'format', format: { type: 'json_schema', schema } };
  if (!hasSchema && format['type'] !== 'json_object')
    throw untranslatable('response_format', 'must be text, json_object, or json_schema with a schema.');
  if (tools.length + nativeTools.length > 0)
    throw untranslatable(
      'response_format',
      'cannot go together with tools on this model; use a json_schema with a model from Claude 4.5 on.',
    );
  const name = hasSchema && typeof named['name'] === 'string' ? named['name'] : 'json';
  const description = typeof named['description'] === 'string' ? named['description'] : 'The answer, as JSON.';
  return { by: 'tool', tool: { name, description, input_schema: inputSchema(hasSchema ? schema : {}) } };
}
