import type { ChatRequest, JsonObject } from 'nexusai-hub/ports';
import { isJsonObject, type ToolPlan, toolPlanOf, untranslatable } from 'nexusai-hub/provider-kit';

/**
 * `tools`, or OpenAI's old `functions`, as ERNIE's `functions`, and which of them must be called. It only knows a choice by name: `auto` is left out,
 * with `none` the functions are, and `required` names the only one there is.
 * @throws NexusError `request_invalid` where one of several is required.
 */
export function functionsOf(request: ChatRequest): JsonObject {
  const { functions, choice } = wishesOf(request);
  if (choice === 'none' || functions.length === 0) return {};
  if (choice === undefined || choice === 'auto') return { functions };
  if (choice === 'required' && functions.length > 1)
    throw untranslatable('tool_choice', 'cannot be "required" with several tools for ERNIE; name one of them.');
  const name = choice === 'required' ? functions[0]?.['name'] : choice.name;
  return { functions, tool_choice: { type: 'function', function: { name } } };
}

function wishesOf(request: ChatRequest): { functions: JsonObject[]; choice: ToolPlan['choice'] } {
  const { tools, choice } = toolPlanOf(request, 'ERNIE');
  if (tools.length > 0) return { functions: tools.map((tool) => declared(tool.function)), choice };
  const members = new Map<string, unknown>(Object.entries(request));
  const old = members.get('functions');
  const functions = Array.isArray(old) ? old.filter(isJsonObject).map(declared) : [];
  return { functions, choice: choice ?? oldChoiceOf(members.get('function_call')) };
}

function oldChoiceOf(choice: unknown): ToolPlan['choice'] {
  if (choice === 'none') return 'none';
  const name = isJsonObject(choice) ? choice['name'] : undefined;
  return typeof name === 'string' ? { name } : undefined;
}

function declared({ strict: _strict, parameters, ...named }: JsonObject): JsonObject {
  return { ...named, parameters: parametersOf(parameters) };
}

/** They must not be missing, nor be without properties. */
function parametersOf(parameters: unknown): JsonObject {
  const given = isJsonObject(parameters) ? parameters : {};
  return { type: 'object', ...given, properties: isJsonObject(given['properties']) ? given['properties'] : {} };
}
