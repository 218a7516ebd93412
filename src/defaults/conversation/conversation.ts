import type { SaidMessages, SessionHistory, SessionName, TurnFacts } from '../../ports/session-store.ts';
import type { Seen } from './seen-order.ts';

/** Turns of a conversation that are remembered; nobody goes back further. */
const MOST_TURNS = 64;

/** An answer from which a request may go on. */
export interface Turn {
  /** Absent: its conversation has forgotten it. */
  conversation: Conversation | undefined;
  facts: TurnFacts;
  /** Somebody has gone on from it. */
  isTaken: boolean;
  /** Later than that of every turn that was added before, to whichever conversation. */
  readonly order: number;
}

let turnsAdded = 0;

/** Who asks, and when. */
export type Moment = Pick<SessionName, 'owner' | 'nowMs' | 'idleMs'>;

/** A conversation in memory. */
export class Conversation implements Seen<Conversation> {
  readonly owner: string;
  readonly id: string;
  seenAtMs: number;
  earlier: Conversation | undefined;
  later: Conversation | undefined;
  isIdle = false;
  /** The conversation it was made a part of. */
  isPartOf: string | undefined;
  /** Oldest first. */
  #turns: Turn[] = [];
  #said: string[] | undefined;
  #length = 0;
  #isTooLong = false;

  constructor(owner: string, id: string, nowMs: number) {
    this.owner = owner;
    this.id = id;
    this.seenAtMs = nowMs;
  }

  /** Characters of the messages that are kept. */
  get length(): number {
    return this.#length;
  }

  get history(): SessionHistory | undefined {
    return this.#isTooLong ? 'too-long' : this.#said;
  }

  addTurn(facts: TurnFacts): Turn {
    const turn: Turn = { conversation: this, facts, isTaken: false, order: turnsAdded++ };
    // A list that grows from nothing takes room for seventeen, and most conversations have one turn.
    if (this.#turns.length === 0) this.#turns = [turn];
    else this.#turns.push(turn);
    while (this.#turns.length > MOST_TURNS) {
      const oldest = this.#turns.shift();
      if (oldest) oldest.conversation = undefined;
    }
    return turn;
  }

  /** The newest of its turns that is meant. */
  newest(isMeant: (turn: Turn) => boolean): Turn | undefined {
    return this.#turns.findLast(isMeant);
  }

  keep({ keep, add, maxLength }: SaidMessages): void {
    if (this.#isTooLong && keep !== 0) return;
    const said = [...(this.#said ?? []).slice(0, keep), ...add];
    const length = said.reduce((sum, { length: one }) => sum + one, 0);
    this.#isTooLong = length > maxLength;
    this.#said = this.#isTooLong ? undefined : said;
    this.#length = this.#isTooLong ? 0 : length;
  }

  /** Forgets what was said, and where requests went on from. */
  end(): void {
    for (const turn of this.#turns) turn.conversation = undefined;
    this.#turns = [];
    this.forget();
  }

  forget(): void {
    this.#said = undefined;
    this.#length = 0;
    this.#isTooLong = false;
  }

  /** Takes over the turns of another one. */
  merge(from: Conversation): void {
    this.#take(from.#turns);
    from.#turns = [];
    from.isPartOf = this.id;
    from.forget();
    this.forget();
    this.seenAtMs = Math.max(this.seenAtMs, from.seenAtMs);
  }

  /** Gives the turns with more than `at` messages to another one, and what was said from there on. */
  splitTo(other: Conversation, at: number): void {
    other.#take(this.#turns.filter(({ facts }) => facts.messages > at));
    this.#turns = this.#turns.filter(({ facts }) => facts.messages <= at);
    if (!this.#said || this.#said.length <= at) return;
    other.#setSaid(this.#said);
    this.#setSaid(this.#said.slice(0, at));
  }

  #take(turns: readonly Turn[]): void {
    for (const turn of turns) turn.conversation = this;
    this.#turns = [...this.#turns, ...turns].sort((one, other) => one.order - other.order);
  }

  #setSaid(said: string[]): void {
    this.#said = said;
    this.#length = said.reduce((sum, { length }) => sum + length, 0);
  }
}

/** Whether it is not over. */
export function isActive(conversation: Conversation, { nowMs, idleMs }: Pick<Moment, 'nowMs' | 'idleMs'>): boolean {
  return conversation.isPartOf === undefined && nowMs - conversation.seenAtMs < idleMs;
}

/** Whether a request may go on from there: it is the owner's, and its conversation is not over. */
export function isAlive({ conversation }: Turn, now: Moment): boolean {
  return conversation?.owner === now.owner && isActive(conversation, now);
}
