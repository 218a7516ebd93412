import { createHash } from 'node:crypto';

import type { ChatMessage, ChatRequest } from 'nexusai-hub/ports';
import { changeMembers } from 'nexusai-hub/provider-kit';

/**
 * The request with every id of a tool call in the form the server takes: so many letters and digits. Ids that have it
 * stay; any other becomes one made from it alone, so that a call and its result still meet, and the next turn of the
 * conversation begins with the same text.
 */
export function withToolCallIds(request: ChatRequest, length: number): ChatRequest {
  const ids = new Set(request.messages.flatMap(idsIn));
  const fits = (id: string): boolean => id.length === length && /^[\da-z]+$/i.test(id);
  const foreign = [...ids].filter((id) => !fits(id));
  if (foreign.length === 0) return request;

  const taken = new Set([...ids].filter(fits));
  const names = new Map<string, string>();
  for (const id of foreign) {
    const name = freeName(id, length, taken);
    taken.add(name);
    names.set(id, name);
  }
  return changeMembers(request, { messages: request.messages.map((message) => renamed(message, names)) });
}

function idsIn(message: ChatMessage): string[] {
  if (message.role === 'tool') return [message.tool_call_id];
  return message.role === 'assistant' ? (message.tool_calls ?? []).map(({ id }) => id) : [];
}

function renamed(message: ChatMessage, names: ReadonlyMap<string, string>): ChatMessage {
  const nameOf = (id: string): string => names.get(id) ?? id;
  if (message.role === 'tool') return { ...message, tool_call_id: nameOf(message.tool_call_id) };
  if (message.role !== 'assistant' || !message.tool_calls) return message;
  return { ...message, tool_calls: message.tool_calls.map((call) => ({ ...call, id: nameOf(call.id) })) };
}

/** A second one may fall on the same name: then it takes another. */
function freeName(id: string, length: number, taken: ReadonlySet<string>): string {
  for (let turn = 0; ; turn++) {
    const name = createHash('sha256').update(`${turn} ${id}`).digest('hex').slice(0, length);
    if (!taken.has(name)) return name;
  }
}
