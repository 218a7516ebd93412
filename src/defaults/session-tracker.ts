import type { AssistantMessage, ChatMessage, ChatRequest, Usage } from '../openai/types.ts';
import type { Caller } from '../ports/authenticator.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { SaidMessages, SessionFound, SessionName, SessionStore, SessionTurn } from '../ports/session-store.ts';
import type { MatchedBy, Session, SessionAnswer, SessionClues, SessionTracker } from '../ports/session-tracker.ts';
import { cacheKeyMark, Question, responseMark } from './conversation/question.ts';
import { SeenNames } from './conversation/seen-names.ts';
import { digestOf, TextDigests } from './conversation/text-digest.ts';
import { StoreWatch } from './store-watch.ts';
import { timeOrderedId } from './time-ordered-id.ts';

/** Options of the tracker. */
export interface SessionOptions {
  /** A conversation without a request for so long is over. */
  readonly idleMs: number;
  /** Conversations counted as active; over it those idle longest are not. */
  readonly maxActive: number;
  /** How long the store is waited for. */
  readonly withinMs: number;
  /** Characters of a conversation's messages that are kept. `undefined`: messages are not kept. */
  readonly maxHistoryLength: number | undefined;
}

/** Ids that are kept as the caller wrote them. Anything else is kept as its hash: ids of strangers are not trusted. */
const PLAIN_ID = /^[\w.:-]{1,128}$/;

/**
 * Conversations by the id somebody names, else by what was said: the messages of a request go on from those of an
 * earlier one and its answer. The window slides: each request keeps its conversation for another `idleMs`.
 */
export function sessionTracker(
  options: SessionOptions,
  store: SessionStore,
  clock: Clock,
  logger: Logger,
): SessionTracker {
  return new Tracker(options, store, clock, logger);
}

/** A session, and what it takes to go on from it. */
class TrackedSession implements Session {
  readonly id: string;
  readonly isNew: boolean;
  readonly matchedBy: MatchedBy;
  readonly score: number;
  readonly known: Session['known'];
  readonly #question: Question;
  /** Messages of the request; they themselves only as long as they are to be kept. */
  readonly #length: number;
  #messages: readonly ChatMessage[] | undefined;
  readonly #clues: SessionClues;
  readonly #found: SessionFound;
  /** A mark of the turn that its answer has made. */
  #tip: string | undefined;

  /** @param keeps whether the messages are to be kept. */
  constructor(
    question: Question,
    found: SessionFound,
    request: ChatRequest | undefined,
    clues: SessionClues,
    keeps: boolean,
  ) {
    this.id = found.id;
    this.isNew = found.isNew;
    this.matchedBy = question.matchedBy(found);
    this.score = question.score(found);
    this.known = knownOf(question, found);
    this.#question = question;
    this.#length = request?.messages.length ?? 0;
    this.#messages = keeps ? request?.messages : undefined;
    this.#clues = clues;
    this.#found = found;
  }

  /** The turn that this answer makes. `maxHistoryLength`: whether, and how much of, its messages are kept. */
  turnOf(owner: string, answer: SessionAnswer, nowMs: number, maxHistoryLength: number | undefined): SessionTurn {
    const { marks, idleMs } = this.#question;
    const { promptCacheKey } = this.#clues;
    const { tips, tails } = (answer.message && marks?.after(answer.message)) ?? { tips: [], tails: [] };
    this.#tip = tips[0];
    if (answer.responseId !== undefined) tails.push(responseMark(answer.responseId));
    if (promptCacheKey !== undefined) tails.push(cacheKeyMark(promptCacheKey));
    const { keep, from } = this.#place();
    const messages = (keep ?? from) + this.#length - from + 1;
    const facts = { messages, sent: this.#length + 1, tokens: tokensOf(answer.usage), setting: marks?.setting ?? '' };
    const said = maxHistoryLength === undefined ? undefined : this.#saidOf(answer, keep, from, maxHistoryLength);
    // Written out: to spread two objects into one takes longer than to hash what was said.
    return { owner, id: this.id, nowMs, idleMs, tips, tails, facts, said };
  }

  /** How many messages of the conversation stay, and from which message of the request on they go on. */
  #place(): { readonly keep: number | undefined; readonly from: number } {
    const { stored } = this.#clues;
    if (stored !== undefined) return { keep: undefined, from: stored };
    const { turn } = this.#found;
    const from = turn && this.#question.marks?.tips[this.#found.place]?.messages;
    return from === undefined ? { keep: 0, from: 0 } : { keep: turn?.messages ?? 0, from };
  }

  /** A mark of the turn that was made, whose tokens are known now. Absent: it made none. */
  get tip(): string | undefined {
    return this.#tip;
  }

  #saidOf(
    { message: answer }: SessionAnswer,
    keep: number | undefined,
    from: number,
    maxLength: number,
  ): SaidMessages | undefined {
    const messages = this.#messages;
    this.#messages = undefined;
    if (!messages || !answer) return undefined;
    // Other instructions are part of what was sent: then all of it is kept anew.
    const isSame = keep === undefined || keep === 0 || this.#question.hasInstructionsOf(this.#found.turn);
    const added = isSame ? messages.slice(from) : messages;
    const add = [...added, asRequested(answer)].map((message) => JSON.stringify(message));
    return { keep: isSame ? keep : 0, add, maxLength };
  }
}

class Tracker implements SessionTracker {
  readonly history?: NonNullable<SessionTracker['history']>;
  readonly #options: SessionOptions;
  readonly #store: SessionStore;
  readonly #clock: Clock;
  readonly #watch: StoreWatch;
  readonly #textDigests = new TextDigests();
  /** By owner and id, where the store does not count. */
  readonly #seen: SeenNames | undefined;

