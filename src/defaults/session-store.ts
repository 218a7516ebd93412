import type { SessionAsk, SessionFound, SessionName, SessionStore, SessionTurn } from '../ports/session-store.ts';
import { Conversation, isActive, type Turn } from './conversation/conversation.ts';
import { HistoryBounds } from './conversation/history-bounds.ts';
import { MarkTable, placeOf } from './conversation/mark-table.ts';
import { SeenOrder } from './conversation/seen-order.ts';
import { TurnIndex } from './conversation/turn-index.ts';

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
  readonly #maxActive: number;
  readonly #conversations = new MarkTable<Conversation>();
  readonly #seen = new SeenOrder<Conversation>();
  /** Those that have become part of others: their names go on leading there. */
  readonly #parts = new SeenOrder<Conversation>();
  readonly #turns: TurnIndex;
  readonly #histories: HistoryBounds;

  constructor({ maxActive, maxHistoryLength }: MemorySessionOptions) {
    this.#maxActive = maxActive;
    this.#turns = new TurnIndex(maxActive * MARKS_EACH);
    this.#histories = new HistoryBounds(maxHistoryLength);
  }

  open(ask: SessionAsk): SessionFound {
    if (ask.isNamed) return this.#openNamed(ask);
    const way = this.#wayOf(ask);
    const conversation = way?.turn.conversation;
    if (!way || !conversation) {
      this.#begin(ask);
      return { id: ask.id, isNew: true, by: 'nothing', place: 0, turn: undefined };
    }
    this.#see(ask, conversation);
    const asked = way.by === 'tip' || way.by === 'branch' ? ask.asked : undefined;
    if (asked !== undefined) this.#turns.add(asked, way.turn, ask);
    const turn = way.by === 'tail' ? undefined : way.turn.facts;
    return { id: conversation.id, isNew: false, by: way.by, place: way.place, turn };
  }

  append(turn: SessionTurn): void {
    const conversation = this.#under(turn.owner, turn.id);
    if (!conversation) return;
    const { tips, tails, facts, said } = turn;
    const added = conversation.addTurn(facts);
    for (const tip of tips) this.#turns.add(tip, added, turn);
    for (const tail of tails) this.#turns.add(tail, added, turn);
    if (said) this.#histories.change(conversation, () => conversation.keep(said));
  }

  count({ owner, id }: SessionName, tip: string, tokens: number): void {
    const conversation = this.#under(owner, id);
    const turn = conversation && this.#turns.newestOf(tip, conversation);
    if (turn) turn.facts = { ...turn.facts, tokens };
  }

  history(name: SessionName): ReturnType<SessionStore['history']> {
    return this.#alive(name)?.history;
  }

  end(name: SessionName): boolean {
    const conversation = this.#alive(name);
    if (!conversation) return false;
    this.#forget(conversation);
    return true;
  }

  merge(into: SessionName, from: string): boolean {
    const one = this.#alive(into);
    const other = this.#alive({ ...into, id: from });
    if (!one || !other || one === other) return false;
    if (other.seenAtMs > one.seenAtMs) {
      this.#seen.remove(one);
      this.#seen.putBeside(one, other);
    }
    this.#histories.change(other, () => this.#histories.change(one, () => one.merge(other)));
    this.#seen.remove(other);
    this.#parts.see(other);
    this.#keepBounds();
    return true;
  }

  split(name: SessionName, at: number, to: string): boolean {
    const conversation = this.#alive(name);
    if (!conversation || this.#alive({ ...name, id: to })) return false;
    const other = this.#added({ owner: name.owner, id: to, nowMs: conversation.seenAtMs });
    this.#seen.putBeside(other, conversation);
    this.#histories.change(other, () => this.#histories.change(conversation, () => conversation.splitTo(other, at)));
    this.#keepBounds();
    return true;
  }

  active(nowMs: number, idleMs: number): number {
    return this.#seen.active(nowMs, idleMs);
  }

  #openNamed(ask: SessionAsk): SessionFound {
    const conversation = this.#alive(ask);
    if (!conversation) {
      this.#begin(ask);
      return { id: ask.id, isNew: true, by: 'name', place: 0, turn: undefined };
    }
    this.#see(ask, conversation);
    for (const [place, tip] of ask.tips.entries()) {
      const turn = this.#turns.newestOf(tip, conversation);
      if (!turn) continue;
      turn.isTaken = true;
      return { id: conversation.id, isNew: false, by: 'name', place, turn: turn.facts };
    }
    return { id: conversation.id, isNew: false, by: 'name', place: 0, turn: undefined };
  }

  #wayOf(ask: SessionAsk): Way | undefined {
    for (const [place, tip] of ask.tips.entries()) {
      const free = this.#turns.take(tip, ask);
      if (free) return { by: 'tip', place, turn: free };
      const branch = this.#turns.only(tip, ask);
      if (!branch) continue;
      const asked = ask.asked === undefined ? undefined : this.#turns.only(ask.asked, ask);
      if (typeof asked === 'object') return { by: 'asked', place, turn: asked };
      if (branch !== 'several') return { by: 'branch', place, turn: branch };
      break;
    }
    for (const [place, marks] of ask.tails.entries()) {
      const turns = marks.map((mark) => this.#turns.only(mark, ask));
      const [turn] = turns;
      if (typeof turn !== 'object') continue;
      const isOne = turns.every((one) => typeof one === 'object' && one.conversation === turn.conversation);
      if (isOne) return { by: 'tail', place, turn };
    }
    return undefined;
  }

  #alive(name: SessionName): Conversation | undefined {
    const conversation = this.#under(name.owner, name.id);
    return conversation && isActive(conversation, name) ? conversation : undefined;
  }

  /** What has this name, or has become part of which other. */
  #under(owner: string, id: string): Conversation | undefined {
    let conversation = this.#named(owner, id);
    while (conversation?.isPartOf) {
      this.#parts.see(conversation);
      conversation = this.#named(owner, conversation.isPartOf);
    }
    return conversation;
  }

  #named(owner: string, id: string): Conversation | undefined {
    const found = this.#conversations.get(placeOf(owner, id));
    return found?.id === id && found.owner === owner ? found : undefined;
  }

  #begin(name: Pick<SessionName, 'owner' | 'id' | 'nowMs'>): void {
    this.#seen.see(this.#added(name));
    this.#keepBounds();
  }

  #added({ owner, id, nowMs }: Pick<SessionName, 'owner' | 'id' | 'nowMs'>): Conversation {
    const before = this.#named(owner, id);
    if (before) this.#forget(before);
    const conversation = new Conversation(owner, id, nowMs);
    this.#conversations.set(placeOf(owner, id), conversation);
    return conversation;
  }

  /** Keeps it from being idle, and from being forgotten. */
  #see({ nowMs }: SessionAsk, conversation: Conversation): void {
    conversation.seenAtMs = Math.max(conversation.seenAtMs, nowMs);
    this.#seen.see(conversation);
  }

  #keepBounds(): void {
    if (this.#seen.first && this.#seen.size > this.#maxActive) this.#forget(this.#seen.first);
    if (this.#parts.first && this.#parts.size > this.#maxActive) this.#forget(this.#parts.first);
  }

  /** Its turns stand under many marks: they lead nowhere from here on. */
  #forget(conversation: Conversation): void {
    this.#histories.change(conversation, () => conversation.end());
    const { owner, id, isPartOf } = conversation;
    (isPartOf === undefined ? this.#seen : this.#parts).remove(conversation);
    if (this.#named(owner, id) === conversation) this.#conversations.delete(placeOf(owner, id));
  }
}

/** How a request comes to its conversation. */
interface Way {
  readonly by: 'tip' | 'asked' | 'branch' | 'tail';
  readonly place: number;
  readonly turn: Turn;
}
