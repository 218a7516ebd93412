import { randomUUID } from 'node:crypto';
import type { SessionAsk, SessionFound, SessionName, SessionStore, SessionTurn, TurnFacts } from 'nexusai-hub/ports';
import { type ConversationDocument, Documents, type KeyvLike } from './documents.ts';
import { aliveUnder, type FoundTurn, lead, onlyTurn, turnsUnder } from './find-turn.ts';

/** Turns of a conversation that are remembered; nobody goes back further. */
const MOST_TURNS = 64;

/** Verbs under way, by Keyv and owner: stores over the same Keyv wait for each other. */
const lines = new WeakMap<KeyvLike, Map<string, Promise<unknown>>>();

/**
 * Keeps conversations in a Keyv, one owner at a time. Keyv has no steps that are atomic: where several processes share one,
 * two who say the same at the same moment may be taken for one, and one of two answers may be lost. `redisSessionStore`
 * has such steps.
 * @throws TypeError naming the rule.
 */
export function keyvSessionStore(keyv: KeyvLike): SessionStore {
  const verbs = ['get', 'set', 'delete'] as const;
  const given: unknown = keyv;
  if (typeof given !== 'object' || given === null || verbs.some((verb) => typeof keyv[verb] !== 'function'))
    throw new TypeError('keyvSessionStore: expected a Keyv: an object with the functions "get", "set" and "delete".');
  const line = lines.get(keyv) ?? new Map<string, Promise<unknown>>();
  lines.set(keyv, line);

  /** Works when everybody before is done, and writes what was changed. */
  function work<T>(name: SessionName, run: (documents: Documents) => Promise<T>): Promise<T> {
    const before = line.get(name.owner) ?? Promise.resolve();
    const done = before
      .catch(() => undefined)
      .then(async () => {
        const documents = new Documents(keyv, name.owner, name.idleMs);
        const result = await run(documents);
        await documents.write();
        return result;
      });
    line.set(name.owner, done);
    const leave = (): void => {
      if (line.get(name.owner) === done) line.delete(name.owner);
    };
    done.then(leave, leave);
    return done;
  }

  return {
    open: (ask) => work(ask, (documents) => (ask.isNamed ? openNamed(documents, ask) : find(documents, ask))),
    append: (turn) => work(turn, (documents) => append(documents, turn)),
    count: (name, tip, tokens) =>
      work(name, async (documents) => {
        const conversation = await aliveUnder(documents, name);
        const found = conversation && (await newestOf(documents, tip, name, conversation));
        if (!found) return;
        found.turn.facts = { ...found.turn.facts, tokens };
        documents.change(found.conversation);
      }),
    history: (name) =>
      work(name, async (documents) => {
        const conversation = await aliveUnder(documents, name);
        return conversation?.isTooLong === true ? 'too-long' : conversation?.said;
      }),
    end: (name) =>
      work(name, async (documents) => {
        const conversation = await aliveUnder(documents, name);
        if (conversation) documents.change({ id: conversation.id, seenAtMs: -1e15, turns: [], moved: {} });
        return conversation !== undefined;
      }),
    merge: (into, from) =>
      work(into, async (documents) => {
        const one = await aliveUnder(documents, into);
        const other = await aliveUnder(documents, { ...into, id: from });
        if (!one || !other || one === other) return false;
        one.turns.push(...other.turns);
        one.seenAtMs = Math.max(one.seenAtMs, other.seenAtMs);
        Object.assign(one.moved, other.moved);
        delete one.said;
        delete one.isTooLong;
        documents.change(one);
        documents.change({ id: other.id, seenAtMs: other.seenAtMs, isPartOf: one.id, turns: [], moved: {} });
        return true;
      }),
    split: (name, at, to) =>
      work(name, async (documents) => {
        const conversation = await aliveUnder(documents, name);
        if (!conversation || (await aliveUnder(documents, { ...name, id: to }))) return false;
        const turns = conversation.turns.filter(({ facts }) => facts.messages > at);
        const { said, seenAtMs } = conversation;
        conversation.turns = conversation.turns.filter(({ facts }) => facts.messages <= at);
        for (const { id } of turns) conversation.moved[id] = to;
        if (said) conversation.said = said.slice(0, at);
        documents.change(conversation);
        documents.change({ id: to, seenAtMs, turns, moved: {}, ...(said && said.length > at ? { said } : {}) });
        return true;
      }),
  };
}

