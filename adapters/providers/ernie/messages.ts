import type { ChatMessage } from 'nexusai-hub/ports';
import { partsOf, textOfPart, untranslatable } from 'nexusai-hub/provider-kit';

import { answeredCalls, type CallOfTurn, callsOf } from './calls.ts';
import type { Turn } from './turn.ts';

/** Messages sorted: what instructs the model, and who said what. */
export interface ErnieConversation {
  readonly instructions: readonly string[];
  readonly turns: readonly Turn[];
}

/**
 * Who said what, in ERNIE's roles. Calls of one message become one call and one result after the other, which is all it
 * can say; a call without a result is left out.
 * @throws NexusError `request_invalid` for content that is no text, and for results of calls nobody made.
 */
export function conversationOf(messages: readonly ChatMessage[]): ErnieConversation {
  const instructions: string[] = [];
  const said: (Turn | { readonly content: string; readonly calls: readonly CallOfTurn[] })[] = [];
  const pending: CallOfTurn[] = [];
  for (const [place, message] of messages.entries()) {
    const content = textOf(message.content, place);
    switch (message.role) {
      case 'system':
      case 'developer':
        if (content.trim() !== '') instructions.push(content);
        break;
      case 'user':
        said.push({ role: 'user', content });
        break;
      case 'assistant': {
        const calls = callsOf(message, place);
        pending.push(...calls);
        said.push(calls.length > 0 ? { content, calls } : { role: 'assistant', content });
        break;
      }
      case 'tool':
      case 'function':
        giveResult(pending, message, content, place);
        break;
      default:
        message satisfies never;
        throw untranslatable(`messages[${place}].role`, 'is of a kind that ERNIE does not have.');
    }
  }
  return {
    instructions,
    turns: said.flatMap((one) => ('calls' in one ? answeredCalls(one.content, one.calls) : [one])),
  };
}

/** The result goes to the last call of its id that still waits for one: some servers use an id in every turn. */
function giveResult(
  pending: readonly CallOfTurn[],
  message: Extract<ChatMessage, { role: 'tool' | 'function' }>,
  content: string,
  place: number,
): void {
  const call = pending.findLast((one) => {
    const isMeant = message.role === 'tool' ? one.id === message.tool_call_id : one.name === message.name;
    return isMeant && one.result === undefined;
  });
  const param = `messages[${place}].${message.role === 'tool' ? 'tool_call_id' : 'name'}`;
  if (!call) throw untranslatable(param, 'must name a call of an earlier message that has no result yet.');
  call.result = content;
}

function textOf(content: ChatMessage['content'], place: number): string {
  const texts = partsOf(content).map((part, index) => {
    const text = textOfPart(part);
    if (text !== undefined) return text;
    throw untranslatable(`messages[${place}].content[${index}]`, 'must be text: ERNIE takes nothing else here.');
  });
  return texts.join('\n');
}

/** What stands where the rules of the interface want a message and nobody said anything; `/` is the SDK's own choice. */
const BLANK = '/';
/** Makes the model go on with its own last words: what the SDK continues a cut answer with. */
const GO_ON = '继续';
/** Between the result of a function and what the user says next. */
const NOTED = '好的';

/**
 * Turns as the interface demands them: an odd number, user (or function) and assistant by turns, the first by the user,
 * none empty. Neighbours of one role are joined by a line break; what is missing in between, before or after is
 * filled in by a word; nothing that was said is left out.
 */
export function alternating(turns: readonly Turn[]): Turn[] {
  const result: Turn[] = [];
  for (const turn of turns) {
    const last = result.at(-1);
    const follows = last ? (last.role === 'assistant') !== (turn.role === 'assistant') : turn.role === 'user';
    if (last && !follows && last.role === turn.role) {
      result[result.length - 1] = { ...turn, content: joined(last.content, turn.content) };
      continue;
    }
    if (!follows) result.push(last ? { role: 'assistant', content: NOTED } : { role: 'user', content: BLANK });
    result.push(turn);
  }
  if (result.at(-1)?.role === 'assistant') result.push({ role: 'user', content: GO_ON });
  return result.map((turn) => (turn.content.trim() === '' && !turn.function_call ? { ...turn, content: BLANK } : turn));
}

function joined(...texts: readonly string[]): string {
  return texts.filter((text) => text.trim() !== '').join('\n');
}
