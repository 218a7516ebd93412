import type { Clock } from '../ports/clock.ts';
import { RecentMap } from './recent-map.ts';

/** Kinds of requests that are remembered; over it those asked for longest ago are forgotten. */
const MOST_KINDS = 20_000;

/**
 * How far one answer moves what is expected of the next: further up than down, so that about three of four answers stay
 * below it. Answers that are all alike are expected exactly.
 */
const UP = 0.3;
const DOWN = 0.1;

/** How long a model whose cost cannot be told is not tried again; prices may be set meanwhile. */
const UNPRICED_MS = 60_000;

/** What one kind of request came to so far. */
interface Use {
  completionTokens: number | undefined;
  /** Nano-dollars for each token of prompt (as guessed) and answer. */
  nanoUsdPerToken: number | undefined;
  /** When what an answer cost could last not be told. Where that of others could, theirs is expected. */
  unpricedAtMs: number | undefined;
}

/** What one answer came to. */
export interface AnswerUse {
  /** Tokens of its prompt as they were guessed: what is expected next is made of such a guess, too. */
  readonly promptTokens: number;
  /** `undefined`: nobody tells. */
  readonly completionTokens: number | undefined;
  /** `null`: it has no price, or no tokens to be priced. */
  readonly costNanoUsd: number | null;
}

/** What the next request of a kind is expected to come to, as far as earlier ones tell. */
export interface ExpectedUse {
  readonly completionTokens: number | undefined;
  /** Nano-dollars for each token. */
  readonly nanoUsdPerToken: number | undefined;
  /** What its answers cost could not be told, of none of those that came lately. */
  readonly isUnpriced: boolean;
}

/**
 * What requests usually come to, learned from those that are over: by caller and model, and by model alone for callers
 * who have not used it yet. `max_tokens` says what an answer may have at most; nearly all stay far below.
 */
export class UsualUse {
  readonly #uses = new RecentMap<string, Use>(MOST_KINDS);
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  expected(callerId: string, model: string): ExpectedUse {
    const own = this.#uses.get(keyOf(callerId, model));
    const all = this.#uses.get(model);
    const nanoUsdPerToken = own?.nanoUsdPerToken ?? all?.nanoUsdPerToken;
    const unpricedAtMs = nanoUsdPerToken === undefined ? all?.unpricedAtMs : undefined;
    return {
      completionTokens: own?.completionTokens ?? all?.completionTokens,
      nanoUsdPerToken,
      isUnpriced: unpricedAtMs !== undefined && this.#clock.elapsed() - unpricedAtMs < UNPRICED_MS,
    };
  }

  learn(callerId: string, model: string, answer: AnswerUse): void {
    this.#learn(keyOf(callerId, model), answer);
    this.#learn(model, answer);
  }

  #learn(key: string, { promptTokens, completionTokens, costNanoUsd }: AnswerUse): void {
    let use = this.#uses.get(key);
    if (!use) {
      use = { completionTokens: undefined, nanoUsdPerToken: undefined, unpricedAtMs: undefined };
      this.#uses.set(key, use);
    }
    if (completionTokens !== undefined) use.completionTokens = moved(use.completionTokens, completionTokens);
    if (costNanoUsd === null) use.unpricedAtMs = this.#clock.elapsed();
    else
      use.nanoUsdPerToken = moved(
        use.nanoUsdPerToken,
        costNanoUsd / Math.max(1, promptTokens + (completionTokens ?? 0)),
      );
  }
}

function keyOf(callerId: string, model: string): string {
  return `${model}\n${callerId}`;
}

function moved(expected: number | undefined, came: number): number {
  if (expected === undefined) return came;
  return expected + (came > expected ? UP : DOWN) * (came - expected);
}
