import type { SessionAsk, SessionFound, SessionName, SessionStore, SessionTurn } from '../../ports/session-store.ts';

/** What a session store has to do, asked of two stores over one place. */
export interface SessionStoreCheck {
  readonly name: string;
  readonly check: (store: SessionStore, other: SessionStore) => Promise<void>;
}

export const IDLE_MS = 1_800_000;
export const START_MS = 1_767_225_600_000;

export function nameOf(id: string, name: Partial<SessionName> = {}): SessionName {
  return { owner: 'anna', id, nowMs: START_MS, idleMs: IDLE_MS, ...name };
}

export async function open(store: SessionStore, id: string, ask: Partial<SessionAsk> = {}): Promise<SessionFound> {
  return store.open({ ...nameOf(id), isNamed: false, tips: [], asked: undefined, tails: [], ...ask });
}

export async function append(store: SessionStore, id: string, turn: Partial<SessionTurn> = {}): Promise<void> {
  await store.append({ ...turnOf(id), ...turn });
}

export function turnOf(id: string): SessionTurn {
  return {
    ...nameOf(id),
    tips: [],
    tails: [],
    facts: { messages: 2, sent: 2, tokens: 20, setting: 's' },
    said: undefined,
  };
}

/** Begins a conversation, and answers in it. */
export async function begin(store: SessionStore, id: string, turn: Partial<SessionTurn> = {}): Promise<void> {
  await open(store, id, { owner: turn.owner ?? 'anna' });
  await append(store, id, turn);
}

export async function historyOf(store: SessionStore, id: string, name: Partial<SessionName> = {}): Promise<unknown> {
  return (await store.history(nameOf(id, name))) ?? 'nothing';
}

export function said(...add: string[]): SessionTurn['said'] {
  return { keep: undefined, add, maxLength: 100 };
}

/** `id by`, for short. */
export function told({ id, by, isNew }: SessionFound): string {
  return `${id} ${by}${isNew ? ' new' : ''}`;
}
