import type { Call, ChatCall } from './call.ts';
import { NexusError } from './errors.ts';
import { changeMembers } from './openai/splice.ts';
import type { Parts } from './parts.ts';
import type { Caller, ChatMessage, ChatRequest } from './ports/index.ts';
import { cluesOf } from './session-clues.ts';

const MEMBER = 'include_history';

/**
 * The call with what was said in its conversation before its own messages, where it asks for that; providers never see
 * that it did.
 * @throws NexusError `request_invalid`, `operation_unsupported`, `not_found`, `storage_failed`
 */
export async function withHistory(call: Call, caller: Caller, parts: Parts): Promise<Call> {
  if (call.operation !== 'chat') {
    if (call.includesHistory === true) throw wrong('request_invalid', 'is for chat completions only.');
    return call;
  }
  const own = wishOf(call.request);
  const asked: ChatRequest & { include_history?: unknown } = call.request;
  const plain: ChatRequest = own === undefined ? asked : changeMembers(asked, { include_history: undefined });
  if (!(own ?? call.includesHistory)) return { ...call, request: plain };
  const stored = await storedFor(call, caller, parts);
  const messages = [...stored, ...plain.messages];
  return { ...call, request: changeMembers(plain, { messages }), stored: stored.length };
}

/** Whether a call says anything of its history: nearly none does. */
export function mentionsHistory(call: Call): boolean {
  return call.includesHistory === true || (call.operation === 'chat' && MEMBER in call.request);
}

function wishOf(request: object): boolean | undefined {
  if (!(MEMBER in request)) return undefined;
  const wish: unknown = request[MEMBER];
  if (wish === null || wish === undefined) return false;
  if (typeof wish === 'boolean') return wish;
  throw wrong('request_invalid', 'must be true or false.');
}

async function storedFor(call: ChatCall, caller: Caller, { sessions }: Parts): Promise<readonly ChatMessage[]> {
  const { named } = cluesOf(call);
  if (!named)
    throw wrong(
      'request_invalid',
      'needs the id of a conversation: send the one of its last answer (x-nexus-conversation-id).',
    );
  if (!sessions.history)
    throw wrong(
      'operation_unsupported',
      'needs messages that are kept. Set the option sessions.history, or send all messages.',
    );
  const history = await historyOf(() => sessions.history?.(caller.id, named.id));
  if (history === 'too-long')
    throw wrong(
      'request_invalid',
      'asks for more than is kept: what was said is longer than sessions.history.maxLength. Send all messages.',
    );
  if (!history || history.length === 0)
    throw wrong(
      'not_found',
      'asks for a conversation that is not there, is over, or has no answer yet. Send all messages.',
    );
  return history;
}

async function historyOf<T>(ask: () => Promise<T> | undefined): Promise<T | undefined> {
  try {
    return await ask();
  } catch (cause) {
    const message = 'What was said in the conversation cannot be read at the moment. Send all messages.';
    throw new NexusError('storage_failed', message, { param: MEMBER }, cause);
  }
}

function wrong(code: 'request_invalid' | 'operation_unsupported' | 'not_found', rule: string): NexusError {
  return new NexusError(code, `${MEMBER} ${rule}`, { param: MEMBER });
}
