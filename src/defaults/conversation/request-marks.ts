import type { ChatMessage, ChatRequest } from '../../openai/types.ts';
import { type Chain, Chains } from './chain.ts';
import type { MessageDigest } from './message-digest.ts';
import { MOST_ASKED_BYTES, messageDigestOf } from './message-digest.ts';
import { settingOf } from './setting.ts';
import type { TextDigests } from './text-digest.ts';
import { digestOf } from './text-digest.ts';

/** Tips that are asked for: nobody goes back further. */
const MOST_TIPS = 200;
/** What two pairs, one pair, an answer, or all questions have to say, in bytes, to tell a conversation from others. */
const PAIRS_BYTES = 48;
const PAIR_BYTES = 64;
const ANSWER_BYTES = MOST_ASKED_BYTES;
const QUESTIONS_BYTES = 48;

/** What of a request leads to its conversation where its beginning does not. */
export type TailKind = 'response' | 'pairs' | 'pair' | 'answer' | 'questions' | 'cache-key';

/** A group of marks that lead to a conversation together. */
export interface Tail {
  readonly kind: TailKind;
  readonly marks: readonly string[];
}

/** What a request may go on from. */
interface Tip {
  readonly mark: string;
  /** Messages of the request up to there. */
  readonly messages: number;
  /** Whether everything up to there is in the mark, or its texts alone. */
  readonly isWhole: boolean;
}

const NO_TIPS: readonly Tip[] = [];
const NO_TAILS: readonly Tail[] = [];

/** What of a request its marks have to do with, beside messages. Not trusted. */
interface Sender {
  readonly prompt_cache_key?: unknown;
  readonly safety_identifier?: unknown;
  readonly user?: unknown;
}

/**
 * The marks of a chat request: what it may go on from, and how it is found once it is answered. Each text is hashed
 * once, whatever is asked of it.
 */
export class RequestMarks {
  /** Longest first, with the number of messages up to each. */
  readonly tips: readonly Tip[];
  /** What it was sent with. */
  readonly setting: string;
  readonly #chains: Chains;
  readonly #textDigests: TextDigests;
  /** End users and cache keys have marks of their own: what they say never meets. */
  readonly #tag: string;
  readonly #messages: number;
  readonly #cacheKey: string | undefined;
  #asked: string | undefined;
  #tails: readonly Tail[] | undefined;

  constructor(request: ChatRequest, textDigests: TextDigests) {
    this.#textDigests = textDigests;
    this.#chains = new Chains(request.messages, textDigests);
    this.#messages = request.messages.length;
    const { prompt_cache_key: cacheKey, safety_identifier: endUserId, user }: Sender = request;
    this.#cacheKey = textOf(cacheKey);
    const endUser = textOf(endUserId) ?? textOf(user);
    this.#tag = endUser === undefined && this.#cacheKey === undefined ? '' : tagOf(endUser, this.#cacheKey);
    this.tips = this.#tipsOf();
    this.setting = settingOf(request, textDigests);
  }

