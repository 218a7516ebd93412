import { answeringPlace } from './storage-kit/answering-attempt.ts';
import { countedModel } from './counted-model.ts';
import { costOf, isFree } from './defaults/cost.ts';
import type { CountedUsage } from './estimate-usage.ts';
import type { KeptAnswer } from './kept-answer.ts';
import type { Parts } from './parts.ts';
import type { AttemptRecord, Price, RequestRecord, Usage } from './ports/index.ts';
import type { ReportedAnswer } from './token-audit.ts';

/**
 * What an answer took of its model: as the provider told it, and the text to count where it tells nothing (absent:
 * nothing is to be counted).
 */
export interface Used {
  readonly usage?: Usage | undefined;
  readonly text?: string | undefined;
  /** Whether that text is all there was: no thinking, no call of a tool, one choice. */
  readonly isPlain?: boolean;
}

/** What a request took and cost, all attempts together. */
export type Account = Pick<
  RequestRecord,
  'attempts' | 'usage' | 'usageProvenance' | 'usageIsExact' | 'costNanoUsd' | 'priceVersion' | 'cached'
>;

type Cost = Pick<AttemptRecord, 'costNanoUsd' | 'priceVersion'>;
type Measured = Pick<Required<AttemptRecord>, 'usage' | 'usageProvenance' | 'usageIsExact'>;
/** An attempt that is over, before it is known what it took. */
type MadeAttempt = Omit<AttemptRecord, keyof Cost | keyof Measured>;

/** The cost of what nobody measured, or has a price for. It is not 0. */
const UNKNOWN_COST: Cost = { costNanoUsd: null, priceVersion: undefined };
const UNMEASURED: Measured = { usage: undefined, usageProvenance: 'absent', usageIsExact: undefined };

/** The attempts of one request, and what each of them took. */
export class AttemptAccounts {
  readonly #made: MadeAttempt[] = [];
  readonly #used: Used[] = [];
  /** What was counted, by the place of the attempt. */
  readonly #counted: (CountedUsage | undefined)[] = [];
  #kept: Pick<KeptAnswer, 'from' | 'usage'> | undefined;

  get size(): number {
    return this.#made.length;
  }

  add(made: MadeAttempt, used: Used): void {
    this.#made.push(made);
    this.#used.push(used);
  }

  /** The answer was made before: nobody was asked. */
  fromCache({ from, usage }: KeptAnswer): void {
    this.#kept = { from, usage };
  }

  /** Whether something was said whose tokens nobody has told. */
  isUncounted(): boolean {
    return this.#made.some((_, place) => this.#isUncounted(place));
  }

  /**
   * The model of an attempt, by the name that says most of how it counts; `undefined` where none was made.
   * @param asked the name the caller used.
   * @param place of the attempt. @default the last one
   */
  countedModel(asked: string, place: number = this.#made.length - 1): string | undefined {
    const made = this.#made[place];
    const isStandIn = this.#made.some(({ reason }) => reason === 'fallback');
    return made && countedModel(made, isStandIn ? undefined : asked);
  }

