import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isNexusError } from 'nexusai-hub';
import type { Caller, Estimate } from 'nexusai-hub/ports';
import { manualClock } from 'nexusai-hub/testing';
import { memoryLimiter } from '../../src/defaults/limiter.ts';

const anybody: Caller = { id: 'a', role: 'user' };
const signal = new AbortController().signal;
const ESTIMATE: Estimate = { model: 'm', promptTokens: 0, maxCompletionTokens: undefined };

/** How many of `offered` requests get in, all at once. */
function admitted(
  limiter: ReturnType<typeof memoryLimiter>,
  caller: Caller,
  offered: number,
  promptTokens = 0,
): number {
  let count = 0;
  for (let request = 0; request < offered; request++) {
    try {
      void limiter.acquire(caller, { ...ESTIMATE, promptTokens }, signal);
      count++;
    } catch (cause) {
      expect(isNexusError(cause) && cause.code).toBe('rate_limited');
    }
  }
  return count;
}

describe('memoryLimiter', () => {
  it('takes as many requests a second as it was told, whoever they come from', async () => {
    const clock = manualClock();
    const limiter = memoryLimiter({ requestsPerSecond: 1000 }, clock);
    expect(admitted(limiter, anybody, 5_000)).toBe(1000);
    await clock.advance(100);
    expect(admitted(limiter, { id: 'b', role: 'user' }, 5_000)).toBe(100);
  });

  it('takes all requests when it has no limit', () => {
    expect(admitted(memoryLimiter({ requestsPerSecond: Infinity }, manualClock()), anybody, 5_000)).toBe(5_000);
  });

  it('says after which wait the next request gets in, to the millisecond', async () => {
    const clock = manualClock();
    const limiter = memoryLimiter({ requestsPerSecond: 4 }, clock);
    admitted(limiter, anybody, 4);
    try {
      void limiter.acquire(anybody, ESTIMATE, signal);
      expect.unreachable();
    } catch (cause) {
      expect(cause).toMatchObject({ details: { retryAfterMs: 250 } });
    }
    await clock.advance(249);
    expect(admitted(limiter, anybody, 1)).toBe(0);
    await clock.advance(1);
    expect(admitted(limiter, anybody, 1)).toBe(1);
  });

  it('counts requests a minute for each key apart', () => {
    const limiter = memoryLimiter({ requestsPerSecond: Infinity }, manualClock());
    expect(admitted(limiter, { ...anybody, requestsPerMinute: 60 }, 100)).toBe(60);
    expect(admitted(limiter, { ...anybody, id: 'b', requestsPerMinute: 60 }, 100)).toBe(60);
  });

  it('reserves tokens by the guess and settles by what was used', () => {
    const caller: Caller = { ...anybody, tokensPerMinute: 1_000 };
    const limiter = memoryLimiter({ requestsPerSecond: Infinity }, manualClock());
    const lease = limiter.acquire(caller, { ...ESTIMATE, promptTokens: 400 }, signal);
    if (lease instanceof Promise) throw new Error('memory answers at once');
    lease.settle({ usage: { prompt_tokens: 100, completion_tokens: 100, total_tokens: 200 }, costNanoUsd: null });
    expect(admitted(limiter, caller, 100, 100)).toBe(8);
  });

  it('lets a refused request cost nothing', () => {
    const limiter = memoryLimiter({ requestsPerSecond: 10 }, manualClock());
    const poor: Caller = { ...anybody, id: 'poor', requestsPerMinute: 60, tokensPerMinute: 60 };
    expect(admitted(limiter, poor, 100, 60)).toBe(1);
    expect(admitted(limiter, anybody, 100)).toBe(9);
  });

  it('never lets more in than its pace and its burst together, whatever the arrivals', async () => {
    const arrivals = fc.array(fc.tuple(fc.integer({ min: 0, max: 400 }), fc.integer({ min: 1, max: 30 })), {
      maxLength: 30,
    });
    await fc.assert(
      fc.asyncProperty(arrivals, async (bursts) => {
        const clock = manualClock();
        const limiter = memoryLimiter({ requestsPerSecond: 20 }, clock);
        let total = 0;
        for (const [pauseMs, offered] of bursts) {
          await clock.advance(pauseMs);
          total += admitted(limiter, anybody, offered);
        }
        expect(total).toBeLessThanOrEqual(20 + clock.elapsed() / 50 + 1e-9);
      }),
      { numRuns: 50 },
    );
  });
});
