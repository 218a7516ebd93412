import type { ChatMessage, JsonObject, ToolCall } from 'nexusai-hub/ports';
import { argumentsOf, isJsonObject, parseExact, partsOf, textOfPart, untranslatable } from 'nexusai-hub/provider-kit';

import type { Abilities } from './abilities.ts';
import { geminiParts } from './parts.ts';
import { FOREIGN_SIGNATURE, signatureOf } from './signatures.ts';

/** What one side says before the other does. */
export interface Content {
  readonly role: 'user' | 'model';
  readonly parts: JsonObject[];
}

/** A conversation in Gemini's words. */
export interface Conversation {
  readonly system: readonly JsonObject[];
  readonly contents: readonly Content[];
}

type AssistantMessage = Extract<ChatMessage, { role: 'assistant' }>;
type ToolMessage = Extract<ChatMessage, { role: 'tool' }>;

/**
 * Messages of OpenAI's form: those of the system are taken out and joined, neighbours of one side become one content. A
 * message without content is left out; thinking in words is not sent back, its signatures are.
 * @throws NexusError `request_invalid` naming what cannot be said.
 */
export function conversationOf(messages: readonly ChatMessage[], abilities: Abilities): Conversation {
  const system: JsonObject[] = [];
  const contents: Content[] = [];
  const names = new Map<string, string>();
  for (const [place, message] of messages.entries()) {
    const path = `messages[${place}]`;
    switch (message.role) {
      case 'system':
      case 'developer':
        system.push(...geminiParts(message.content, `${path}.content`));
        break;
      case 'user':
        join(contents, 'user', geminiParts(message.content, `${path}.content`));
        break;
      case 'assistant':
        for (const call of message.tool_calls ?? [])
          if (call.type === 'function') names.set(call.id, call.function.name);
        join(contents, 'model', modelParts(message, path, abilities));
        break;
      case 'tool':
        join(contents, 'user', toolParts(message, names.get(message.tool_call_id), path));
        break;
      case 'function':
        throw untranslatable(`${path}.role`, 'must not be "function" for Gemini; use tools.');
      default:
        message satisfies never;
    }
  }
  return { system, contents };
}

function join(contents: Content[], role: Content['role'], parts: readonly JsonObject[]): void {
  if (parts.length === 0) return;
  const last = contents.at(-1);
  if (last?.role === role) last.parts.push(...parts);
  else contents.push({ role, parts: [...parts] });
}

function modelParts(message: AssistantMessage, path: string, { needsSignatures }: Abilities): JsonObject[] {
  if (message.function_call)
    throw untranslatable(`${path}.function_call`, 'is not possible with Gemini; use tool_calls.');
  if (message.audio) throw untranslatable(`${path}.audio`, 'names an answer of another provider; send its text.');
  const said = [...geminiParts(message.content, `${path}.content`), ...geminiParts(message.refusal, `${path}.refusal`)];
  const signature = signatureOf(message);
  if (signature !== undefined) said.push({ ...(said.pop() ?? { text: '' }), thoughtSignature: signature });
  const calls = (message.tool_calls ?? []).map((call, place) => callPart(call, `${path}.tool_calls[${place}]`));
  const [first] = calls;
  // The first call stands for all: the others of a turn have none.
  if (first && needsSignatures) first['thoughtSignature'] ??= FOREIGN_SIGNATURE;
  return [...said, ...calls];
}

function callPart(call: ToolCall, path: string): JsonObject {
  if (call.type === 'custom') throw untranslatable(`${path}.type`, 'must be "function" for Gemini.');
  const { name, arguments: text } = call.function;
  const signature = signatureOf(call);
  return {
    functionCall: { ...idMember(call.id), name, args: argumentsOf(text, `${path}.function.arguments`) },
    ...(signature === undefined ? {} : { thoughtSignature: signature }),
  };
}

/** What a tool answered; pictures and files it gave stand beside the response, which holds JSON only. */
function toolParts(message: ToolMessage, name: string | undefined, path: string): JsonObject[] {
  if (name === undefined) throw untranslatable(`${path}.tool_call_id`, 'must be the id of a call earlier in messages.');
  const parts = partsOf(message.content);
  const text = parts.map((part) => textOfPart(part) ?? '').join('');
  const others = typeof message.content === 'string' ? [] : geminiParts(message.content, `${path}.content`);
  return [
    { functionResponse: { ...idMember(message.tool_call_id), name, response: responseOf(text) } },
    ...others.filter((part) => !('text' in part)),
  ];
}

/** Ids we made up where Gemini gave none are not sent: it would look for calls of its own by them. */
function idMember(id: string): JsonObject {
  return /^call_[\da-f]{32}$/.test(id) ? {} : { id };
}

/** An object as it is, anything else under `output`, as the API asks for it. */
function responseOf(text: string): JsonObject {
  try {
    const value = parseExact(text);
    return isJsonObject(value) ? value : { output: value };
  } catch {
    return { output: text };
  }
}
