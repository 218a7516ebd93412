import { setMaxListeners } from 'node:events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isNexusError, memoryQuota } from 'nexusai-hub';
import type { Caller, Estimate, Lease, Quota, Settlement } from 'nexusai-hub/ports';
import { manualClock } from 'nexusai-hub/testing';
import type { ManualClock } from 'nexusai-hub/testing';
import type { LimiterOptions } from '../../src/defaults/limiter.ts';
import { quotaLimiter } from '../../src/defaults/limiter.ts';

const anybody: Caller = { id: 'a', role: 'user' };
const { signal } = new AbortController();
setMaxListeners(0, signal);
const ESTIMATE: Estimate = { model: 'm', promptTokens: 0, maxCompletionTokens: undefined };
const NOTHING: Settlement = { usage: { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 }, costNanoUsd: 0 };

/** A limiter with manual time, and what its quota counts. */
class Trial {
  readonly clock: ManualClock = manualClock();
  readonly quota: Quota = memoryQuota(this.clock);
  readonly #limiter;

  constructor(options: Partial<LimiterOptions> = {}) {
    this.#limiter = quotaLimiter(
      { requestsPerSecond: Infinity, unpriced: 'refuse', cutStreams: false, ...options },
      this.quota,
      this.clock,
    );
  }

  acquire(caller: Caller, estimate: Partial<Estimate> = {}, until = signal): Lease | Promise<Lease> {
    return this.#limiter.acquire(caller, { ...ESTIMATE, ...estimate }, until);
  }

  rebuild(callerId: string, spent: { day?: number; month?: number }): Promise<unknown> {
    return this.#limiter.rebuild!(callerId, spent);
  }

  /** A lease, or the error that came in its place. */
  async ask(caller: Caller, estimate: Partial<Estimate> = {}): Promise<Lease | undefined> {
    try {
      return await this.acquire(caller, estimate);
    } catch (cause) {
      expect(isNexusError(cause) && cause.code).toMatch(/^(rate_limited|budget_exhausted)$/);
      return undefined;
    }
  }

  /** Leases of those of `offered` requests that get in, all at once. */
  async admitted(caller: Caller, offered: number, estimate: Partial<Estimate> = {}): Promise<Lease[]> {
    const asked = Array.from({ length: offered }, () => this.ask(caller, estimate));
    return (await Promise.all(asked)).filter((lease) => lease !== undefined);
  }

  async countOf(caller: Caller, offered: number, estimate: Partial<Estimate> = {}): Promise<number> {
    return (await this.admitted(caller, offered, estimate)).length;
  }
}

function spending(costNanoUsd: number | null, completionTokens = 50): Settlement {
  return {
    usage: { prompt_tokens: 10, completion_tokens: completionTokens, total_tokens: 10 + completionTokens },
    costNanoUsd,
  };
}

async function failureOf(pending: Lease | Promise<Lease> | (() => Lease | Promise<Lease>)): Promise<unknown> {
  try {
    await (typeof pending === 'function' ? pending() : pending);
  } catch (cause) {
    return cause;
  }
  throw new Error('Expected a refusal.');
}

it('L4: holds what a caller has now, also where its authenticator changes it', async () => {
  const trial = new Trial();
  const caller: { -readonly [K in keyof Caller]: Caller[K] } = { ...anybody };
  expect(await trial.countOf(caller, 5)).toBe(5);
  caller.requestsPerMinute = 3;
  expect(await trial.countOf(caller, 5)).toBe(3);
  caller.requestsPerMinute = 4;
  expect(await trial.countOf(caller, 5)).toBe(1);
});

