import { answeringPlace } from './storage-kit/answering-attempt.ts';
import { costOf } from './defaults/cost.ts';
import type { Parts } from './parts.ts';
import type { AttemptRecord, RequestRecord, Usage } from './ports/index.ts';

/**
 * What an answer took of its model: as the provider told it, and the text to count where it tells nothing (absent:
 * nothing is to be counted).
 */
export interface Used {
  readonly usage?: Usage | undefined;
  readonly text?: string | undefined;
}

/** What a request took and cost, all attempts together. */
export type Account = Pick<RequestRecord, 'attempts' | 'usage' | 'usageProvenance' | 'costNanoUsd' | 'priceVersion'>;

type Cost = Pick<AttemptRecord, 'costNanoUsd' | 'priceVersion'>;
type Measured = Pick<AttemptRecord, 'usage' | 'usageProvenance'>;
/** An attempt that is over, before it is known what it took. */
type MadeAttempt = Omit<AttemptRecord, keyof Cost | keyof Measured>;

/** The cost of what nobody measured, or has a price for. It is not 0. */
const UNKNOWN_COST: Cost = { costNanoUsd: null, priceVersion: undefined };
const UNMEASURED: Measured = { usage: undefined, usageProvenance: 'absent' };

/** The attempts of one request, and what each of them took. */
export class AttemptAccounts {
  readonly #made: MadeAttempt[] = [];
  readonly #used: Used[] = [];
  /** What was counted, by the place of the attempt. */
  readonly #counted = new Map<number, Usage>();

  get size(): number {
    return this.#made.length;
  }

  add(made: MadeAttempt, used: Used): void {
    this.#made.push(made);
    this.#used.push(used);
  }

  /** Whether something was said whose tokens nobody has told. */
  isUncounted(): boolean {
    return this.#made.some((_, place) => this.#isUncounted(place));
  }

  /**
   * Counts what nobody has told.
   *
   * @param estimate the usage of the request with such an answer.
   */
  async count(estimate: (text: string) => Promise<Usage | undefined>): Promise<void> {
    let before = 0;
    for (let place = 0; place < this.#made.length; place++) {
      const { text = '' } = this.#used[place] ?? {};
      if (this.#isUncounted(place)) {
        const counted = await estimate(text);
        // Who goes on with an answer is told what was said of it before.
        if (counted) this.#counted.set(place, withPrompt(counted, counted.prompt_tokens + before));
      }
      before += this.#usageAt(place)?.completion_tokens ?? 0;
    }
  }

  /** A price table that fails costs the record its cost, nothing more. */
  close(parts: Parts, requestId: string): Account {
    const attempts = this.#made.map((made, place): AttemptRecord => {
      const measured = this.#measuredAt(place, made);
      // A literal that begins with a spread would take 1 us, and give each record a shape of its own.
      return Object.assign({}, made, measured, priced(made, measured.usage, parts, requestId));
    });
    return { attempts, ...inAll(attempts) };
  }

  #isUncounted(place: number): boolean {
    const { usage, text } = this.#used[place] ?? {};
    return usage === undefined && text !== undefined && (text !== '' || this.#made[place]?.outcome === 'ok');
  }

  #usageAt(place: number): Usage | undefined {
    return this.#used[place]?.usage ?? this.#counted.get(place);
  }

  #measuredAt(place: number, { outcome }: MadeAttempt): Measured {
    const usage = this.#usageAt(place);
    if (!usage) return UNMEASURED;
    if (this.#used[place]?.usage) return { usage, usageProvenance: 'reported' };
    return { usage, usageProvenance: outcome === 'ok' ? 'estimated' : 'partial' };
  }
}

function withPrompt(usage: Usage, promptTokens: number): Usage {
  return { ...usage, prompt_tokens: promptTokens, total_tokens: promptTokens + usage.completion_tokens };
}

function priced(
  { providerId, providerKind, model }: MadeAttempt,
  usage: Usage | undefined,
  { prices, clock, logger }: Parts,
  requestId: string,
): Cost {
  if (!usage) return UNKNOWN_COST;
  try {
    const price = prices.priceOf({ providerId, providerKind, model, atMs: clock.now() });
    const costNanoUsd = price && costOf(usage, price);
    return costNanoUsd === undefined ? UNKNOWN_COST : { costNanoUsd, priceVersion: price?.version };
  } catch (cause) {
    logger.error({ requestId, cause }, 'the cost of an answer could not be told');
    return UNKNOWN_COST;
  }
}

/** What is not known of the attempt that answered is not known of the request. */
function inAll(attempts: readonly AttemptRecord[]): Omit<Account, 'attempts'> {
  const answering = attempts[answeringPlace(attempts)];
  const measured = attempts.filter(({ usage }) => usage !== undefined);
  // An attempt that failed before it said anything took nothing; others may have been paid for.
  const told = answering?.usage || answering?.outcome !== 'error' ? answering : measured.at(-1);
  if (!told?.usage) return { ...UNMEASURED, ...UNKNOWN_COST };
  const { usage, usageProvenance, costNanoUsd, priceVersion } = told;
  if (measured.length === 1) return { usage, usageProvenance, costNanoUsd, priceVersion };
  const isReported = measured.every((attempt) => attempt.usageProvenance === 'reported');
  return {
    usage: sumOf(measured),
    usageProvenance: usageProvenance === 'reported' && !isReported ? 'estimated' : usageProvenance,
    costNanoUsd: costNanoUsd === null ? null : measured.reduce((sum, attempt) => sum + (attempt.costNanoUsd ?? 0), 0),
    priceVersion,
  };
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
