import type { ChatRequest } from '../../openai/types.ts';
import type { SessionAsk, SessionFound, SessionName } from '../../ports/session-store.ts';
import type { MatchedBy, SessionClues } from '../../ports/session-tracker.ts';
import { isOfOneSession, RequestMarks, type Tail, type TailKind } from './request-marks.ts';
import type { TextDigests } from './text-digest.ts';
import { digestOf } from './text-digest.ts';

/** How sure each way is; docs/decisions/14-conversations-by-prefix.md gives the reasons. */
const SCORES: Readonly<Record<TailKind, number>> = {
  response: 1,
  pairs: 0.75,
  questions: 0.7,
  'cache-key': 0.7,
  pair: 0.65,
  answer: 0.6,
};
const PREFIX_SCORES = { tip: 1, asked: 0.95, branch: 0.8 } as const;
/** What is taken off where work with tools is left out, or the instructions are others. */
const LESS_SURE = 0.05;

const MATCHED_BY: Readonly<Record<SessionFound['by'], MatchedBy>> = {
  name: 'id',
  tip: 'prefix',
  asked: 'regenerated',
  branch: 'branch',
  tail: 'tail',
  nothing: 'new',
};

const NOTHING: readonly never[] = [];

/** A request as a question to the store, and what its answer means. */
export class Question implements SessionAsk {
  readonly owner: string;
  readonly id: string;
  readonly nowMs: number;
  readonly idleMs: number;
  readonly isNamed: boolean;
  readonly tips: readonly string[];
  readonly marks: RequestMarks | undefined;
  readonly #clues: SessionClues;

  constructor(
    request: ChatRequest | undefined,
    clues: SessionClues,
    { owner, id, nowMs, idleMs }: SessionName,
    textDigests: TextDigests,
  ) {
    this.owner = owner;
    this.id = id;
    this.nowMs = nowMs;
    this.idleMs = idleMs;
    this.isNamed = clues.named !== undefined;
    this.marks = request && new RequestMarks(request, textDigests);
    this.tips = this.marks?.tips.length ? this.marks.tips.map(({ mark }) => mark) : NOTHING;
    this.#clues = clues;
  }

  get asked(): string | undefined {
    return this.marks?.asked;
  }

  get tails(): readonly (readonly string[])[] {
    const tails = this.#tails();
    return tails.length === 0 ? NOTHING : tails.map(({ marks }) => marks);
  }

  matchedBy({ by, place }: SessionFound): MatchedBy {
    if (by === 'name') return this.#clues.named?.by ?? 'id';
    const kind = by === 'tail' ? this.#tails()[place]?.kind : undefined;
    if (kind === 'response') return 'previous_response_id';
    return kind === 'cache-key' ? 'prompt_cache_key' : MATCHED_BY[by];
  }

  score({ by, place, turn }: SessionFound): number {
    if (by === 'name') return 1;
    if (by === 'nothing') return 0;
    if (by === 'tail') return SCORES[this.#tails()[place]?.kind ?? 'answer'];
    const tip = this.marks?.tips[place];
    const isAsSent = this.hasInstructionsOf(turn) && tip?.isWhole === true && tip.messages === turn?.sent;
    return PREFIX_SCORES[by] - (isAsSent ? 0 : LESS_SURE);
  }

  /** Whether that turn was asked for with the same instructions. */
  hasInstructionsOf(turn: SessionFound['turn']): boolean {
    return turn !== undefined && turn.setting.split('/', 1)[0] === this.marks?.setting.split('/', 1)[0];
  }

  #tails(): readonly Tail[] {
    const { previousResponseId, promptCacheKey } = this.#clues;
    const ofMessages = this.marks?.tails ?? NOTHING;
    if (previousResponseId === undefined && promptCacheKey === undefined) return ofMessages;
    const tails: Tail[] = [];
    if (previousResponseId !== undefined) tails.push({ kind: 'response', marks: [responseMark(previousResponseId)] });
    if (promptCacheKey !== undefined && isOfOneSession(promptCacheKey))
      tails.push({ kind: 'cache-key', marks: [cacheKeyMark(promptCacheKey)] });
    return [...tails, ...ofMessages];
  }
}

/** The mark of a response that later requests go on from. */
export function responseMark(responseId: string): string {
  return `r${digestOf(responseId)}`;
}

/** The mark of a cache key of requests that are no chat. */
export function cacheKeyMark(key: string): string {
  return `c${digestOf(key)}`;
}
