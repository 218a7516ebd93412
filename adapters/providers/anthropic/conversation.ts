import type { ChatMessage, JsonObject, ToolCall } from 'nexusai-hub/ports';
import { argumentsOf, untranslatable } from 'nexusai-hub/provider-kit';

import { blocksOf, withCacheControl } from './content.ts';
import { isThinking, thinkingBlocksOf } from './thinking.ts';

/** What one side says before the other does. */
export interface Turn {
  readonly role: 'user' | 'assistant';
  readonly content: JsonObject[];
}

/** A conversation in Anthropic's words. */
export interface Conversation {
  readonly system: readonly JsonObject[];
  readonly messages: readonly Turn[];
}

type AssistantMessage = Extract<ChatMessage, { role: 'assistant' }>;
type ToolMessage = Extract<ChatMessage, { role: 'tool' }>;

/**
 * Messages of OpenAI's form: those of the system are taken out and joined, neighbours of one side become one turn, and
 * the results of tools stand first in theirs. A message without content is left out.
 * @throws NexusError `request_invalid` naming what cannot be said.
 */
export function conversationOf(messages: readonly ChatMessage[]): Conversation {
  const system: JsonObject[] = [];
  const turns: Turn[] = [];
  for (const [place, message] of messages.entries()) {
    const path = `messages[${place}]`;
    switch (message.role) {
      case 'system':
      case 'developer':
        system.push(...blocksOf(message.content, `${path}.content`));
        break;
      case 'user':
        join(turns, 'user', blocksOf(message.content, `${path}.content`));
        break;
      case 'assistant':
        join(turns, 'assistant', assistantBlocks(message, path));
        break;
      case 'tool':
        join(turns, 'user', [toolResult(message, path)]);
        break;
      case 'function':
        throw untranslatable(`${path}.role`, 'must not be "function" for Anthropic; use tools.');
      default:
        message satisfies never;
    }
  }
  return { system, messages: turns.map(resultsFirst) };
}

/** True when the last turn answers tool calls that came without the thinking before them. */
export function lacksThinking(messages: readonly Turn[]): boolean {
  const last = messages.findLast(({ role }) => role === 'assistant');
  const called = last?.content.some(({ type }) => type === 'tool_use') ?? false;
  return called && !isThinking(last?.content[0]);
}

/** Names of the tools that were called, each once. */
export function calledTools(messages: readonly Turn[]): string[] {
  const names = messages.flatMap(({ content }) =>
    content.flatMap(({ type, name }) => (type === 'tool_use' && typeof name === 'string' ? [name] : [])),
  );
  return [...new Set(names)];
}

function join(turns: Turn[], role: Turn['role'], blocks: readonly JsonObject[]): void {
  if (blocks.length === 0) return;
  const last = turns.at(-1);
  if (last?.role === role) last.content.push(...blocks);
  else turns.push({ role, content: [...blocks] });
}

function resultsFirst(turn: Turn): Turn {
  const isResult = ({ type }: JsonObject): boolean => type === 'tool_result';
  if (turn.role === 'assistant' || !turn.content.some(isResult)) return turn;
  const others = turn.content.filter((block) => !isResult(block));
  return { role: turn.role, content: [...turn.content.filter(isResult), ...others] };
}

function assistantBlocks(message: AssistantMessage, path: string): JsonObject[] {
  if (message.function_call)
    throw untranslatable(`${path}.function_call`, 'is not possible with Anthropic; use tool_calls.');
  if (message.audio) throw untranslatable(`${path}.audio`, 'names an answer of another provider; send its text.');
  return [
    ...thinkingBlocksOf(message),
    ...blocksOf(message.content, `${path}.content`),
    ...blocksOf(message.refusal, `${path}.refusal`),
    ...(message.tool_calls ?? []).map((call, place) => toolUse(call, `${path}.tool_calls[${place}]`)),
  ];
}

function toolUse(call: ToolCall, path: string): JsonObject {
  if (call.type === 'custom') throw untranslatable(`${path}.type`, 'must be "function" for Anthropic.');
  const { name, arguments: text } = call.function;
  return { type: 'tool_use', id: idOf(call.id), name, input: argumentsOf(text, `${path}.function.arguments`) };
}

function toolResult(message: ToolMessage, path: string): JsonObject {
  const { content, tool_call_id: id } = message;
  const isError = 'is_error' in message && message.is_error === true;
  const result = {
    type: 'tool_result',
    tool_use_id: idOf(id),
    content: typeof content === 'string' ? content : blocksOf(content, `${path}.content`),
    ...(isError ? { is_error: true } : {}),
  };
  return withCacheControl(result, message);
}

/** Ids that other providers made may hold what Anthropic refuses in one. */
function idOf(id: string): string {
  return id.replace(/[^\w-]/g, '_');
}
