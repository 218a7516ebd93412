import type { Caller } from '../ports/authenticator.ts';
import type { Clock } from '../ports/clock.ts';
import type { Estimate, Lease, Limiter, Settlement } from '../ports/limiter.ts';
import type { Bound, Quota, Refusal, Reservation } from '../ports/quota.ts';
import type { Expected, MostUse } from './claims-of-caller.ts';
import { budgetKeyOf, CallerLimits, unknownOf } from './claims-of-caller.ts';
import { FirstAnswers } from './first-answers.ts';
import { costUnknown, refusalError } from './limit-errors.ts';
import type { ExpectedUse } from './usual-use.ts';
import { UsualUse } from './usual-use.ts';
import { isPromise } from './is-promise.ts';

/** Limits of the whole hub, and what it does about money it cannot count. */
export interface LimiterOptions {
  /** Requests the hub takes in a second, all callers together. `Infinity`: as many as come. */
  readonly requestsPerSecond: number;
  /**
   * What a caller with a budget of money gets of a model whose cost cannot be told: it has no price, or its answers tell
   * no tokens. `refuse`: the error `forbidden`, for its budget would mean nothing. `allow`: an answer that counts nothing.
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

/** What one request comes with. */
interface Asking {
  readonly caller: Caller;
  readonly expected: Expected;
  /** Where its answer is cut off: what bounds its length. */
  readonly cut?: Cut | undefined;
  /** What is settled when it is over. */
  readonly settled: (settlement: Settlement) => Settlement;
}

interface Cut {
  readonly promptTokens: number;
  readonly nanoUsdPerToken: number | undefined;
}

class QuotaLimiter implements Limiter {
  readonly #options: LimiterOptions;
  readonly #quota: Quota;
  readonly #usual: UsualUse;
  readonly #first: FirstAnswers;
  readonly #known = new WeakMap<Caller, CallerLimits>();

  constructor(options: LimiterOptions, quota: Quota, clock: Clock) {
    this.#options = options;
    this.#quota = quota;
    this.#usual = new UsualUse(clock);
    this.#first = new FirstAnswers(clock);
  }

  acquire(caller: Caller, estimate: Estimate, signal: AbortSignal): Lease | Promise<Lease> {
    const { tokensPerMinute, budgetNanoUsd } = caller;
    const hasBudget = budgetNanoUsd?.day !== undefined || budgetNanoUsd?.month !== undefined;
    if (!hasBudget && tokensPerMinute === undefined)
      return this.#take({ caller, expected: NOTHING, settled: unchanged });
    const use = this.#usual.expected(caller.id, estimate.model);
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
    const expected = (): ExpectedUse => this.#usual.expected(caller.id, model);
    const isKnown = (): boolean => expected().isUnpriced || expected().nanoUsdPerToken !== undefined;
    const leave = await this.#first.turn(model, isKnown, signal);
    try {
      const use = expected();
      if (use.isUnpriced && this.#options.unpriced === 'refuse') throw costUnknown(model);
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
    const cut = this.#options.cutStreams ? { promptTokens, nanoUsdPerToken: use.nanoUsdPerToken } : undefined;
    const settled = ({ usage, costNanoUsd: cost, isUnmeasured }: Settlement): Settlement => {
      if (usage && !(usage.total_tokens > 0)) return { usage, costNanoUsd: cost ?? 0 };
      // What is not known by a fault teaches nothing, and is not free.
      if (!usage && !isUnmeasured) return { usage, costNanoUsd: cost };
      this.#usual.learn(caller.id, model, {
        promptTokens,
        completionTokens: usage?.completion_tokens,
        costNanoUsd: cost,
      });
      return { usage, costNanoUsd: cost ?? this.#untold(use) };
    };
    return this.#take({ caller, expected: { tokens: Math.ceil(tokens), costNanoUsd }, cut, settled });
  }

  /**
   * What stands for a cost that cannot be told: what such answers usually cost, where that is known. What was reserved
   * blindly says nothing, and would use up a budget of which nothing is spent.
   */
  #untold({ nanoUsdPerToken }: ExpectedUse): number | null {
    return this.#options.unpriced === 'allow' || nanoUsdPerToken === undefined ? 0 : null;
  }

  #take(asking: Asking): Lease | Promise<Lease> {
    const limits = this.#limitsOf(asking.caller);
    if (limits.isEmpty) return UNLIMITED;
    const bounds = limits.boundsFor(asking.expected);
    const taken = this.#quota.take(bounds);
    return isPromise(taken)
      ? taken.then((came) => leaseOn(came, bounds, limits, asking))
      : leaseOn(taken, bounds, limits, asking);
  }

  #limitsOf(caller: Caller): CallerLimits {
    let limits = this.#known.get(caller);
    if (!limits?.areOf(caller))
      this.#known.set(caller, (limits = new CallerLimits(this.#options.requestsPerSecond, caller)));
    return limits;
  }
}

/** @throws NexusError where the quota has refused it. */
function leaseOn(
  came: Reservation | Refusal,
  bounds: readonly Bound[],
  limits: CallerLimits,
  { caller, cut, settled }: Asking,
): Lease {
  if ('refusedBy' in came) throw refusalError(came, limits, caller);
  return {
    limits: limits.states(came.levels),
    mostCompletionTokens: cut && mostBy(cut, limits.most(bounds, came.levels)),
    settle(settlement) {
      came.settle(limits.used(settled(settlement)));
    },
  };
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
function mostBy({ promptTokens, nanoUsdPerToken = 0 }: Cut, { tokens, costNanoUsd }: MostUse): number | undefined {
  const paid = nanoUsdPerToken > 0 ? costNanoUsd / nanoUsdPerToken : Infinity;
  const most = Math.floor(Math.min(tokens, paid) - promptTokens);
  return Number.isFinite(most) ? Math.max(1, most) : undefined;
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
