import type { ChatMessage, ChatRequest, ChatTool } from 'nexusai-hub/ports';
import { changeMembers, isJsonObject } from 'nexusai-hub/provider-kit';

import type { Quirks } from './quirks.ts';
import { withToolCallIds } from './tool-call-ids.ts';

/** What turns a request into this server's words. A request that needs no change comes back as it is. */
export function preparation(quirks: Quirks): (request: ChatRequest) => ChatRequest {
  const { maxTokensName, toolCallIdLength, ignoresToolChoice, reasoningInHistory, thinkingSwitch, omit } = quirks;
  return (request) => {
    let prepared = request;
    if (maxTokensName !== undefined) prepared = withLimitName(prepared, maxTokensName);
    if (toolCallIdLength !== undefined) prepared = withToolCallIds(prepared, toolCallIdLength);
    if (ignoresToolChoice === true) prepared = withChosenTools(prepared);
    if (reasoningInHistory !== undefined && !isSent(reasoningInHistory, request.model))
      prepared = withoutReasoning(prepared);
    if (thinkingSwitch !== undefined) prepared = withThinkingSwitch(prepared, thinkingSwitch);
    return omit === undefined ? prepared : without(prepared, omit);
  };
}

function withLimitName(request: ChatRequest, name: NonNullable<Quirks['maxTokensName']>): ChatRequest {
  const limit = request.max_completion_tokens ?? request.max_tokens;
  if (limit === undefined || limit === null) return request;
  return name === 'max_tokens'
    ? changeMembers(request, { max_completion_tokens: undefined, max_tokens: limit })
    : changeMembers(request, { max_tokens: undefined, max_completion_tokens: limit });
}

function withChosenTools(request: ChatRequest): ChatRequest {
  const { tools, tool_choice: choice } = request;
  if (!tools) return request;
  if (choice === 'none') return changeMembers(request, { tools: undefined, tool_choice: undefined });
  const name = isJsonObject(choice) && isJsonObject(choice['function']) ? choice['function']['name'] : undefined;
  const chosen = tools.filter((tool) => nameOf(tool) === name);
  // A name that no tool has is the server's to complain about.
  return chosen.length === 0 ? request : changeMembers(request, { tools: chosen });
}

function nameOf(tool: ChatTool): string {
  return tool.type === 'function' ? tool.function.name : tool.custom.name;
}

function isSent(rule: NonNullable<Quirks['reasoningInHistory']>, model: string): boolean {
  return typeof rule === 'boolean' ? rule : rule.includes(model);
}

function withoutReasoning(request: ChatRequest): ChatRequest {
  if (!request.messages.some((message) => 'reasoning_content' in message)) return request;
  return changeMembers(request, { messages: request.messages.map(withoutItsReasoning) });
}

function withoutItsReasoning(message: ChatMessage): ChatMessage {
  if (message.role !== 'assistant') return message;
  const { reasoning_content: _reasoning, ...rest } = message;
  return rest;
}

function withThinkingSwitch(request: ChatRequest, name: string): ChatRequest {
  if (request.stream === true) return request;
  const isOn = Reflect.get(request, name) === true;
  return changeMembers(request, isOn ? { stream: true } : { [name]: false });
}

function without(request: ChatRequest, names: readonly string[]): ChatRequest {
  return changeMembers(request, Object.fromEntries(names.map((name) => [name, undefined])));
}
