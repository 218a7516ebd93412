import type { SaidIn } from './bookkeeping/books.ts';
import type { Call } from './call.ts';
import type { AssistantMessage, Session } from './ports/index.ts';

/** What of a request belongs to its conversation. What is passed on is not understood here. */
export function saidIn(
  call: Call | undefined,
  session: Session | undefined,
  answer: AssistantMessage | undefined,
): SaidIn | undefined {
  return session && call?.operation === 'chat' ? { request: call.request, session, answer } : undefined;
}
