import type { ChatMessage, ChatRequest, Usage } from '../../openai/types.ts';
import type { Caller } from '../../ports/authenticator.ts';
import type { Session, SessionAnswer, SessionClues, SessionTracker } from '../../ports/session-tracker.ts';

/** What a session tracker has to do, and the time it goes by. */
export interface SessionTrackerCheck {
  readonly name: string;
  readonly check: (tracker: SessionTracker, time: SessionTrackerTime) => Promise<void>;
}

export interface SessionTrackerTime {
  readonly idleMs: number;
  readonly wait: (ms: number) => Promise<void>;
}

export const ANNA: Caller = { id: 'anna', role: 'user' };
export const BEN: Caller = { id: 'ben', role: 'user' };

/** A request, and the answer to it. */
export interface Turn {
  readonly caller?: Caller;
  readonly clues?: SessionClues;
  readonly more?: Partial<ChatRequest>;
  readonly answer?: string;
  readonly responseId?: string;
  readonly usage?: Usage;
}

/** Messages that take turns: the caller's first, then the model's. */
export function chat(...texts: readonly string[]): ChatMessage[] {
  return texts.map((content, place) => ({ role: place % 2 === 0 ? 'user' : 'assistant', content }));
}

/** Asks, and answers where there is an answer. */
export async function turn(
  tracker: SessionTracker,
  messages: ChatMessage[],
  { caller = ANNA, clues = {}, more = {}, answer, responseId, usage }: Turn = {},
): Promise<Session> {
  const session = await tracker.open({ model: 'm', messages, ...more }, caller, clues);
  if (answer === undefined) return session;
  const message: SessionAnswer['message'] = { role: 'assistant', content: answer, refusal: null };
  await tracker.answered?.(session, caller, { message, responseId, usage });
  return session;
}

export function named(id: string): SessionClues {
  return { named: { id, by: 'id' } };
}

/** Asks in a conversation by its name alone. */
export function ask(tracker: SessionTracker, id: string, caller: Caller = ANNA): Promise<Session> {
  return turn(tracker, chat('Hello'), { caller, clues: named(id), answer: 'Hi' });
}

export function usageOf(prompt: number, completion: number): Usage {
  return { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion };
}