  /**
   * What the one attempt used that said anything, where it was told; of several nobody knows what each was asked.
   * @param asked the name the caller used.
   */
  told(asked: string): Omit<ReportedAnswer, 'call'> | undefined {
    const said = this.#used.filter(({ usage, text = '' }) => usage !== undefined || text !== '');
    const [only] = said;
    if (!only?.usage || said.length > 1) return undefined;
    const model = this.countedModel(asked, this.#used.indexOf(only)) ?? asked;
    return { model, usage: only.usage, text: only.isPlain === true ? only.text : undefined };
  }

  /**
   * Counts what nobody has told.
   *
   * @param estimate the usage of the request with such an answer, by the attempt in that place.
   */
  async count(estimate: (text: string, place: number) => Promise<CountedUsage | undefined>): Promise<void> {
    let before = 0;
    for (let place = 0; place < this.#made.length; place++) {
      const { text = '' } = this.#used[place] ?? {};
      if (this.#isUncounted(place)) {
        const counted = await estimate(text, place);
        // Who goes on with an answer is told what was said of it before.
        if (counted) this.#counted[place] = goingOn(counted, before);
      }
      before += this.#usageAt(place)?.completion_tokens ?? 0;
    }
  }

  /** A price table that fails costs the record its cost, nothing more. */
  close(parts: Parts, requestId: string): Account {
    if (this.#kept) return keptAccount(this.#kept);
    return inAll(this.#made.map((made, place) => attemptRecord(made, this.#measuredAt(place, made), parts, requestId)));
  }

  #isUncounted(place: number): boolean {
    const { usage, text } = this.#used[place] ?? {};
    return usage === undefined && text !== undefined && (text !== '' || this.#made[place]?.outcome === 'ok');
  }

  #usageAt(place: number): Usage | undefined {
    return this.#used[place]?.usage ?? this.#counted[place]?.usage;
  }

  #measuredAt(place: number, { outcome }: MadeAttempt): Measured {
    const usage = this.#usageAt(place);
    if (!usage) return UNMEASURED;
    if (this.#used[place]?.usage) return { usage, usageProvenance: 'reported', usageIsExact: undefined };
    const usageIsExact = this.#counted[place]?.isExact ?? false;
    return { usage, usageProvenance: outcome === 'ok' ? 'estimated' : 'partial', usageIsExact };
  }
}

/** Written out: one put together by spreads takes 0.5 us, and has a shape of its own. */
function attemptRecord(made: MadeAttempt, measured: Measured, parts: Parts, requestId: string): AttemptRecord {
  const cost = priced(made, measured.usage, parts, requestId);
  return {
    reason: made.reason,
    target: made.target,
    providerId: made.providerId,
    providerKind: made.providerKind,
    model: made.model,
    keyId: made.keyId,
    startedAfterMs: made.startedAfterMs,
    firstContentMs: made.firstContentMs,
    durationMs: made.durationMs,
    outcome: made.outcome,
    error: made.error,
    usage: measured.usage,
    usageProvenance: measured.usageProvenance,
    usageIsExact: measured.usageIsExact,
    costNanoUsd: cost.costNanoUsd,
    priceVersion: cost.priceVersion,
  };
}

/** What was used and paid for once, and is not again. */
function keptAccount({ from, usage }: Pick<KeptAnswer, 'from' | 'usage'>): Account {
  return { attempts: [], usage, usageProvenance: 'cached', costNanoUsd: 0, priceVersion: undefined, cached: from };
}

/** What was said before comes as a message of its own, and how that is put nobody has published. */
function goingOn({ usage, isExact }: CountedUsage, before: number): CountedUsage {
  const { prompt_tokens: prompt, completion_tokens: completion } = usage;
  const told = { ...usage, prompt_tokens: prompt + before, total_tokens: prompt + before + completion };
  return { usage: told, isExact: isExact && before === 0 };
}

function priced(
  { providerId, providerKind, model, outcome }: MadeAttempt,
  usage: Usage | undefined,
  { prices, clock, logger }: Parts,
  requestId: string,
): Cost {
  if (!usage && outcome !== 'ok') return UNKNOWN_COST;
  try {
    const price = prices.priceOf({ providerId, providerKind, model, atMs: clock.now() });
    const costNanoUsd = price && costAt(price, usage);
    return costNanoUsd === undefined ? UNKNOWN_COST : { costNanoUsd, priceVersion: price?.version };
  } catch (cause) {
    logger.error({ requestId, cause }, 'the cost of an answer could not be told');
    return UNKNOWN_COST;
  }
}

/** What is free costs nothing, also where nobody knows how much of it was used. */
function costAt(price: Price, usage: Usage | undefined): number | undefined {
  if (usage) return costOf(usage, price);
  return isFree(price) ? 0 : undefined;
}

/** What is not known of the attempt that answered is not known of the request. */
function inAll(attempts: readonly AttemptRecord[]): Account {
  const [only] = attempts;
  if (only && attempts.length === 1) return withAll(attempts, only);
  const answering = attempts[answeringPlace(attempts)];
  const measured = attempts.filter(({ usage }) => usage !== undefined);
  // An attempt that failed before it said anything took nothing; others may have been paid for.
  const told = answering?.usage || answering?.outcome !== 'error' ? answering : measured.at(-1);
  if (told && !told.usage && measured.length === 0) return withAll(attempts, told);
  if (!told?.usage) return { attempts, ...UNMEASURED, ...UNKNOWN_COST };
  if (measured.length === 1) return withAll(attempts, told);
  const { usageProvenance, costNanoUsd, priceVersion } = told;
  const counted = measured.flatMap(({ usageIsExact }) => usageIsExact ?? []);
  const isReported = measured.every((attempt) => attempt.usageProvenance === 'reported');
  return {
    attempts,
    usage: sumOf(measured),
    usageProvenance: usageProvenance === 'reported' && !isReported ? 'estimated' : usageProvenance,
    usageIsExact: counted.length === 0 ? undefined : counted.every((isExact) => isExact),
    costNanoUsd: costNanoUsd === null ? null : measured.reduce((sum, attempt) => sum + (attempt.costNanoUsd ?? 0), 0),
    priceVersion,
  };
}

/** One of them took all that is known of. */
function withAll(attempts: readonly AttemptRecord[], one: AttemptRecord): Account {
  const { usage, usageProvenance, usageIsExact, costNanoUsd, priceVersion } = one;
  return { attempts, usage, usageProvenance, usageIsExact, costNanoUsd, priceVersion };
}

function sumOf(attempts: readonly AttemptRecord[]): Usage {
  let prompt = 0;
  let completion = 0;
  for (const { usage } of attempts) {
    prompt += usage?.prompt_tokens ?? 0;
    completion += usage?.completion_tokens ?? 0;
  }
  return { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion };
}