async function openNamed(documents: Documents, ask: SessionAsk): Promise<SessionFound> {
  const conversation = await aliveUnder(documents, ask);
  if (!conversation) return begin(documents, ask, 'name');
  see(documents, ask, conversation);
  const known = { id: conversation.id, isNew: false, by: 'name' } as const;
  for (const [place, tip] of ask.tips.entries()) {
    const found = await newestOf(documents, tip, ask, conversation);
    if (!found) continue;
    found.turn.isTaken = true;
    return { ...known, place, turn: factsOf(found) };
  }
  return { ...known, place: 0, turn: undefined };
}

async function find(documents: Documents, ask: SessionAsk): Promise<SessionFound> {
  for (const [place, tip] of ask.tips.entries()) {
    const turns = await turnsUnder(documents, tip, ask);
    if (turns.length === 0) continue;
    const free = turns.find(({ turn }) => !turn.isTaken);
    if (free) free.turn.isTaken = true;
    const asked = free || ask.asked === undefined ? undefined : await onlyTurn(documents, ask.asked, ask);
    const again = typeof asked === 'object' ? asked : undefined;
    const branch = turns.every(({ conversation }) => conversation === turns[0]?.conversation) ? turns[0] : undefined;
    const way = free ?? again ?? branch;
    // Several have it, and nobody can tell which of them this is.
    if (!way) break;
    see(documents, ask, way.conversation);
    if (ask.asked !== undefined && !again) await lead(documents, ask.asked, way);
    const by = free ? 'tip' : again ? 'asked' : 'branch';
    return { id: way.conversation.id, isNew: false, by, place, turn: factsOf(way) };
  }
  for (const [place, marks] of ask.tails.entries()) {
    const found = await Promise.all(marks.map((mark) => onlyTurn(documents, mark, ask)));
    const [first] = found;
    if (typeof first !== 'object' || !found.every((one) => isIn(one, first.conversation))) continue;
    see(documents, ask, first.conversation);
    return { id: first.conversation.id, isNew: false, by: 'tail', place, turn: undefined };
  }
  return begin(documents, ask, 'nothing');
}

async function append(documents: Documents, turn: SessionTurn): Promise<void> {
  const conversation = await aliveUnder(documents, turn);
  if (!conversation) return;
  const added = { id: randomUUID(), facts: turn.facts, isTaken: false };
  conversation.turns = [...conversation.turns, added].slice(-MOST_TURNS);
  for (const mark of [...turn.tips, ...turn.tails]) await lead(documents, mark, { conversation, turn: added });
  documents.change(conversation);
  const { said } = turn;
  if (!said || (conversation.isTooLong === true && said.keep !== 0)) return;
  const messages = [...(conversation.said ?? []).slice(0, said.keep), ...said.add];
  conversation.isTooLong = messages.reduce((sum, { length }) => sum + length, 0) > said.maxLength;
  conversation.said = conversation.isTooLong ? [] : messages;
}

/** What went by this name before is gone; its turns have ids of their own. */
function begin(documents: Documents, { id, nowMs }: SessionAsk, by: 'name' | 'nothing'): SessionFound {
  documents.change({ id, seenAtMs: nowMs, turns: [], moved: {} });
  return { id, isNew: true, by, place: 0, turn: undefined };
}

function see(documents: Documents, { nowMs }: SessionAsk, conversation: ConversationDocument): void {
  conversation.seenAtMs = Math.max(conversation.seenAtMs, nowMs);
  documents.change(conversation);
}

async function newestOf(
  documents: Documents,
  mark: string,
  name: SessionName,
  conversation: ConversationDocument,
): Promise<FoundTurn | undefined> {
  const turns = await turnsUnder(documents, mark, name);
  return turns.find((one) => one.conversation === conversation);
}

/** JSON leaves out what is not known. */
function factsOf({ turn: { facts } }: FoundTurn): TurnFacts {
  const { messages, sent, tokens, setting } = facts;
  return { messages, sent, tokens, setting };
}

function isIn(found: FoundTurn | 'several' | undefined, conversation: ConversationDocument): boolean {
  return typeof found === 'object' && found.conversation === conversation;
}