  constructor(options: SessionOptions, store: SessionStore, clock: Clock, logger: Logger) {
    this.#options = options;
    this.#store = store;
    this.#clock = clock;
    const { withinMs } = options;
    const words = { what: 'conversations', meanwhile: 'requests that name none begin new ones until they are back' };
    this.#watch = new StoreWatch({ withinMs, ...words }, clock, logger);
    if (!store.active) this.#seen = new SeenNames(options.maxActive);
    if (options.maxHistoryLength !== undefined) this.history = (callerId, id) => this.#history(callerId, id);
  }

  open(request: ChatRequest | undefined, caller: Caller, clues: SessionClues): Session | Promise<Session> {
    const name = this.#nameOf(caller.id, clues.named ? safeId(clues.named.id) : this.#newId());
    const question = new Question(request, clues, name, this.#textDigests);
    const found = this.#watch.ask(() => this.#store.open(question));
    if (!(found instanceof Promise)) return this.#sessionOf(question, found, request, clues);
    return found.then((later) => this.#sessionOf(question, later, request, clues));
  }

  #sessionOf(
    question: Question,
    found: SessionFound = nothingFound(question),
    request: ChatRequest | undefined,
    clues: SessionClues,
  ): Session {
    this.#seen?.see(`${question.owner}\n${found.id}`, question.nowMs);
    return new TrackedSession(question, found, request, clues, this.history !== undefined);
  }

  answered(session: Session, caller: Caller, answer: SessionAnswer): void | Promise<void> {
    if (!(session instanceof TrackedSession)) return;
    const turn = session.turnOf(caller.id, answer, this.#clock.now(), this.#options.maxHistoryLength);
    if (turn.tips.length + turn.tails.length === 0 && !turn.said) return;
    return this.#watch.ask(() => this.#store.append(turn));
  }

  counted(session: Session, caller: Caller, usage: Usage): void | Promise<void> {
    const tokens = tokensOf(usage);
    const tip = session instanceof TrackedSession ? session.tip : undefined;
    if (tip === undefined || tokens === undefined) return;
    return this.#watch.ask(() => this.#store.count(this.#nameOf(caller.id, session.id), tip, tokens));
  }

  active(): number {
    const { idleMs } = this.#options;
    const now = this.#clock.now();
    return this.#store.active?.(now, idleMs) ?? this.#seen?.active(now, idleMs) ?? 0;
  }

  async end(callerId: string, id: string): Promise<boolean> {
    const name = this.#nameOf(callerId, safeId(id));
    this.#seen?.delete(`${name.owner}\n${name.id}`);
    return this.#store.end(name);
  }

  async merge(callerId: string, into: string, from: string): Promise<boolean> {
    const other = this.#nameOf(callerId, safeId(from));
    const isDone = await this.#store.merge(this.#nameOf(callerId, safeId(into)), other.id);
    if (isDone) this.#seen?.delete(`${other.owner}\n${other.id}`);
    return isDone;
  }

  async split(callerId: string, id: string, at: number): Promise<string | undefined> {
    const to = this.#newId();
    const name = this.#nameOf(callerId, safeId(id));
    if (!(await this.#store.split(name, at, to))) return undefined;
    this.#seen?.see(`${name.owner}\n${to}`, name.nowMs);
    return to;
  }

  close(): void | Promise<void> {
    return this.#store.close?.();
  }

  async #history(callerId: string, id: string): Promise<readonly ChatMessage[] | 'too-long' | undefined> {
    const asked = await this.#watch.ask(async () => ({
      history: await this.#store.history(this.#nameOf(callerId, safeId(id))),
    }));
    if (!asked) throw new Error('Conversations are away.');
    const { history } = asked;
    return typeof history === 'object' ? history.map((json) => JSON.parse(json) as ChatMessage) : history;
  }

  /** Ids grow as time does: a database then writes new ones beside each other, not all over its index. */
  #newId(): string {
    return `conv_${timeOrderedId(this.#clock.now())}`;
  }

  /** @param id one of ours, or a safe one. */
  #nameOf(owner: string, id: string): SessionName {
    return { owner, id, nowMs: this.#clock.now(), idleMs: this.#options.idleMs };
  }
}

function safeId(id: string): string {
  return PLAIN_ID.test(id) ? id : `conv_${digestOf(id)}`;
}

/** Where the store does not answer. */
function nothingFound({ id, isNamed }: Question): SessionFound {
  return { id, isNew: true, by: isNamed ? 'name' : 'nothing', place: 0, turn: undefined };
}

/** Tokens of what was said, where all of it was sent before as it is now. */
function knownOf({ marks }: Question, { turn, place }: SessionFound): Session['known'] {
  const tip = marks?.tips[place];
  if (!turn || !tip?.isWhole || turn.tokens === undefined) return undefined;
  if (turn.sent !== tip.messages || turn.setting !== marks?.setting) return undefined;
  return { messages: tip.messages, tokens: turn.tokens };
}

/** What an answer adds to the prompt after it: its reasoning is not sent again. */
function tokensOf(usage: Usage | undefined): number | undefined {
  if (!usage) return undefined;
  return usage.prompt_tokens + usage.completion_tokens - (usage.completion_tokens_details?.reasoning_tokens ?? 0);
}

/** An answer as the next request sends it back. */
function asRequested({ content, refusal, tool_calls: calls, audio }: AssistantMessage): ChatMessage {
  return {
    role: 'assistant',
    content,
    ...(refusal === null ? {} : { refusal }),
    ...(calls ? { tool_calls: calls } : {}),
    ...(audio ? { audio: { id: audio.id } } : {}),
  };
}
