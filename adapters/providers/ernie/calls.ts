import type { ChatMessage } from 'nexusai-hub/ports';
import { isJsonObject, untranslatable } from 'nexusai-hub/provider-kit';

import type { Turn } from './turn.ts';

type AssistantMessage = Extract<ChatMessage, { role: 'assistant' }>;

/** A call in the history, and its result as soon as it is found. */
export interface CallOfTurn {
  readonly id: string | undefined;
  readonly name: string;
  readonly arguments: string;
  readonly thoughts: string | undefined;
  result: string | undefined;
}

/** The calls of a message, in either of OpenAI's forms. */
export function callsOf(message: AssistantMessage, place: number): CallOfTurn[] {
  // A member of ours: what ERNIE thought when it made the call.
  const thoughts = 'thoughts' in message && typeof message.thoughts === 'string' ? message.thoughts : undefined;
  const calls = (message.tool_calls ?? []).map((call, index): CallOfTurn => {
    if (call.type !== 'function')
      throw untranslatable(`messages[${place}].tool_calls[${index}].type`, 'must be "function" for ERNIE.');
    return { id: call.id, ...call.function, thoughts: index === 0 ? thoughts : undefined, result: undefined };
  });
  const old = message.function_call;
  return calls.length === 0 && old ? [{ id: undefined, ...old, thoughts, result: undefined }] : calls;
}

/** Call and result by turns; what was said besides goes with the first. */
export function answeredCalls(content: string, calls: readonly CallOfTurn[]): Turn[] {
  const answered = calls.flatMap(({ name, arguments: given, thoughts, result }): Turn[] => {
    if (result === undefined) return [];
    const call = { name, arguments: given, ...(thoughts === undefined ? {} : { thoughts }) };
    return [
      { role: 'assistant', content: '', function_call: call },
      { role: 'function', name, content: jsonOf(result) },
    ];
  });
  const [first, ...others] = answered;
  if (first) return [{ ...first, content }, ...others];
  return content.trim() === '' ? [] : [{ role: 'assistant', content }];
}

/** A result has to be the JSON of an object. */
function jsonOf(result: string): string {
  try {
    const value: unknown = JSON.parse(result);
    if (isJsonObject(value)) return result;
  } catch {
    // Text: wrapped below.
  }
  return JSON.stringify({ result });
}