  /** Stands for all that was asked; only where it goes on from something. */
  get asked(): string | undefined {
    if (this.tips.length === 0) return undefined;
    return (this.#asked ??= this.#mark('q', this.#chains.all.whole()));
  }

  /** Best first. Reckoned when somebody asks, which is seldom. */
  get tails(): readonly Tail[] {
    return (this.#tails ??= this.#tailsOf());
  }

  /** Marks by which the next request finds this answer. */
  after(answer: ChatMessage): { readonly tips: string[]; readonly tails: string[] } {
    const digest = messageDigestOf(answer, this.#textDigests);
    if (!digest) return { tips: [], tails: [] };
    const { all, texts, digests } = this.#chains;
    const tips = [this.#mark('t', all.after(digest.whole))];
    const tails: string[] = [];
    if (digest.text !== undefined) {
      if (texts !== all || digest.text !== digest.whole) tips.push(this.#mark('t', texts.after(digest.text)));
      const question = lastQuestionOf(digests);
      if (question !== undefined) tails.push(this.#pair(question, digest.text));
      if (digest.bytes >= ANSWER_BYTES) tails.push(this.#mark('a', digest.text));
    }
    const questions = this.#questions(digests, digests.length);
    if (questions !== undefined) tails.push(questions);
    if (this.#cacheKey !== undefined) tails.push(this.#mark('k', ''));
    return { tips, tails };
  }

  #tipsOf(): readonly Tip[] {
    const { all, texts } = this.#chains;
    if (texts === all) return all.links.length === 0 ? NO_TIPS : this.#tipsOfChain(all, true);
    // Of two that are as long, the one of everything comes first.
    const tips = [...this.#tipsOfChain(all, true), ...this.#tipsOfChain(texts, false)];
    return tips.sort((one, other) => other.messages - one.messages);
  }

  #tipsOfChain({ links }: Chain, isWhole: boolean): Tip[] {
    const tips: Tip[] = [];
    for (let place = links.length - 1; place >= 0 && tips.length < MOST_TIPS; place--) {
      const link = links[place];
      // What an answer is to be added to goes on from before it.
      if (!link || (link.messages >= this.#messages && !this.#chains.all.isOpen)) continue;
      tips.push({ mark: this.#mark('t', link.digest), messages: link.messages, isWhole });
    }
    return tips;
  }

  #tailsOf(): readonly Tail[] {
    // A first question has nothing that leads anywhere.
    if (this.#chains.all.links.length === 0 && this.#cacheKey === undefined) return NO_TAILS;
    const tails: Tail[] = [];
    const said = this.#chains.digests.filter(({ text }) => text !== undefined);
    const end = said.findLastIndex(({ speaker }) => speaker === 'assistant');
    const [last, before] = pairsUpTo(said, end);
    if (last && before && last.bytes + before.bytes >= PAIRS_BYTES) {
      const marks = [this.#pair(last.question, last.answer), this.#pair(before.question, before.answer)];
      tails.push({ kind: 'pairs', marks });
    }
    if (last && last.bytes >= PAIR_BYTES) tails.push({ kind: 'pair', marks: [this.#pair(last.question, last.answer)] });
    const answer = said[end];
    if (answer?.text !== undefined && answer.bytes >= ANSWER_BYTES)
      tails.push({ kind: 'answer', marks: [this.#mark('a', answer.text)] });
    const questions = this.#questions(said, end);
    if (questions !== undefined) tails.push({ kind: 'questions', marks: [questions] });
    if (this.#cacheKey !== undefined && (end >= 0 || isOfOneSession(this.#cacheKey)))
      tails.push({ kind: 'cache-key', marks: [this.#mark('k', '')] });
    return tails;
  }

  /** All that a user asked up to a place: tells a conversation whose answers its client has changed. */
  #questions(digests: readonly MessageDigest[], end: number): string | undefined {
    let texts = '';
    let count = 0;
    let bytes = 0;
    for (let place = 0; place < end; place++) {
      const digest = digests[place];
      if (digest?.speaker !== 'user' || digest.text === undefined) continue;
      texts += digest.text;
      count++;
      bytes += digest.bytes;
    }
    if (bytes < QUESTIONS_BYTES) return undefined;
    return this.#mark('u', count === 1 ? texts : digestOf(texts));
  }

  #pair(question: string, answer: string): string {
    return this.#mark('p', question.slice(0, 12) + answer.slice(0, 12));
  }

  #mark(kind: string, digest: string): string {
    return kind + digest + this.#tag;
  }
}

function lastQuestionOf(digests: readonly MessageDigest[]): string | undefined {
  for (let place = digests.length - 1; place >= 0; place--) {
    const digest = digests[place];
    if (digest?.speaker === 'user' && digest.text !== undefined) return digest.text;
  }
  return undefined;
}

interface Pair {
  readonly question: string;
  readonly answer: string;
  readonly bytes: number;
}

/** The last pair of question and answer up to a place, and the one before it. */
function pairsUpTo(said: readonly MessageDigest[], end: number): Pair[] {
  const pairs: Pair[] = [];
  for (let place = end; place > 0 && pairs.length < 2; place--) {
    const answer = said[place];
    const question = said[place - 1];
    if (answer?.speaker !== 'assistant' || question?.speaker !== 'user') continue;
    pairs.push({ question: question.text ?? '', answer: answer.text ?? '', bytes: question.bytes + answer.bytes });
  }
  return pairs;
}

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/i;
/** Longer keys are looked at up to here. */
const LONGEST_KEY = 256;

/**
 * True for a key that nobody uses twice by chance: it holds a UUID, or 16 characters or more without a break with
 * several digits among them (a ULID, `ses_f84c6ba38ffe6UeTRaX25G3KTr`). Others name an application or a prompt.
 */
export function isOfOneSession(key: string): boolean {
  const start = key.slice(0, LONGEST_KEY);
  if (UUID.test(start)) return true;
  return start.split(/[^0-9A-Za-z]+/).some((run) => run.length >= 16 && run.replace(/\D+/g, '').length >= 3);
}

function tagOf(endUser: string | undefined, cacheKey: string | undefined): string {
  return digestOf(`${endUser ?? ''}\n${cacheKey ?? ''}`).slice(0, 11);
}

function textOf(member: unknown): string | undefined {
  return typeof member === 'string' && member !== '' ? member : undefined;
}
