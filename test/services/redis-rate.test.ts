import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { memoryQuota } from 'nexusai-hub';
import { connectRedis, type RedisConnection, redisQuota } from 'nexusai-hub/adapters/redis';
import type { Bound, Reservation } from 'nexusai-hub/ports';
import { manualClock } from 'nexusai-hub/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { PATIENT } from './patient.ts';
import { hasRedis, type RedisServer, startRedis } from './redis-server.ts';
import { turnedBy } from './turned-redis.ts';

const step = fc.record({
  pauseMs: fc.oneof(
    fc.constant(0),
    fc.integer({ min: 0, max: 40 }),
    fc.integer({ min: 0, max: 90_000 }),
    fc.constant('as told' as const),
  ),
  requests: fc.integer({ min: 0, max: 2 }),
  tokens: fc.integer({ min: 0, max: 90 }),
  /** Of those that are open: which is settled, and by how much. */
  settles: fc.option(
    fc.record({ place: fc.nat(), used: fc.option(fc.integer({ min: 0, max: 150 }), { nil: undefined }) }),
  ),
});

describe.skipIf(!hasRedis)('rates in Redis', () => {
  let redis: RedisServer;
  let connection: RedisConnection;
  beforeAll(async () => {
    redis = await startRedis();
    connection = await connectRedis({ ...PATIENT, url: redis.url });
  });
  afterAll(async () => {
    connection.close();
    await redis.stop();
  });

  it('L1: decide as those in memory do, and say the same, whatever comes', async () => {
    const limits = fc.record({
      requests: fc.constantFrom(0.4, 3, 20, 5_000),
      tokens: fc.constantFrom(7, 100, 200.5, 100_000),
      evenly: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), limits, async (steps, limit) => {
        const clock = manualClock();
        const quotas = [
          memoryQuota(clock),
          redisQuota({ client: turnedBy(clock, connection), prefix: `{${randomUUID()}}:` }),
        ] as const;
        const open: (readonly Reservation[])[] = [];
        let toldMs = 0;
        for (const { pauseMs, requests, tokens, settles } of steps) {
          await clock.advance(pauseMs === 'as told' ? toldMs : pauseMs);
          const bounds: Bound[] = [
            {
              kind: 'rate',
              key: 'requests',
              limit: limit.requests,
              perMs: 60_000,
              evenly: limit.evenly,
              units: requests,
            },
            { kind: 'rate', key: 'tokens', limit: limit.tokens, perMs: 3_600_000, evenly: limit.evenly, units: tokens },
          ];
          const came = await Promise.all(quotas.map(async (quota) => quota.take(bounds)));
          const [here, there] = came.map(({ levels, ...other }) =>
            'refusedBy' in other ? { levels, ...other } : { levels },
          );
          expect(there).toEqual(here);
          const taken = came.filter((one) => 'settle' in one);
          if (taken.length > 0) open.push(taken);
          else if (here && 'retryAfterMs' in here) toldMs = here.retryAfterMs;
          if (!settles || open.length === 0) continue;
          const [settled] = open.splice(settles.place % open.length, 1);
          for (const reservation of settled ?? []) reservation.settle([undefined, settles.used]);
        }
        await quotas[1].close?.();
      }),
      { numRuns: 60 },
    );
  });

  it('go on when the clock of Redis goes back', async () => {
    const clock = manualClock();
    const quota = redisQuota({ client: turnedBy(clock, connection), prefix: '{back}:' });
    const bound: Bound = { kind: 'rate', key: 'a', limit: 2, perMs: 60_000, units: 1 };
    await quota.take([bound]);
    const past = manualClock(clock.now() - 86_400_000);
    const later = redisQuota({ client: turnedBy(past, connection), prefix: '{back}:' });
    expect(await later.take([bound])).toMatchObject({ levels: [{ remaining: 0, resetMs: 60_000 }] });
    expect(await later.take([bound])).toMatchObject({ refusedBy: 0, retryAfterMs: 60_000 });
    await past.advance(60_000);
    expect(await later.take([bound])).toMatchObject({ levels: [{ remaining: 1, resetMs: 60_000 }] });
    await quota.close?.();
    await later.close?.();
  });

  it('do not give back what is in another window by now: a late settlement finds its own entry, or none', async () => {
    const clock = manualClock();
    const told: unknown[] = [];
    const tell = (...line: unknown[]): unknown => told.push(line);
    const logger = { debug: tell, info: tell, warn: tell, error: tell };
    const quota = redisQuota({ client: turnedBy(clock, connection), prefix: '{late}:', logger });
    const bound: Bound = { kind: 'rate', key: 'a', limit: 10, perMs: 60_000, units: 4 };
    const late = await quota.take([bound]);
    await clock.advance(60_000);
    await quota.take([bound]);
    if ('settle' in late) late.settle([0]);
    expect(await quota.take([{ ...bound, units: 0 }])).toMatchObject({ levels: [{ remaining: 6 }] });
    await quota.close?.();
    expect(told).toEqual([]);
  });

  it('M1: keep nothing of what was given back', async () => {
    const clock = manualClock();
    const quota = redisQuota({ client: turnedBy(clock, connection), prefix: '{given}:' });
    const bound: Bound = { kind: 'rate', key: 'a', limit: 10, perMs: 60_000, units: 1 };
    await quota.take([{ ...bound, units: 0 }]);
    for (let turn = 0; turn < 20; turn++) {
      const came = await quota.take([bound]);
      await clock.advance(1_000);
      if ('settle' in came) came.settle([0]);
    }
    await quota.take([bound]);
    expect((await redis.cli('hkeys', '{given}:rate:a')).trim().split('\n')).toHaveLength(2);
    await quota.close?.();
  });

  it('keep an entry for each grain of their period and no more, whatever comes', async () => {
    const quota = redisQuota({ client: connection, prefix: '{grains}:' });
    const bound: Bound = { kind: 'rate', key: 'a', limit: 1e9, perMs: 100_000, units: 1 };
    for (let turn = 0; turn < 20; turn++)
      await Promise.all(Array.from({ length: 50 }, async () => quota.take([bound])));
    // A grain is 50 ms; the takings are over in fewer grains than there are of them.
    const entries = Number(await redis.cli('hlen', '{grains}:rate:a')) - 1;
    expect(entries).toBeLessThan(500);
    expect(await quota.take([{ ...bound, units: 0 }])).toMatchObject({ levels: [{ remaining: 1e9 - 1_000 }] });
    await quota.close?.();
  });
});
