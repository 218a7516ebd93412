import type { AssistantMessage, ChatMessage, ChatRequest } from '../openai/types.ts';
import type { KeptMessage } from '../ports/ledger.ts';
import type { Session } from '../ports/session-tracker.ts';
import { messageTexts } from './message-texts.ts';

/**
 * What was said in a request and not before it: the messages nobody knew yet, each at its place in the request, and the
 * answer behind them.
 * @throws TypeError for what JSON cannot say.
 */
export function keptMessages(
  request: ChatRequest,
  session: Session,
  answer: AssistantMessage | undefined,
): readonly KeptMessage[] {
  const { messages } = request;
  const from = firstNew(session, messages);
  const kept = messageTexts(request, from).map((json, place): KeptMessage => {
    const position = from + place;
    return { position, role: messages[position]?.role ?? 'user', from: 'caller', json };
  });
  if (answer) kept.push({ position: messages.length, role: answer.role, from: 'model', json: JSON.stringify(answer) });
  return kept;
}

/** Of a tracker that does not tell what it knows, what follows the last answer is new. */
function firstNew({ known, isNew }: Session, messages: readonly ChatMessage[]): number {
  if (known) return known.messages;
  return isNew ? 0 : messages.findLastIndex(({ role }) => role === 'assistant') + 1;
}