describe('requests', () => {
  it('takes as many a second as it was told, whoever they come from', async () => {
    const trial = new Trial({ requestsPerSecond: 1000 });
    expect(await trial.countOf(anybody, 500)).toBe(500);
    await trial.clock.advance(100);
    expect(await trial.countOf(anybody, 5_000)).toBe(500);
    await trial.clock.advance(899);
    expect(await trial.countOf({ id: 'b', role: 'user' }, 5_000)).toBe(0);
    await trial.clock.advance(1);
    expect(await trial.countOf({ id: 'b', role: 'user' }, 5_000)).toBe(500);
    await trial.clock.advance(100);
    expect(await trial.countOf({ id: 'b', role: 'user' }, 5_000)).toBe(500);
  });

  it('takes one at a time of less than one a second', async () => {
    const trial = new Trial({ requestsPerSecond: 0.5 });
    expect(await trial.countOf(anybody, 5)).toBe(1);
    await trial.clock.advance(2_000);
    expect(await trial.countOf(anybody, 5)).toBe(1);
  });

  it('takes all when it has no limit, and tells of none', async () => {
    const leases = await new Trial().admitted(anybody, 5_000);
    expect(leases.length).toBe(5_000);
    expect(leases[0]?.limits).toBeUndefined();
  });

  it('takes a limit that is infinite for none, and one that is no number for a mistake', async () => {
    const trial = new Trial();
    const most = { requestsPerMinute: Infinity, tokensPerMinute: Infinity, maxConcurrent: Infinity } as const;
    const lease = await trial.acquire({ ...anybody, ...most });
    expect(lease.limits ?? []).toEqual([]);
    expect(await failureOf(() => trial.acquire({ ...anybody, requestsPerMinute: NaN }))).toBeInstanceOf(TypeError);
  });

  it('says after which wait the next gets in, to the millisecond', async () => {
    const trial = new Trial({ requestsPerSecond: 4 });
    await trial.admitted(anybody, 3);
    await trial.clock.advance(400);
    await trial.admitted(anybody, 1);
    expect(await failureOf(() => trial.acquire(anybody))).toMatchObject({ details: { retryAfterMs: 600 } });
    await trial.clock.advance(599);
    expect(await trial.countOf(anybody, 1)).toBe(0);
    await trial.clock.advance(1);
    expect(await trial.countOf(anybody, 5)).toBe(3);
  });

  it('counts requests a minute for each key apart', async () => {
    const trial = new Trial();
    expect(await trial.countOf({ ...anybody, requestsPerMinute: 60 }, 100)).toBe(60);
    expect(await trial.countOf({ ...anybody, id: 'b', requestsPerMinute: 60 }, 100)).toBe(60);
  });

  it('answers at once where the quota does: nothing waits in memory', () => {
    const busy: Caller = { ...anybody, requestsPerMinute: 60, tokensPerMinute: 60, maxConcurrent: 3 };
    expect(new Trial({ requestsPerSecond: 10 }).acquire(busy)).not.toBeInstanceOf(Promise);
  });

  it('C4: holds a place for each running request, until it is settled', async () => {
    const trial = new Trial();
    const caller: Caller = { ...anybody, maxConcurrent: 3 };
    const [first] = await trial.admitted(caller, 10);
    expect(await trial.countOf(caller, 10)).toBe(0);
    first!.settle(NOTHING);
    expect(await trial.countOf(caller, 10)).toBe(1);
  });

  it('lets a refused request cost nothing', async () => {
    const trial = new Trial({ requestsPerSecond: 10 });
    const poor: Caller = { ...anybody, id: 'poor', requestsPerMinute: 60, tokensPerMinute: 60 };
    expect(await trial.countOf(poor, 100, { promptTokens: 60 })).toBe(1);
    expect(await trial.countOf(anybody, 100)).toBe(9);
  });

  it('never lets more in within a second than it was told, whatever the arrivals', async () => {
    const arrivals = fc.array(fc.tuple(fc.integer({ min: 0, max: 400 }), fc.integer({ min: 1, max: 30 })), {
      maxLength: 30,
    });
    await fc.assert(
      fc.asyncProperty(arrivals, async (bursts) => {
        const trial = new Trial({ requestsPerSecond: 20 });
        const admitted: { readonly atMs: number; readonly count: number }[] = [];
        for (const [pauseMs, offered] of bursts) {
          await trial.clock.advance(pauseMs);
          const atMs = trial.clock.elapsed();
          admitted.push({ atMs, count: await trial.countOf(anybody, offered) });
          const second = admitted.filter((one) => one.atMs > atMs - 1_000);
          expect(second.reduce((sum, { count }) => sum + count, 0)).toBeLessThanOrEqual(20);
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe('tokens', () => {
  const caller: Caller = { ...anybody, tokensPerMinute: 1_000 };

  it('are reserved by the guess and settled by what was used', async () => {
    const trial = new Trial();
    const lease = await trial.acquire(caller, { promptTokens: 400, maxCompletionTokens: 0 });
    lease.settle({ usage: { prompt_tokens: 100, completion_tokens: 100, total_tokens: 200 }, costNanoUsd: null });
    expect(await trial.countOf(caller, 100, { promptTokens: 100, maxCompletionTokens: 0 })).toBe(8);
  });

  it('L3: reserves what answers were long, not what they might be', async () => {
    const trial = new Trial();
    for (let round = 0; round < 3; round++) {
      (await trial.acquire(caller, { promptTokens: 10 })).settle(spending(null, 40));
      await trial.clock.advance(60_000);
    }
    expect(await trial.countOf(caller, 100, { promptTokens: 10, maxCompletionTokens: 100_000 })).toBe(20);
  });

  it('L3: reserves no more than the request asks for, and no more than a small part where nothing is known', async () => {
    const trial = new Trial();
    expect(await trial.countOf(caller, 100, { promptTokens: 0, maxCompletionTokens: 5 })).toBe(100);
    expect(await new Trial().countOf(caller, 100)).toBe(40);
    const rich: Caller = { ...caller, tokensPerMinute: 1_000_000 };
    expect(await new Trial().countOf(rich, 5_000)).toBe(Math.floor(1_000_000 / 256));
  });

  it('L1: goes over the limit by what was running at most, and pays that back', async () => {
    const trial = new Trial();
    (await trial.acquire(caller, { promptTokens: 100 })).settle(spending(null, 2_990));
    expect(await trial.countOf(caller, 1)).toBe(0);
    await trial.clock.advance(2 * 60_000);
    expect(await trial.countOf(caller, 1)).toBe(0);
    await trial.clock.advance(60_000);
    expect(await trial.countOf(caller, 1)).toBe(1);
  });

  it('L6: leaves a reservation standing of which nothing is known, and gives all of it back where nothing was used', async () => {
    const trial = new Trial();
    const ask = { promptTokens: 500, maxCompletionTokens: 0 };
    (await trial.acquire(caller, ask)).settle({ usage: undefined, costNanoUsd: null });
    const lease = await trial.acquire(caller, ask);
    expect(await trial.countOf(caller, 1, ask)).toBe(0);
    lease.settle(NOTHING);
    expect(await trial.countOf(caller, 2, ask)).toBe(1);
  });
});

describe('money', () => {
  const CALL = 3_000;
  const caller: Caller = { ...anybody, budgetNanoUsd: { day: 3 * CALL } };

  /** A trial that has seen an answer of another caller. */
  async function taught(costNanoUsd: number, options: Partial<LimiterOptions> = {}): Promise<Trial> {
    const trial = new Trial(options);
    const other: Caller = { id: 'other', role: 'user', budgetNanoUsd: { month: 1e9 } };
    (await trial.acquire(other, { promptTokens: 13 })).settle(spending(costNanoUsd));
    return trial;
  }

  it('L2: of 50 at once against a budget for 3 calls, exactly 3 get in', async () => {
    const trial = await taught(CALL);
    const leases = await trial.admitted(caller, 50, { promptTokens: 13 });
    expect(leases.length).toBe(3);
    for (const lease of leases) lease.settle(spending(CALL));
    expect(await trial.countOf(caller, 50, { promptTokens: 13 })).toBe(0);
  });

  it('L2: exactly 3 get in even where nobody knows yet what a call costs: the first is waited for', async () => {
    const trial = new Trial();
    const asked = Array.from({ length: 50 }, () => trial.ask(caller, { promptTokens: 13 }));
    const first = await Promise.race(asked);
    first!.settle(spending(CALL));
    expect((await Promise.all(asked)).filter((lease) => lease !== undefined).length).toBe(3);
    expect(trial.clock.pending).toBe(0);
  });

  it('L2: lets the next go first where the first came to nothing', async () => {
    const trial = new Trial();
    const [first, second, third] = [trial.ask(caller), trial.ask(caller), trial.ask(caller)];
    (await first)!.settle(NOTHING);
    (await second)!.settle({ usage: undefined, costNanoUsd: null });
    expect(await third).toBeDefined();
    expect(trial.clock.pending).toBe(0);
  });

  it('waits no longer than a second for the first, and not for one that is refused or leaves', async () => {
    const trial = new Trial();
    const one: Caller = { ...caller, maxConcurrent: 1 };
    await trial.acquire(one);
    const waiting = trial.ask({ ...caller, id: 'b' });
    await trial.clock.advance(999);
    expect(trial.clock.pending).toBe(1);
    await trial.clock.advance(1);
    expect(await waiting).toBeDefined();
    const leaving = new AbortController();
    const left = failureOf(trial.acquire({ ...caller, id: 'c' }, {}, leaving.signal));
    leaving.abort();
    expect(await left).toMatchObject({ code: 'cancelled' });
    expect(await failureOf(trial.acquire({ ...caller, id: 'd' }, {}, AbortSignal.abort()))).toMatchObject({
      code: 'cancelled',
    });
    expect(trial.clock.pending).toBe(0);

    const refused = new Trial();
    await refused.acquire({ ...one, budgetNanoUsd: {} });
    expect(await failureOf(refused.acquire(one))).toMatchObject({ details: { limit: 'concurrent_requests' } });
    expect(await refused.ask({ ...caller, id: 'b' })).toBeDefined();
  });

  it('L3: 20 at once without a limit of tokens are not refused while less than half is spent', async () => {
    const costs = fc.array(fc.integer({ min: 500, max: 1_500 }), { minLength: 20, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(costs, fc.boolean(), async (each, isTaught) => {
        const spent = each.reduce((sum, cost) => sum + cost, 0);
        const trial = isTaught ? await taught(1_500) : new Trial();
        const rich: Caller = { ...anybody, budgetNanoUsd: { day: 2 * spent + 30_000 } };
        const asked = each.map(async (cost) => {
          const lease = await trial.acquire(rich, { promptTokens: 13 });
          setImmediate(() => {
            lease.settle(spending(cost));
          });
        });
        await expect(Promise.all(asked)).resolves.toBeDefined();
      }),
      { numRuns: 30 },
    );
  });

  it('is refused until the next day or month begins, and says so', async () => {
    const trial = await taught(CALL);
    const both: Caller = { ...anybody, budgetNanoUsd: { day: 2 * CALL, month: 3 * CALL } };
    for (const lease of await trial.admitted(both, 9, { promptTokens: 13 })) lease.settle(spending(CALL));
    const day = await failureOf(() => trial.acquire(both, { promptTokens: 13 }));
    expect(day).toMatchObject({
      code: 'budget_exhausted',
      details: { limit: 'budget_per_day', retryAfterMs: 86_400_000 },
      message: expect.stringMatching(/ of the day\. Try again in 86400 s\.$/) as string,
    });
    await trial.clock.advance(86_400_000);
    const leases = await trial.admitted(both, 9, { promptTokens: 13 });
    expect(leases.length).toBe(1);
    const month = await failureOf(() => trial.acquire(both, { promptTokens: 13 }));
    expect(month).toMatchObject({
      code: 'budget_exhausted',
      details: { limit: 'budget_per_month', retryAfterMs: 30 * 86_400_000 },
    });
  });

  it('L6: a failed request gives back what it reserved', async () => {
    const trial = await taught(CALL);
    for (const lease of await trial.admitted(caller, 3, { promptTokens: 13 })) lease.settle(NOTHING);
    expect(await trial.countOf(caller, 9, { promptTokens: 13 })).toBe(3);
  });

  it('lets a call in that is expected to cost more than the whole budget, while nothing is spent', async () => {
    const trial = await taught(CALL);
    const poor: Caller = { ...anybody, budgetNanoUsd: { day: CALL / 2 } };
    const leases = await trial.admitted(poor, 9, { promptTokens: 13 });
    expect(leases.length).toBe(1);
    leases[0]!.settle(spending(CALL / 8));
    expect(await trial.countOf(poor, 9, { promptTokens: 13 })).toBe(3);
  });

  it('expects more of a longer prompt', async () => {
    const trial = await taught(630);
    expect(await trial.countOf({ ...caller, budgetNanoUsd: { day: 6_300 } }, 50, { promptTokens: 13 + 630 })).toBe(1);
  });

  describe('K4: of a model without a price', () => {
    it('is not to be had by a caller with a budget, until a minute later', async () => {
      const trial = new Trial();
      (await trial.acquire(caller)).settle(spending(null));
      const error = await failureOf(() => trial.acquire(caller));
      expect(error).toMatchObject({ code: 'forbidden', message: expect.stringContaining('"m"') });
      expect(await trial.ask(anybody)).toBeDefined();
      await trial.clock.advance(60_000);
      (await trial.acquire(caller)).settle(spending(100));
      await trial.acquire(caller);
    });

    it('is had, and counts nothing, where that is allowed; a budget that is used up stays so', async () => {
      const trial = new Trial({ unpriced: 'allow' });
      for (let count = 0; count < 100; count++) (await trial.acquire(caller)).settle(spending(null));
      expect(await trial.rebuild(caller.id, { day: 0 })).toEqual({ day: 0 });
      (await trial.acquire(caller, { model: 'priced' })).settle(spending(3 * CALL));
      expect(await trial.countOf(caller, 1)).toBe(0);
    });

    it('eats no budget by being tried again every minute', async () => {
      const trial = new Trial();
      for (let minute = 0; minute < 100; minute++) {
        (await trial.acquire(caller)).settle(spending(null));
        await trial.clock.advance(60_000);
      }
      expect(await trial.rebuild(caller.id, { day: 0 })).toEqual({ day: 0 });
    });

    it('is counted as usual where others of its answers have one', async () => {
      const trial = await taught(CALL);
      const [first] = await trial.admitted(caller, 1, { promptTokens: 13 });
      first!.settle(spending(null));
      expect(await trial.countOf(caller, 9, { promptTokens: 13 })).toBe(2);
    });
  });

  describe('of an answer that is whole and tells no tokens', () => {
    const UNMEASURED: Settlement = { usage: undefined, costNanoUsd: null, isUnmeasured: true };
    const FREE: Settlement = { ...UNMEASURED, costNanoUsd: 0 };

    it('K4: is not to be had where its cost cannot be told, and eats no budget', async () => {
      const trial = new Trial();
      (await trial.acquire(caller)).settle(UNMEASURED);
      expect(await failureOf(() => trial.acquire(caller))).toMatchObject({ code: 'forbidden' });
      expect(await trial.rebuild(caller.id, { day: 0 })).toEqual({ day: 0 });
      (await trial.acquire(caller, { model: 'other' })).settle(spending(100));
    });

    it.each([
      ['it is free', 'refuse', FREE],
      ['that is allowed', 'allow', UNMEASURED],
    ] as const)('counts nothing where %s, and keeps nobody waiting', async (_why, unpriced, settlement) => {
      const trial = new Trial({ unpriced });
      (await trial.acquire(caller)).settle(settlement);
      const leases = await trial.admitted(caller, 100);
      expect(leases.length).toBe(100);
      for (const lease of leases) lease.settle(settlement);
      expect(await trial.rebuild(caller.id, { day: 0 })).toEqual({ day: 0 });
      expect(trial.clock.pending).toBe(0);
    });

    it('counts as usual where others of its model have a cost', async () => {
      const trial = await taught(CALL);
      for (const lease of await trial.admitted(caller, 3, { promptTokens: 13 })) lease.settle(UNMEASURED);
      expect(await trial.countOf(caller, 1, { promptTokens: 13 })).toBe(0);
    });

    it('is not free where a fault hides it', async () => {
      const trial = new Trial({ unpriced: 'allow' });
      for (let count = 0; count < 40; count++)
        (await trial.acquire(caller)).settle({ usage: undefined, costNanoUsd: null });
      expect(await trial.countOf(caller, 1)).toBe(0);
    });
  });

  it('L5: a ledger puts the counters right, and hears how wrong they were', async () => {
    const trial = await taught(CALL);
    const both: Caller = { ...anybody, budgetNanoUsd: { day: 3 * CALL, month: 9 * CALL } };
    for (const lease of await trial.admitted(both, 3, { promptTokens: 13 })) lease.settle(spending(CALL));
    expect(await trial.countOf(both, 1, { promptTokens: 13 })).toBe(0);
    expect(await trial.rebuild(both.id, { day: CALL })).toEqual({ day: 2 * CALL });
    expect(await trial.countOf(both, 9, { promptTokens: 13 })).toBe(2);
    expect(await trial.rebuild(both.id, { day: 0, month: 9 * CALL })).toEqual({ day: CALL, month: -6 * CALL });
    expect(await trial.countOf(both, 9, { promptTokens: 13 })).toBe(0);
  });
});

describe('L10: how long an answer may be', () => {
  const CUT = { cutStreams: true };
  const ASK = { promptTokens: 10, maxCompletionTokens: undefined };
  const rich: Caller = { ...anybody, tokensPerMinute: 1_000, budgetNanoUsd: { day: 1e9, month: 1e6 } };

  it('nothing says, unless it is asked for and something bounds it', async () => {
    expect(
      (await new Trial().acquire({ ...anybody, tokensPerMinute: 1_000 }, ASK)).mostCompletionTokens,
    ).toBeUndefined();
    expect((await new Trial(CUT).acquire({ ...anybody, maxConcurrent: 1 }, ASK)).mostCompletionTokens).toBeUndefined();
    const unknown: Caller = { ...anybody, budgetNanoUsd: { day: 1_000 } };
    expect((await new Trial(CUT).acquire(unknown, ASK)).mostCompletionTokens).toBeUndefined();
  });

  it('what is left of the tokens says, without the prompt', async () => {
    const trial = new Trial(CUT);
    const caller: Caller = { ...anybody, tokensPerMinute: 1_000 };
    const first = await trial.acquire(caller, { ...ASK, maxCompletionTokens: 90 });
    expect(first.mostCompletionTokens).toBe(990);
    expect((await trial.acquire(caller, ASK)).mostCompletionTokens).toBe(965 - 10);
  });

  it('what is left of the money says, by what a token costs, and the least of all counts', async () => {
    const trial = new Trial(CUT);
    // 60 tokens for 6000.
    (await trial.acquire(rich, ASK)).settle(spending(6_000));
    expect((await trial.acquire(rich, ASK)).mostCompletionTokens).toBe(940 - 10);
    const poor: Caller = { ...rich, budgetNanoUsd: { day: 1e9, month: 31_000 } };
    expect((await trial.acquire(poor, ASK)).mostCompletionTokens).toBe((31_000 - 6_000 - 6_000) / 100 - 10);
  });

  it('is one token at least: what was let in may say something', async () => {
    const trial = new Trial(CUT);
    const caller: Caller = { ...anybody, tokensPerMinute: 20 };
    expect((await trial.acquire(caller, { promptTokens: 500 })).mostCompletionTokens).toBe(1);
  });
});

describe('what callers are told', () => {
  it('names the limit that refuses', async () => {
    const limits: [Caller, LimiterOptions['requestsPerSecond'], string, RegExp][] = [
      [anybody, 1, 'requests_per_second', /The hub takes 1 requests a second/],
      [{ ...anybody, requestsPerMinute: 1 }, Infinity, 'requests_per_minute', /The key "a" has used its 1 requests/],
      [{ ...anybody, tokensPerMinute: 1 }, Infinity, 'tokens_per_minute', /The key "a" has too little left of its 1/],
      [{ ...anybody, maxConcurrent: 1 }, Infinity, 'concurrent_requests', /The key "a" has 1 requests running/],
    ];
    for (const [caller, requestsPerSecond, limit, message] of limits) {
      const trial = new Trial({ requestsPerSecond });
      const ask = (): Lease | Promise<Lease> => trial.acquire(caller, { promptTokens: 1, maxCompletionTokens: 0 });
      await ask();
      const error = await failureOf(ask);
      expect(error).toMatchObject({
        code: 'rate_limited',
        message: expect.stringMatching(message),
        details: { limit },
      });
      expect(isNexusError(error) && error.details.retryAfterMs).toBeGreaterThan(0);
    }
  });

  it('tells the limits of the caller, or else of the hub, when it lets in and when it refuses', async () => {
    const trial = new Trial({ requestsPerSecond: 2 });
    expect((await trial.acquire(anybody)).limits).toEqual([
      { what: 'requests', limit: 2, remaining: 1, resetMs: 1_000 },
    ]);
    const caller: Caller = { ...anybody, requestsPerMinute: 60, tokensPerMinute: 600, maxConcurrent: 1 };
    expect((await trial.acquire(caller, { promptTokens: 10, maxCompletionTokens: 0 })).limits).toEqual([
      { what: 'requests', limit: 60, remaining: 59, resetMs: 60_000 },
      { what: 'tokens', limit: 600, remaining: 590, resetMs: 60_000 },
    ]);
    await trial.clock.advance(500);
    expect(await failureOf(() => trial.acquire(caller))).toMatchObject({
      details: {
        limits: [
          { what: 'requests', limit: 60, remaining: 59, resetMs: 59_500 },
          { what: 'tokens', limit: 600, remaining: 590, resetMs: 59_500 },
        ],
      },
    });
  });
});

describe('whatever comes', () => {
  it('C4, L6: 10,000 requests that end anyhow leave nothing reserved', async () => {
    const trial = new Trial({ requestsPerSecond: 1e6 });
    const caller: Caller = { ...anybody, maxConcurrent: 50, budgetNanoUsd: { day: 1e12 }, tokensPerMinute: 1e9 };
    const held: Lease[] = [];
    let [seed, spent] = [1, 0];
    const random = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below;
    for (let request = 0; request < 10_000; request++) {
      const lease = held.length < 50 ? await trial.ask(caller, { promptTokens: random(100) }) : undefined;
      if (lease) held.push(lease);
      if (random(2) === 0 && held.length > 0) {
        const [over] = held.splice(random(held.length), 1);
        const cost = random(1_000);
        spent += cost;
        over!.settle(random(3) === 0 ? { usage: undefined, costNanoUsd: cost } : spending(cost, random(100)));
      }
      if (request % 100 === 0) await trial.clock.advance(random(50));
    }
    for (const lease of held) lease.settle(NOTHING);
    expect(await trial.countOf(caller, 60)).toBe(50);
    expect(await trial.rebuild(caller.id, { day: spent })).toEqual({ day: 0 });
  });

  it('M1, M4: knows no more callers and models than it may', async () => {
    const trial = new Trial();
    for (let count = 0; count < 50_000; count++) {
      const caller: Caller = { id: `caller-${count}`, role: 'user', tokensPerMinute: 1_000 };
      (await trial.acquire(caller, { model: `model-${count}` })).settle(spending(null));
    }
    expect(await trial.ask({ ...anybody, tokensPerMinute: 10 })).toBeDefined();
  });
});
