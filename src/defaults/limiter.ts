import type { Caller } from '../ports/authenticator.ts';
import type { Clock } from '../ports/clock.ts';
import type { Estimate, Lease, Limiter, Settlement } from '../ports/limiter.ts';
import type { Quota } from '../ports/quota.ts';
import type { Expected, MostUse } from './claims-of-caller.ts';
import { budgetKeyOf, CallerClaims, unknownOf } from './claims-of-caller.ts';
import { FirstAnswers } from './first-answers.ts';
import { noPrice, refusalError } from './limit-errors.ts';
import type { ExpectedUse } from './usual-use.ts';
import { UsualUse } from './usual-use.ts';

/** Limits of the whole hub, and what it does about money it cannot count. */
export interface LimiterOptions {
  /** Requests the hub takes in a second, all callers together. `Infinity`: as many as come. */
  readonly requestsPerSecond: number;
  /**
   * What a caller with a budget of money gets of a model whose price is not known. `refuse`: the error `forbidden`, for
   * its budget would mean nothing. `allow`: an answer that counts nothing.
   */
  readonly unpriced: 'refuse' | 'allow';
  /** Whether an answer is cut off that passes what was left of its caller's tokens or money when it was let in. */
  readonly cutStreams: boolean;
}

/** Tokens an answer is expected to have where none of its model is over yet. */
const FIRST_COMPLETION_TOKENS = 256;

/**
 * The limits of the hub and of its callers, all of one request in one step: requests per second for the hub; requests
 * and tokens per minute, requests at once, and money per day and month for each caller.
 *
 * Tokens and money are reserved by what such requests usually came to, and settled by what was used.
 */
export function quotaLimiter(options: LimiterOptions, quota: Quota, clock: Clock): Limiter {
  return new QuotaLimiter(options, quota, clock);
}

class QuotaLimiter implements Limiter {
  readonly #options: LimiterOptions;
  readonly #quota: Quota;
  readonly #clock: Clock;
  readonly #usual = new UsualUse();
  readonly #first: FirstAnswers;

  constructor(options: LimiterOptions, quota: Quota, clock: Clock) {
    this.#options = options;
    this.#quota = quota;
    this.#clock = clock;
    this.#first = new FirstAnswers(clock);
  }

  acquire(caller: Caller, estimate: Estimate, signal: AbortSignal): Lease | Promise<Lease> {
    const { tokensPerMinute, budgetNanoUsd } = caller;
    const hasBudget = budgetNanoUsd?.day !== undefined || budgetNanoUsd?.month !== undefined;
    if (!hasBudget && tokensPerMinute === undefined) return this.#take(caller, NOTHING, undefined, unchanged);
    const use = this.#usual.expected(caller.id, estimate.model, this.#clock.elapsed());
    if (hasBudget && use.nanoUsdPerToken === undefined) return this.#takeOfBudget(caller, estimate, signal);
    return this.#takeExpected(caller, estimate, use);
  }

  async rebuild(callerId: string, spent: { day?: number; month?: number }): Promise<{ day?: number; month?: number }> {
    const drift: { day?: number; month?: number } = {};
    for (const window of ['day', 'month'] as const) {
      const used = spent[window];
      if (used === undefined) continue;
      drift[window] = await this.#quota.rebuild({ key: budgetKeyOf(callerId), window }, used);
    }
    return drift;
  }

  /** Takes for a caller with a budget, of a model whose cost nobody knows yet. */
  async #takeOfBudget(caller: Caller, estimate: Estimate, signal: AbortSignal): Promise<Lease> {
    const { model } = estimate;
    const expected = (): ExpectedUse => this.#usual.expected(caller.id, model, this.#clock.elapsed());
    const isKnown = (): boolean => expected().isUnpriced || expected().nanoUsdPerToken !== undefined;
    const leave = await this.#first.turn(model, isKnown, signal);
    try {
      const use = expected();
      if (use.isUnpriced && this.#options.unpriced === 'refuse') throw noPrice(model);
      const lease = await this.#takeExpected(caller, estimate, use);
      return leave ? leavingAfter(lease, leave) : lease;
    } catch (cause) {
      leave?.();
      throw cause;
    }
  }

  #takeExpected(caller: Caller, estimate: Estimate, use: ExpectedUse): Lease | Promise<Lease> {
    // The estimate knows the whole request: what lasts as long as the lease keeps two of its members only.
    const { model, promptTokens } = estimate;
    const tokens = tokensOf(estimate, use, caller);
    const costNanoUsd = use.isUnpriced ? 0 : use.nanoUsdPerToken && use.nanoUsdPerToken * Math.max(1, tokens);
    const expected = { tokens: Math.ceil(tokens), costNanoUsd };
    const capOf = this.#options.cutStreams ? capBy(promptTokens, use.nanoUsdPerToken) : undefined;
    return this.#take(caller, expected, capOf, ({ usage, costNanoUsd: cost }) => {
      if (!usage || !(usage.total_tokens > 0)) return { usage, costNanoUsd: cost };
      const answer = { promptTokens, completionTokens: usage.completion_tokens, costNanoUsd: cost };
      this.#usual.learn(caller.id, model, answer, this.#clock.elapsed());
      return { usage, costNanoUsd: cost ?? (this.#options.unpriced === 'allow' ? 0 : null) };
    });
  }

  #take(
    caller: Caller,
    expected: Expected,
    capOf: ((most: MostUse) => number | undefined) | undefined,
    settled: (settlement: Settlement) => Settlement,
  ): Lease | Promise<Lease> {
    const claims = new CallerClaims(this.#options.requestsPerSecond, caller, expected);
    if (claims.bounds.length === 0) return UNLIMITED;
    const taken = this.#quota.take(claims.bounds);
    const leaseOn = (came: Awaited<typeof taken>): Lease => {
      if ('refusedBy' in came) throw refusalError(came, claims, caller);
      return {
        limits: claims.states(came.levels),
        mostCompletionTokens: capOf?.(claims.most(came.levels)),
        settle(settlement) {
          came.settle(claims.used(settled(settlement)));
        },
      };
    };
    return taken instanceof Promise ? taken.then(leaseOn) : leaseOn(taken);
  }
}

const NOTHING: Expected = { tokens: 0, costNanoUsd: undefined };

const unchanged = (settlement: Settlement): Settlement => settlement;

const UNLIMITED: Lease = { settle: () => undefined };

/** What is reserved: the prompt, and an answer as long as such answers usually are, but no longer than was asked for. */
function tokensOf(estimate: Estimate, use: ExpectedUse, { tokensPerMinute = Infinity }: Caller): number {
  const { promptTokens, maxCompletionTokens = Infinity } = estimate;
  const usual = use.completionTokens ?? Math.min(FIRST_COMPLETION_TOKENS, unknownOf(tokensPerMinute));
  return promptTokens + Math.max(0, Math.min(usual, maxCompletionTokens));
}

/** How long an answer may be, by what may be used; `undefined`: nothing bounds it. */
function capBy(promptTokens: number, nanoUsdPerToken = 0): (most: MostUse) => number | undefined {
  return ({ tokens, costNanoUsd }) => {
    const paid = nanoUsdPerToken > 0 ? costNanoUsd / nanoUsdPerToken : Infinity;
    const most = Math.floor(Math.min(tokens, paid) - promptTokens);
    return Number.isFinite(most) ? Math.max(1, most) : undefined;
  };
}

/** The same lease, which also tells when it is over. */
function leavingAfter(lease: Lease, leave: () => void): Lease {
  return {
    ...lease,
    settle(settlement) {
      lease.settle(settlement);
      leave();
    },
  };
}
