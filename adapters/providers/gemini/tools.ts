import type { JsonObject } from 'nexusai-hub/ports';
import { isJsonObject, type ToolPlan } from 'nexusai-hub/provider-kit';

import { openapiSchemaOf } from './schema.ts';

/** How schemas are sent: as JSON Schema, or in the subset of OpenAPI that older servers know. */
export type SchemaDialect = 'json-schema' | 'openapi';

const MODES = { auto: 'AUTO', required: 'ANY', none: 'NONE' } as const;

/** Tools and what is said about them, in Gemini's words; nothing where there are none. */
export function toolMembers({ tools, nativeTools, choice }: ToolPlan, schemas: SchemaDialect): JsonObject {
  if (tools.length + nativeTools.length === 0) return {};
  const declarations = tools.map((tool, place) => {
    const { name, description, parameters } = tool.function;
    return {
      name,
      ...(description === undefined ? {} : { description }),
      ...parametersMember(parameters, schemas, `tools[${place}].function.parameters`),
    };
  });
  return {
    tools: [
      ...(declarations.length === 0 ? [] : [{ functionDeclarations: declarations }]),
      ...nativeTools.map(untyped),
    ],
    ...(choice === undefined ? {} : { toolConfig: { functionCallingConfig: configOf(choice) } }),
  };
}

/** A tool of Google's own (`{type: 'google_search', googleSearch: {}}`): its type is there for others to tell it by. */
function untyped({ type: _type, ...tool }: JsonObject): JsonObject {
  return tool;
}

function parametersMember(parameters: unknown, schemas: SchemaDialect, param: string): JsonObject {
  // A function without parameters must not declare an empty object.
  if (!isJsonObject(parameters) || Object.keys(parameters).length === 0) return {};
  return schemas === 'openapi'
    ? { parameters: openapiSchemaOf(parameters, param) }
    : { parametersJsonSchema: parameters };
}

function configOf(choice: NonNullable<ToolPlan['choice']>): JsonObject {
  return typeof choice === 'string' ? { mode: MODES[choice] } : { mode: 'ANY', allowedFunctionNames: [choice.name] };
}
