import type { SessionName } from 'nexusai-hub/ports';
import type { ConversationDocument, Documents, MarkDocument, TurnDocument } from './documents.ts';

/** Turns that one mark leads to at most; over it the oldest are forgotten. */
const MOST_TURNS = 500;
/** Splits and mergers that are followed. */
const MOST_STEPS = 100;

/** A turn, and the conversation it belongs to now. */
export interface FoundTurn {
  readonly turn: TurnDocument;
  readonly conversation: ConversationDocument;
}

/** Whether it is not over. */
export function isAlive(conversation: ConversationDocument | undefined, { nowMs, idleMs }: SessionName): boolean {
  return conversation !== undefined && nowMs - conversation.seenAtMs < idleMs;
}

/** The conversation a name means now, if it is not over. */
export async function aliveUnder(documents: Documents, name: SessionName): Promise<ConversationDocument | undefined> {
  let conversation = await documents.conversation(name.id);
  for (let step = 0; conversation?.isPartOf !== undefined && step < MOST_STEPS; step++)
    conversation = await documents.conversation(conversation.isPartOf);
  return isAlive(conversation, name) ? conversation : undefined;
}

/** All turns a mark leads to, newest first; what is over is forgotten. */
export async function turnsUnder(documents: Documents, mark: string, name: SessionName): Promise<FoundTurn[]> {
  const kept = await documents.mark(mark);
  const found: FoundTurn[] = [];
  const alive: MarkDocument[number][] = [];
  for (const place of kept) {
    const at = await homeOf(documents, place, name);
    if (!at) continue;
    found.unshift(at);
    alive.push(place);
  }
  if (alive.length < kept.length) documents.changeMark(mark, alive);
  return found;
}

/** Lets a mark lead to one more turn. */
export async function lead(documents: Documents, mark: string, { conversation, turn }: FoundTurn): Promise<void> {
  const kept = await documents.mark(mark);
  documents.changeMark(mark, [...kept, { conversation: conversation.id, turn: turn.id }].slice(-MOST_TURNS));
}

/** The newest turn, where all of them are of one conversation. */
export async function onlyTurn(
  documents: Documents,
  mark: string,
  name: SessionName,
): Promise<FoundTurn | 'several' | undefined> {
  const turns = await turnsUnder(documents, mark, name);
  const [first] = turns;
  return turns.every(({ conversation }) => conversation === first?.conversation) ? first : 'several';
}

/** Ids come from providers, and may be the name of what every object has. */
function movedTo({ moved }: ConversationDocument, turnId: string): string | undefined {
  return Object.hasOwn(moved, turnId) ? moved[turnId] : undefined;
}

async function homeOf(
  documents: Documents,
  { conversation: id, turn: turnId }: MarkDocument[number],
  name: SessionName,
): Promise<FoundTurn | undefined> {
  let conversation = await documents.conversation(id);
  for (let step = 0; conversation && step < MOST_STEPS; step++) {
    const next: string | undefined = conversation.isPartOf ?? movedTo(conversation, turnId);
    if (next === undefined) break;
    conversation = await documents.conversation(next);
  }
  const turn = conversation?.turns.find((one) => one.id === turnId);
  return conversation && turn && isAlive(conversation, name) ? { conversation, turn } : undefined;
}
