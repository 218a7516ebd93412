import type { LimitName, LimitState } from '../errors.ts';
import type { Caller } from '../ports/authenticator.ts';
import type { Settlement } from '../ports/limiter.ts';
import type { Bound, BudgetBound, Level } from '../ports/quota.ts';

/** What a request is expected to come to. */
export interface Expected {
  readonly tokens: number;
  /** Nano-dollars; `undefined`: nobody knows yet. */
  readonly costNanoUsd: number | undefined;
}

/** What a request could use of its limits at most, as they stood when it was let in. */
export interface MostUse {
  readonly tokens: number;
  readonly costNanoUsd: number;
}

/** Where nothing is known of a request it reserves this part of a limit: that many at once are let in half-blind. */
const UNKNOWN_PART = 1 / 40;

/** What is reserved of a limit for something of which nothing is known. */
export function unknownOf(limit: number): number {
  return limit * UNKNOWN_PART;
}

/** The key of a caller's budgets. */
export function budgetKeyOf(callerId: Caller['id']): string {
  return `caller:${callerId}:usd`;
}

/** Keys of a caller's counters. */
interface CounterKeys {
  readonly requests: string;
  readonly tokens: string;
  readonly slots: string;
}

/** A text that is put together anew for each request has to be hashed anew, too. */
const knownKeys = new WeakMap<Caller, CounterKeys>();

function keysOf(caller: Caller): CounterKeys {
  let keys = knownKeys.get(caller);
  if (!keys) {
    const slots = `caller:${caller.id}`;
    knownKeys.set(caller, (keys = { requests: `${slots}:requests`, tokens: `${slots}:tokens`, slots }));
  }
  return keys;
}

/** The limits that one request counts against: the bounds a quota is asked for, each with its name. */
export class CallerClaims {
  readonly bounds: Bound[] = [];
  readonly #names: LimitName[] = [];

  constructor(requestsPerSecond: number, caller: Caller, expected: Expected) {
    if (Number.isFinite(requestsPerSecond))
      this.#add('requests_per_second', {
        kind: 'rate',
        key: 'hub:requests',
        limit: requestsPerSecond,
        perMs: 1_000,
        units: 1,
      });
    const { id, requestsPerMinute, tokensPerMinute, maxConcurrent, budgetNanoUsd } = caller;
    const keys = keysOf(caller);
    if (requestsPerMinute !== undefined)
      this.#add('requests_per_minute', perMinute(keys.requests, requestsPerMinute, 1));
    if (tokensPerMinute !== undefined)
      this.#add('tokens_per_minute', perMinute(keys.tokens, tokensPerMinute, expected.tokens));
    if (maxConcurrent !== undefined)
      this.#add('concurrent_requests', { kind: 'slots', key: keys.slots, limit: maxConcurrent });
    if (budgetNanoUsd?.day !== undefined)
      this.#add('budget_per_day', budget(id, 'day', budgetNanoUsd.day, expected.costNanoUsd));
    if (budgetNanoUsd?.month !== undefined)
      this.#add('budget_per_month', budget(id, 'month', budgetNanoUsd.month, expected.costNanoUsd));
  }

  /** Which limit stands at a place, and how much it allows. */
  at(place: number): { readonly name: LimitName; readonly limit: number } {
    return { name: this.#names[place] ?? 'requests_per_second', limit: this.bounds[place]?.limit ?? 0 };
  }

  /** What callers are told: the requests and tokens of their own limits, or the requests of the hub. */
  states(levels: readonly Level[]): readonly LimitState[] {
    const ofHub = this.#stateAt(this.#names.indexOf('requests_per_second'), 'requests', levels);
    const requests = this.#stateAt(this.#names.indexOf('requests_per_minute'), 'requests', levels) ?? ofHub;
    const tokens = this.#stateAt(this.#names.indexOf('tokens_per_minute'), 'tokens', levels);
    return [requests, tokens].filter((state) => state !== undefined);
  }

  /** What is left for this request: what it has reserved, and what nobody has. */
  most(levels: readonly Level[]): MostUse {
    let [tokens, costNanoUsd] = [Infinity, Infinity];
    for (const [place, bound] of this.bounds.entries()) {
      if (bound.kind === 'slots') continue;
      const left = Math.min(bound.limit, (levels[place]?.remaining ?? 0) + bound.units);
      if (bound.kind === 'budget') costNanoUsd = Math.min(costNanoUsd, left);
      else if (this.#names[place] === 'tokens_per_minute') tokens = left;
    }
    return { tokens, costNanoUsd };
  }

  /** What was used of each bound. */
  used({ usage, costNanoUsd }: Settlement): (number | undefined)[] {
    return this.#names.map((name) => {
      if (name === 'tokens_per_minute') return usage?.total_tokens;
      return name === 'budget_per_day' || name === 'budget_per_month' ? (costNanoUsd ?? undefined) : undefined;
    });
  }

  #stateAt(place: number, what: LimitState['what'], levels: readonly Level[]): LimitState | undefined {
    const [level, bound] = [levels[place], this.bounds[place]];
    return level && bound && { what, limit: bound.limit, remaining: level.remaining, resetMs: level.resetMs };
  }

  #add(name: LimitName, bound: Bound): void {
    this.#names.push(name);
    this.bounds.push(bound);
  }
}

function perMinute(key: string, limit: number, units: number): Bound {
  return { kind: 'rate', key, limit, perMs: 60_000, units };
}

/** A request that is expected to cost more than all of it is let in while nothing is spent: it is but a guess. */
function budget(callerId: string, window: BudgetBound['window'], limit: number, cost: number | undefined): Bound {
  const units = Math.min(limit, Math.round(cost ?? unknownOf(limit)));
  return { kind: 'budget', key: budgetKeyOf(callerId), limit, window, units };
}
