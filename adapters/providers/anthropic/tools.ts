import type { JsonObject } from 'nexusai-hub/ports';
import { type FunctionTool, isJsonObject, type ToolPlan } from 'nexusai-hub/provider-kit';

import type { Abilities } from './abilities.ts';
import { withCacheControl } from './content.ts';

/** Tools and what is said about them, in Anthropic's words; nothing where there are none. */
export function toolMembers(plan: ToolPlan, called: readonly string[], abilities: Abilities): JsonObject {
  if (plan.tools.length + plan.nativeTools.length === 0) {
    // A conversation that holds calls is refused unless it declares tools; these must not be called again.
    if (called.length === 0) return {};
    const tools = called.map((name) => ({ name, input_schema: { type: 'object' } }));
    return { tools, tool_choice: { type: 'none' } };
  }
  const choice = choiceOf(plan);
  return {
    tools: [...plan.tools.map((tool) => toolOf(tool, abilities)), ...plan.nativeTools],
    ...(choice ? { tool_choice: choice } : {}),
  };
}

function toolOf(tool: FunctionTool, { structuredOutput }: Abilities): JsonObject {
  const { name, description, parameters, strict } = tool.function;
  return withCacheControl(
    {
      name,
      ...(description === undefined ? {} : { description }),
      input_schema: inputSchema(parameters),
      // Came with the models that are held to a format.
      ...(strict === true && structuredOutput === 'format' ? { strict: true } : {}),
    },
    tool,
  );
}

/** `type: object` is needed, also for a tool without parameters. */
export function inputSchema(schema: unknown): JsonObject {
  return isJsonObject(schema) ? { ...schema, type: 'object' } : { type: 'object', properties: {} };
}

function choiceOf({ choice, parallel }: ToolPlan): JsonObject | undefined {
  const single = parallel ? {} : { disable_parallel_tool_use: true };
  if (choice === undefined) return parallel ? undefined : { type: 'auto', ...single };
  if (choice === 'none') return { type: 'none' };
  if (choice === 'auto') return { type: 'auto', ...single };
  return choice === 'required' ? { type: 'any', ...single } : { type: 'tool', name: choice.name, ...single };
}
