/** What a turn of a conversation was when its answer ended. */
export interface TurnFacts {
  /** Messages of the conversation up to here, the answer among them. */
  readonly messages: number;
  /** Messages that were sent, and the answer: fewer where the client has left some out. */
  readonly sent: number;
  /** Tokens of these messages, as reported or counted; `undefined` where nobody knows. */
  readonly tokens: number | undefined;
  /** What the messages were sent with: instructions, tools, model. Opaque. */
  readonly setting: string;
}

/** A moment, and how long a conversation may be idle. */
interface SessionTime {
  /** Unix milliseconds, by the clock of whoever asks. */
  readonly nowMs: number;
  /** A conversation is over when nothing was asked in it for so long, or longer. */
  readonly idleMs: number;
}

/** Which conversation is meant. */
export interface SessionName extends SessionTime {
  /** Whose it is: any text. Those of different owners never meet. */
  readonly owner: string;
  /** Up to 128 visible ASCII characters. */
  readonly id: string;
}

/**
 * A question for the conversation of a request. Marks are short texts of `[A-Za-z0-9_-]` that stand for something that
 * was said; equal marks, of the same owner, for the same.
 */
export interface SessionAsk extends SessionName {
  /** True where somebody named the conversation; else it gets this id if it begins now. */
  readonly isNamed: boolean;
  /** Marks of all that the request may go on from, the longest first. */
  readonly tips: readonly string[];
  /** Mark of the whole request, where it goes on from anything. */
  readonly asked: string | undefined;
  /** Groups of marks that lead to a conversation together, the best first. */
  readonly tails: readonly (readonly string[])[];
}

/** The conversation of a request. */
export interface SessionFound {
  readonly id: string;
  /** Nothing was asked in it before, or it was over. */
  readonly isNew: boolean;
  /** By what it was found, see {@link SessionStore.open}. */
  readonly by: 'name' | 'tip' | 'asked' | 'branch' | 'tail' | 'nothing';
  /** Which of the tips (of those of a named one, too) or tails that was; 0 where it was none. */
  readonly place: number;
  /** The turn it goes on from, where a tip led to one of the conversation. */
  readonly turn: TurnFacts | undefined;
}

/** What is kept of a conversation's messages: the first `keep` of those that were kept, then these. */
export interface SaidMessages {
  /** `undefined`: all of them. */
  readonly keep: number | undefined;
  /** Messages as JSON. */
  readonly add: readonly string[];
  /** More characters than that are not kept: the history is given up, and says so. */
  readonly maxLength: number;
}

/** An answer has ended: the next turn of a conversation. */
export interface SessionTurn extends SessionName {
  /** Marks by which a request that goes on from here finds it. */
  readonly tips: readonly string[];
  /** Marks by which one finds it that has lost what was before. */
  readonly tails: readonly string[];
  readonly facts: TurnFacts;
  readonly said: SaidMessages | undefined;
}

/** Messages of a conversation as JSON; `too-long` where they were given up. */
export type SessionHistory = readonly string[] | 'too-long';

/**
 * Conversations that are not over, and the marks that lead to them. Each verb is one atomic step, for everybody who
 * uses the store.
 *
 * Bounded: over its capacity it forgets what was not used for longest, and a conversation that is forgotten begins anew.
 * It may reject, and be slow: who uses it goes on without it.
 */
export interface SessionStore {
  /**
   * Finds the conversation of a request, or begins it, and keeps it from being idle. The first that fits:
   *
   * 1. `name`: the one that was named, whatever was said. If it was ended or is over, it begins anew.
   * 2. The first of the tips that leads anywhere is the one that counts. `tip`: the newest turn there from which nobody
   *    has gone on yet; it is taken. Else `asked`: the one conversation in which the same was asked. Else `branch`: the
   *    one conversation that all turns there belong to.
   * 3. `tail`: the first group of tails whose marks, each of them, lead to one and the same conversation, and not to
   *    any other.
   * 4. `nothing`: a new one.
   *
   * What goes on from a turn is kept as asked there. A mark that leads to several conversations, where one is wanted, leads nowhere.
   */
  open(ask: SessionAsk): SessionFound | Promise<SessionFound>;
  /** Adds a turn. Does nothing where there is no such conversation. */
  append(turn: SessionTurn): void | Promise<void>;
  /** Sets the tokens of the newest turn of the conversation that one of its tips leads to. Does nothing where there is none. */
  count(name: SessionName, tip: string, tokens: number): void | Promise<void>;
  /** What was said; `undefined` where there is no such conversation, or nothing of it is kept. */
  history(name: SessionName): SessionHistory | undefined | Promise<SessionHistory | undefined>;
  /** Ends a conversation: no request goes on from it. False where there is none. */
  end(name: SessionName): boolean | Promise<boolean>;
  /**
   * Makes the turns of `from` turns of this one; what names it means this one from then on. What was said in it is
   * forgotten. False, and nothing is changed, where one of the two is not there.
   */
  merge(into: SessionName, from: string): boolean | Promise<boolean>;
  /**
   * Makes a new conversation, of the id `to`, of the turns that have more than `at` messages. False where there is no
   * such conversation, or `to` is one.
   */
  split(name: SessionName, at: number, to: string): boolean | Promise<boolean>;
  /** Conversations that are not over, of all owners. Absent: those are counted that this process has seen. */
  active?(nowMs: number, idleMs: number): number;
  /** Gives back what it holds. */
  close?(): void | Promise<void>;
}
