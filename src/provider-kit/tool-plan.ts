import { isJsonObject } from '../openai/json.ts';
import type { ChatRequest, ChatTool, JsonObject } from '../openai/types.ts';
import { untranslatable } from './untranslatable.ts';

/** A function the model may call, with all members it came with. */
export type FunctionTool = Extract<ChatTool, { type: 'function' }>;

/** What a request says about tools, for providers that say it in other words. */
export interface ToolPlan {
  /** Those the model may call now; fewer than the request has where `tool_choice` allows only some. */
  readonly tools: readonly FunctionTool[];
  /** Tools of types OpenAI does not have: the provider's own, in its words. */
  readonly nativeTools: readonly JsonObject[];
  /** `undefined`: nothing was said. An object names the one that must be called. */
  readonly choice: 'auto' | 'required' | 'none' | { readonly name: string } | undefined;
  /** False: at most one call in an answer. */
  readonly parallel: boolean;
}

/**
 * Reads `tools`, `tool_choice` and `parallel_tool_calls`.
 * @throws NexusError `request_invalid` for custom tools, whose input is no JSON, and for a choice nobody understands or that
 * names no tool of the request.
 */
export function toolPlanOf(request: ChatRequest, provider: string): ToolPlan {
  const given = request.tools ?? [];
  const custom = given.findIndex(({ type }) => type === 'custom');
  if (custom >= 0) throw untranslatable(`tools[${custom}].type`, `must be "function" for ${provider}.`);
  const tools = given.filter(isFunctionTool);
  const nativeTools = given.filter((tool) => !isFunctionTool(tool));
  return {
    tools,
    nativeTools,
    choice: undefined,
    parallel: request.parallel_tool_calls !== false,
    ...choiceIn(request, tools, provider),
  };
}

/** What is said about the tools, and those that are left where only some are allowed. */
function choiceIn(
  { tool_choice: choice }: ChatRequest,
  tools: readonly FunctionTool[],
  provider: string,
): Partial<Pick<ToolPlan, 'choice' | 'tools'>> {
  if (choice === undefined || choice === null) return {};
  if (choice === 'auto' || choice === 'required' || choice === 'none') return { choice };
  const named = isJsonObject(choice) ? choice : {};
  if (named['type'] === 'function') return { choice: { name: nameIn(named, tools) } };
  const allowed = named['type'] === 'allowed_tools' ? named['allowed_tools'] : undefined;
  if (!isJsonObject(allowed)) throw untranslatable('tool_choice', `is of a kind that ${provider} does not have.`);
  const names = new Set(listIn(allowed['tools']).map((tool) => nameIn(tool, tools)));
  return {
    tools: tools.filter((tool) => names.has(tool.function.name)),
    choice: allowed['mode'] === 'required' ? 'required' : 'auto',
  };
}

function isFunctionTool(tool: ChatTool): tool is FunctionTool {
  return tool.type === 'function';
}

function nameIn(choice: JsonObject, tools: readonly FunctionTool[]): string {
  const name = isJsonObject(choice['function']) ? choice['function']['name'] : undefined;
  const tool = tools.find((one) => one.function.name === name);
  if (!tool) throw untranslatable('tool_choice', 'must name a tool of the request.');
  return tool.function.name;
}

function listIn(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}
