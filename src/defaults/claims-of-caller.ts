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

/** What of a caller says how much it may use. */
type Limited = {
  readonly [K in 'requestsPerMinute' | 'tokensPerMinute' | 'maxConcurrent' | 'budgetNanoUsd']?: Caller[K] | undefined;
};

/** One limit, and the bound a quota is asked for; of those that depend on the request, without its units. */
interface Limit {
  readonly name: LimitName;
  readonly bound: Bound;
}

/**
 * The limits that requests of one caller count against. Put together once for each caller, as long as it has the same
 * ones: texts that are new for each request have to be hashed anew, too.
 */
export class CallerLimits {
  readonly #caller: Limited;
  readonly #limits: readonly Limit[];
  readonly #hubRequests: number;
  readonly #requests: number;
  readonly #tokens: number;

  constructor(requestsPerSecond: number, caller: Caller) {
    const { requestsPerMinute, tokensPerMinute, maxConcurrent, budgetNanoUsd } = caller;
    this.#caller = { requestsPerMinute, tokensPerMinute, maxConcurrent, budgetNanoUsd: { ...budgetNanoUsd } };
    this.#limits = limitsOf(requestsPerSecond, caller);
    const placeOf = (wanted: LimitName): number => this.#limits.findIndex(({ name }) => name === wanted);
    this.#hubRequests = placeOf('requests_per_second');
    this.#requests = placeOf('requests_per_minute');
    this.#tokens = placeOf('tokens_per_minute');
  }

  /** Whether the caller has these still: authenticators may change what they give. */
  areOf({ requestsPerMinute, tokensPerMinute, maxConcurrent, budgetNanoUsd }: Limited): boolean {
    const { day, month } = this.#caller.budgetNanoUsd ?? {};
    return (
      requestsPerMinute === this.#caller.requestsPerMinute &&
      tokensPerMinute === this.#caller.tokensPerMinute &&
      maxConcurrent === this.#caller.maxConcurrent &&
      budgetNanoUsd?.day === day &&
      budgetNanoUsd?.month === month
    );
  }

  get isEmpty(): boolean {
    return this.#limits.length === 0;
  }

  /** The bounds that a quota is asked for. */
  boundsFor({ tokens, costNanoUsd }: Expected): readonly Bound[] {
    return this.#limits.map(({ name, bound }) => {
      if (bound.kind === 'budget') return budget(bound.key, bound.window, bound.limit, costNanoUsd);
      return name === 'tokens_per_minute' ? perMinute(bound.key, bound.limit, tokens) : bound;
    });
  }

  /** Which limit stands at a place, and how much it allows. */
  at(place: number): { readonly name: LimitName; readonly limit: number } {
    const { name = 'requests_per_second', bound } = this.#limits[place] ?? {};
    return { name, limit: bound?.limit ?? 0 };
  }

  /** What callers are told: the requests and tokens of their own limits, or the requests of the hub. */
  states(levels: readonly Level[]): readonly LimitState[] {
    const requests =
      this.#stateAt(this.#requests, 'requests', levels) ?? this.#stateAt(this.#hubRequests, 'requests', levels);
    const tokens = this.#stateAt(this.#tokens, 'tokens', levels);
    if (requests && tokens) return [requests, tokens];
    const one = requests ?? tokens;
    return one ? [one] : [];
  }

  /** What is left for a request with these bounds: what it has reserved, and what nobody has. */
  most(bounds: readonly Bound[], levels: readonly Level[]): MostUse {
    let [tokens, costNanoUsd] = [Infinity, Infinity];
    let place = 0;
    for (const bound of bounds) {
      const { remaining = 0 } = levels[place] ?? {};
      if (bound.kind === 'budget') costNanoUsd = Math.min(costNanoUsd, bound.limit, remaining + bound.units);
      else if (bound.kind === 'rate' && place === this.#tokens) tokens = Math.min(bound.limit, remaining + bound.units);
      place++;
    }
    return { tokens, costNanoUsd };
  }

  /** What was used of each bound. */
  used({ usage, costNanoUsd }: Settlement): (number | undefined)[] {
    return this.#limits.map(({ name, bound }) => {
      if (bound.kind === 'budget') return costNanoUsd ?? undefined;
      return name === 'tokens_per_minute' ? usage?.total_tokens : undefined;
    });
  }

  #stateAt(place: number, what: LimitState['what'], levels: readonly Level[]): LimitState | undefined {
    if (place < 0) return undefined;
    const level = levels[place];
    const limit = this.#limits[place]?.bound.limit;
    if (!level || limit === undefined) return undefined;
    return { what, limit, remaining: level.remaining, resetMs: level.resetMs };
  }
}

function limitsOf(requestsPerSecond: number, caller: Caller): readonly Limit[] {
  const { id, requestsPerMinute, tokensPerMinute, maxConcurrent, budgetNanoUsd } = caller;
  const limits: Limit[] = [];
  const add = (name: LimitName, bound: Bound): void => {
    // Whoever says so means that there is none; nobody can be told how much is left of it.
    if (bound.limit !== Infinity) limits.push({ name, bound });
  };
  const key = `caller:${id}`;
  add('requests_per_second', { kind: 'rate', key: 'hub:requests', limit: requestsPerSecond, perMs: 1_000, units: 1 });
  if (requestsPerMinute !== undefined) add('requests_per_minute', perMinute(`${key}:requests`, requestsPerMinute, 1));
  if (tokensPerMinute !== undefined) add('tokens_per_minute', perMinute(`${key}:tokens`, tokensPerMinute, 0));
  if (maxConcurrent !== undefined) add('concurrent_requests', { kind: 'slots', key, limit: maxConcurrent });
  for (const window of ['day', 'month'] as const) {
    const limit = budgetNanoUsd?.[window];
    if (limit !== undefined) add(`budget_per_${window}`, budget(budgetKeyOf(id), window, limit, 0));
  }
  return limits;
}

function perMinute(key: string, limit: number, units: number): Bound {
  return { kind: 'rate', key, limit, perMs: 60_000, units };
}

/** A request that is expected to cost more than all of it is let in while nothing is spent: it is but a guess. */
function budget(key: string, window: BudgetBound['window'], limit: number, cost: number | undefined): Bound {
  const units = Math.min(limit, Math.round(cost ?? unknownOf(limit)));
  return { kind: 'budget', key, limit, window, units };
}
