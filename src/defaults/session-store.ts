import type { SessionAsk, SessionFound, SessionName, SessionStore, SessionTurn } from '../ports/session-store.ts';
import { Conversation, type Turn } from './conversation/conversation.ts';
import { HistoryBounds } from './conversation/history-bounds.ts';
import { TurnIndex } from './conversation/turn-index.ts';
import { RecentMap } from './recent-map.ts';

/** Options of the store in memory. */
export interface MemorySessionOptions {
  /** Conversations remembered; over it those idle longest are forgotten. */
  readonly maxActive: number;
  /** Characters of all messages that are kept. */
  readonly maxHistoryLength: number;
}

/** Marks remembered for each conversation, on the average. */
const MARKS_EACH = 6;

/** Keeps conversations in the memory of this process. Every verb is done when it returns. */
export function memorySessionStore(options: MemorySessionOptions): SessionStore {
  return new MemorySessions(options);
}

class MemorySessions implements SessionStore {
  readonly #conversations: RecentMap<string, Conversation>;
  readonly #turns: TurnIndex;
  readonly #histories: HistoryBounds;

  constructor({ maxActive, maxHistoryLength }: MemorySessionOptions) {
    this.#conversations = new RecentMap(maxActive, (gone) => {
      // Its turns stand under many marks.
      this.#histories.change(gone, () => gone.end());
    });
    this.#turns = new TurnIndex(maxActive * MARKS_EACH);
    this.#histories = new HistoryBounds(maxHistoryLength);
  }

  open(ask: SessionAsk): SessionFound {
    const { nowMs } = ask;
    const isAlive = aliveAt(ask);
    if (ask.isNamed) return this.#openNamed(ask);
    const way = this.#wayOf(ask, isAlive);
    const conversation = way?.turn.conversation;
    if (!way || !conversation) {
      this.#conversations.set(keyOf(ask, ask.id), new Conversation(ask.owner, ask.id, nowMs));
      return { id: ask.id, isNew: true, by: 'nothing', place: 0, turn: undefined };
    }
    this.#see(ask, conversation);
    const goesOn = way.by === 'tip' || way.by === 'branch';
    if (goesOn && ask.asked !== undefined) this.#turns.add(ask.owner, ask.asked, way.turn, isAlive);
    const turn = way.by === 'tail' ? undefined : way.turn.facts;
    return { id: conversation.id, isNew: false, by: way.by, place: way.place, turn };
  }

  append(turn: SessionTurn): void {
    const conversation = this.#under(turn);
    if (!conversation) return;
    const { tips, tails, facts, said } = turn;
    const isAlive = aliveAt(turn);
    const added = conversation.addTurn(facts);
    for (const tip of tips) this.#turns.add(turn.owner, tip, added, isAlive);
    for (const tail of tails) this.#turns.add(turn.owner, tail, added, isAlive);
    if (said) this.#histories.change(conversation, () => conversation.keep(said));
  }

  count(name: SessionName, tip: string, tokens: number): void {
    const conversation = this.#under(name);
    const turn = conversation && this.#turns.newestOf(name.owner, tip, conversation);
    if (turn) turn.facts = { ...turn.facts, tokens };
  }

  history(name: SessionName): ReturnType<SessionStore['history']> {
    return this.#alive(name)?.history;
  }

  end(name: SessionName): boolean {
    const conversation = this.#alive(name);
    if (!conversation) return false;
    this.#histories.change(conversation, () => conversation.end());
    conversation.seenAtMs = -Infinity;
    return true;
  }

  merge(into: SessionName, from: string): boolean {
    const one = this.#alive(into);
    const other = this.#alive({ ...into, id: from });
    if (!one || !other || one === other) return false;
    this.#histories.change(other, () => this.#histories.change(one, () => one.merge(other)));
    return true;
  }

  split(name: SessionName, at: number, to: string): boolean {
    const conversation = this.#alive(name);
    if (!conversation || this.#alive({ ...name, id: to })) return false;
    const other = new Conversation(name.owner, to, conversation.seenAtMs);
    this.#histories.change(other, () => this.#histories.change(conversation, () => conversation.splitTo(other, at)));
    this.#conversations.set(keyOf(name, to), other);
    return true;
  }

  active(nowMs: number, idleMs: number): number {
    let active = 0;
    for (const conversation of this.#conversations.values()) if (isActive(conversation, { nowMs, idleMs })) active++;
    return active;
  }

  #openNamed(ask: SessionAsk): SessionFound {
    const { owner, id, nowMs, tips } = ask;
    const conversation = this.#alive(ask);
    if (!conversation) {
      this.#conversations.set(keyOf(ask, id), new Conversation(owner, id, nowMs));
      return { id, isNew: true, by: 'name', place: 0, turn: undefined };
    }
    this.#see(ask, conversation);
    for (const [place, tip] of tips.entries()) {
      const turn = this.#turns.newestOf(ask.owner, tip, conversation);
      if (!turn) continue;
      turn.isTaken = true;
      return { id: conversation.id, isNew: false, by: 'name', place, turn: turn.facts };
    }
    return { id: conversation.id, isNew: false, by: 'name', place: 0, turn: undefined };
  }

  #wayOf(ask: SessionAsk, isAlive: (turn: Turn) => boolean): Way | undefined {
    for (const [place, tip] of ask.tips.entries()) {
      const free = this.#turns.take(ask.owner, tip, isAlive);
      if (free) return { by: 'tip', place, turn: free };
      const branch = this.#turns.only(ask.owner, tip, isAlive);
      if (!branch) continue;
      const asked = ask.asked === undefined ? undefined : this.#turns.only(ask.owner, ask.asked, isAlive);
      if (typeof asked === 'object') return { by: 'asked', place, turn: asked };
      if (branch !== 'several') return { by: 'branch', place, turn: branch };
      break;
    }
    for (const [place, marks] of ask.tails.entries()) {
      const turns = marks.map((mark) => this.#turns.only(ask.owner, mark, isAlive));
      const [turn] = turns;
      if (typeof turn !== 'object') continue;
      const isOne = turns.every((one) => typeof one === 'object' && one.conversation === turn.conversation);
      if (isOne) return { by: 'tail', place, turn };
    }
    return undefined;
  }

  #alive(name: SessionName): Conversation | undefined {
    const conversation = this.#under(name);
    return conversation && isActive(conversation, name) ? conversation : undefined;
  }

  /** What has this name, or has become part of which other. */
  #under(name: SessionName): Conversation | undefined {
    let conversation = this.#conversations.get(keyOf(name, name.id));
    while (conversation?.isPartOf) conversation = this.#conversations.get(keyOf(name, conversation.isPartOf));
    return conversation;
  }

  /** Keeps it from being idle, and from being forgotten. */
  #see(ask: SessionAsk, conversation: Conversation): void {
    conversation.seenAtMs = Math.max(conversation.seenAtMs, ask.nowMs);
    this.#conversations.get(keyOf(ask, conversation.id));
  }
}

/** How a request comes to its conversation. */
interface Way {
  readonly by: 'tip' | 'asked' | 'branch' | 'tail';
  readonly place: number;
  readonly turn: Turn;
}

function keyOf({ owner }: { readonly owner: string }, name: string): string {
  return `${owner}\n${name}`;
}

function isActive(conversation: Conversation, { nowMs, idleMs }: Pick<SessionName, 'nowMs' | 'idleMs'>): boolean {
  return conversation.isPartOf === undefined && nowMs - conversation.seenAtMs < idleMs;
}

function aliveAt(time: SessionName): (turn: Turn) => boolean {
  return ({ conversation }) => conversation?.owner === time.owner && isActive(conversation, time);
}
