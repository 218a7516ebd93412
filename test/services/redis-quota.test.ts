import { setTimeout as pause } from 'node:timers/promises';

import fc from 'fast-check';
import { connectRedis, redisQuota } from 'nexusai-hub/adapters/redis';
import type { BudgetBound, Quota, Reservation } from 'nexusai-hub/ports';
import { manualClock, quotaCases } from 'nexusai-hub/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { BUDGET } from '../../adapters/storage/redis/lua.ts';
import { builtPrograms } from '../built-programs.ts';
import { PATIENT } from './patient.ts';
import { hasRedis, type RedisCluster, type RedisServer, startRedis, startRedisCluster } from './redis-server.ts';
import { until } from './waiting.ts';
import { type RefusingProxy, startRefusingProxy } from './refusing-proxy.ts';
import { Taker } from './takers.ts';
import { turnedBy } from './turned-redis.ts';

const HOUR_MS = 3_600_000;
/** Long enough that a process that has other work renews it in time. */
const LEASE_MS = 3_000;
/** Not a day: one ends while tests run. */
const MONTH = { kind: 'budget', window: 'month' } as const;

/** Takes, and fails where it is refused. */
async function taken(quota: Quota, ...bounds: Parameters<Quota['take']>[0]): Promise<Reservation> {
  const came = await quota.take(bounds);
  if ('refusedBy' in came) throw new Error('It was refused.');
  return came;
}

/** What is left of a budget. */
async function leftIn(quota: Quota, budget: BudgetBound): Promise<number> {
  const came = await quota.take([{ ...budget, units: 0 }]);
  if ('settle' in came) came.settle([0]);
  return came.levels[0]?.remaining ?? NaN;
}

describe.skipIf(!hasRedis)('redisQuota on one server', () => {
  let redis: RedisServer;
  const quotas: Quota[] = [];
  const quotaOf = (options: { url?: string; leaseMs?: number; prefix?: string } = {}): Quota => {
    const quota = redisQuota({ ...PATIENT, url: redis.url, ...options });
    quotas.push(quota);
    return quota;
  };
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterEach(async () => {
    for (const quota of quotas.splice(0)) await quota.close?.();
  });
  afterAll(() => redis.stop());

  const cases = quotaCases(() => redisQuota({ ...PATIENT, url: redis.url }), { time: 'real', isShared: true });
  for (const { name, run, skipped } of cases) it.skipIf(skipped !== undefined)(name, run);

  describe('with several processes', () => {
    const programOf = builtPrograms({ taker: new URL('taker.ts', import.meta.url) });
    let takers: Taker[] = [];
    beforeAll(async () => {
      takers = await Promise.all([0, 1, 2, 3].map(() => Taker.start(programOf('taker'), redis.url, LEASE_MS)));
    });
    afterAll(async () => {
      await Promise.all(takers.map((taker) => taker.stop()));
    });
    const takeAll = async (order: Parameters<Taker['take']>[0]): Promise<number> => {
      const came = await Promise.all(takers.map((taker) => taker.take(order)));
      return came.reduce((sum, { admitted }) => sum + admitted, 0);
    };

    it('L1: a limit of 100 admits 100 of all of them together, and no token above it', async () => {
      const requests = { kind: 'rate', key: 'L1', limit: 100, perMs: HOUR_MS, units: 1 } as const;
      expect(await takeAll({ bounds: [requests], times: 100, atOnce: 10 })).toBe(100);
      const tokens = { kind: 'rate', key: 'L1-tokens', limit: 10_000, perMs: HOUR_MS, units: 130 } as const;
      const admitted = await takeAll({ bounds: [tokens], times: 100, atOnce: 10, used: [100] });
      const used = admitted * 100;
      // Reserved is more than is used: what is under way may keep others out, but nobody who fits stays out for good.
      expect(used).toBeLessThanOrEqual(10_000);
      expect(used).toBeGreaterThan(10_000 - 4 * 10 * 130);
    });

    it('L1, L2: money and slots are shared, too', async () => {
      const money = { ...MONTH, key: 'L2', limit: 30, units: 7 };
      expect(await takeAll({ bounds: [money], times: 20, atOnce: 20 })).toBe(4);
      const places = { kind: 'slots', key: 'L1-slots', limit: 6 } as const;
      expect(await takeAll({ bounds: [places], times: 5, atOnce: 5 })).toBe(6);
    });

    it('L6: slots of a process that was killed are free after its lease, those of the living are not', async () => {
      const [dead] = takers.splice(0, 1);
      const places = { kind: 'slots', key: 'lease', limit: 3 } as const;
      const living = quotaOf({ leaseMs: LEASE_MS });
      await taken(living, places);
      expect(await dead?.take({ bounds: [places], times: 2, atOnce: 1 })).toMatchObject({ admitted: 2 });
      expect(await living.take([places])).toMatchObject({ refusedBy: 0 });
      await dead?.kill();
      await until(async () => !('refusedBy' in (await living.take([places]))), 'a slot is free');
      await taken(living, places);
      // The lease that the living began with has passed before; it holds all three by now.
      expect(await living.take([places])).toMatchObject({ refusedBy: 0 });
    });

    it('L6: money that a process had reserved and not spent when it was killed is free after its lease', async () => {
      const [dead] = takers.splice(0, 1);
      const money = { ...MONTH, key: 'lease', limit: 100, units: 10 };
      const living = quotaOf({ leaseMs: LEASE_MS });
      const own = await taken(living, { ...money, units: 20 });
      expect(await dead?.take({ bounds: [money], times: 1, atOnce: 1, used: [10] })).toMatchObject({ admitted: 1 });
      expect(await dead?.take({ bounds: [money], times: 9, atOnce: 9 })).toMatchObject({ admitted: 7, refused: 2 });
      expect(await living.take([money])).toMatchObject({ refusedBy: 0 });
      await dead?.kill();
      await until(async () => (await leftIn(living, money)) > 0, 'money is free');
      // What was spent stays spent, and the lease that the living began with has passed before.
      expect(await leftIn(living, money)).toBe(70);
      own.settle([5]);
      expect(await leftIn(living, money)).toBe(85);
    });

    it('says how many processes live', async () => {
      const one = redisQuota({ ...PATIENT, url: redis.url, prefix: '{count}:', leaseMs: 300 });
      const two = redisQuota({ ...PATIENT, url: redis.url, prefix: '{count}:', leaseMs: 300 });
      await until(() => one.processes() === 2 && two.processes() === 2, 'both are seen');
      await two.close?.();
      await until(() => one.processes() === 1, 'one has left');
      await one.close?.();
    });
  });

  describe('that is away', () => {
    it('L7: refuses at once with limiter_unavailable, and is there again by itself', async () => {
      const quota = quotaOf();
      await taken(quota, { ...MONTH, key: 'gone', limit: 5, units: 1 });
      await redis.kill();
      await until(async () => {
        const failure = await Promise.resolve(quota.take([])).catch((cause: unknown) => cause);
        return (failure as { code?: string }).code === 'limiter_unavailable';
      }, 'it is refused');
      await redis.restart();
      await until(async () => {
        try {
          return Boolean(await quota.take([]));
        } catch {
          return false;
        }
      }, 'Redis answers again');
    });

    it('L6: what is settled meanwhile is settled once when it is back', async () => {
      const quota = quotaOf({ leaseMs: 300 });
      const budget = { ...MONTH, key: 'frozen', limit: 1_000, units: 10 };
      const place = { kind: 'slots', key: 'frozen', limit: 50 } as const;
      const held = await Promise.all(Array.from({ length: 50 }, () => taken(quota, budget, place)));
      redis.freeze();
      for (const one of held) {
        one.settle([3]);
        await new Promise((resolve) => setImmediate(resolve));
      }
      // Longer than the silence after which the connection is given up: what was sent is sent again.
      await pause(2_500);
      redis.thaw();
      const level = async (): Promise<unknown> => {
        try {
          const came = await quota.take([
            { ...budget, units: 0 },
            { ...place, limit: 51 },
          ]);
          if (!('refusedBy' in came)) came.settle([0]);
          return came.levels.map(({ remaining }) => remaining);
        } catch {
          return undefined;
        }
      };
      await until(async () => JSON.stringify(await level()) === '[850,50]', 'all is settled');
      await pause(300);
      expect(await level()).toEqual([850, 50]);
    });

    it('L6: what is taken while it is silent and nobody waits for is given back when it is taken late', async () => {
      // Its leases last for longer than the test.
      const quota = quotaOf({ leaseMs: 60_000 });
      const budget = { ...MONTH, key: 'late', limit: 1_000, units: 10 };
      const place = { kind: 'slots', key: 'late', limit: 50 } as const;
      (await taken(quota, budget, place)).settle([10]);
      redis.freeze();
      const late = await Promise.allSettled(Array.from({ length: 20 }, async () => quota.take([budget, place])));
      expect(new Set(late.map(({ status }) => status))).toEqual(new Set(['rejected']));
      redis.thaw();
      await until(async () => {
        // Whoever asks finds out that it is back.
        const came = await Promise.resolve(quota.take([])).catch(() => undefined);
        const reserved = await redis.cli('zcard', '{nexus}:reserved:month:late');
        return came !== undefined && reserved.trim() === '0';
      }, 'all is given back');
      expect(await leftIn(quota, budget)).toBe(990);
      expect((await redis.cli('zcard', '{nexus}:slots:late')).trim()).toBe('0');
    });

    it('L6: what was settled, and the answer lost, is settled once', async () => {
      const proxy = await startRefusingProxy(redis.port, [], '');
      const quota = quotaOf({ url: proxy.url, leaseMs: 300 });
      const direct = quotaOf();
      const budget = { ...MONTH, key: 'lost answers', limit: 1_000, units: 10 };
      const left = async (): Promise<number | undefined> =>
        (await direct.take([{ ...budget, units: 0 }])).levels[0]?.remaining;
      const held = await Promise.all(Array.from({ length: 20 }, () => taken(quota, budget)));
      for (const [turn, one] of held.entries()) {
        proxy.loseNextAnswer();
        one.settle([3]);
        // It has come to Redis, and comes again when there is a connection.
        await until(async () => (await left()) === 800 + 7 * (turn + 1), `settlement ${turn} has come`);
      }
      const before = proxy.asked.length;
      await until(() => proxy.asked.length > before + 5, 'Redis was asked again');
      expect(await left()).toBe(940);
      await quota.close?.();
      await proxy.close();
    });

    it('L6: one that comes back empty learns what is held', async () => {
      const quota = quotaOf({ leaseMs: 300 });
      const places = { kind: 'slots', key: 'restarted', limit: 2 } as const;
      const money = { ...MONTH, key: 'restarted', limit: 100, units: 10 };
      const first = await taken(quota, places, money);
      await taken(quota, places, money);
      await redis.kill();
      await redis.restart();
      const held = async (): Promise<string> => redis.cli('zcard', '{nexus}:slots:restarted');
      await until(async () => (await held()).trim() === '2', 'both are held again');
      expect(await leftIn(quota, money)).toBe(80);
      first.settle([undefined, 4]);
      await until(async () => (await held()).trim() === '1', 'one is given back');
      expect(await leftIn(quota, money)).toBe(86);
    });
  });

  it('L6: slots are kept for as long as the longest lease of those who hold some', async () => {
    const [long, short] = [quotaOf({ leaseMs: HOUR_MS }), quotaOf({ leaseMs: 300 })];
    const places = { kind: 'slots', key: 'leases', limit: 2 } as const;
    const lastMs = async (): Promise<number> => Number(await redis.cli('pttl', '{nexus}:slots:leases'));
    const leases = (): Promise<string> => redis.cli('zrange', '{nexus}:slots:leases', '0', '-1', 'withscores');
    await taken(long, places);
    await taken(short, places);
    expect(await lastMs()).toBeGreaterThan(HOUR_MS / 2);
    const before = await leases();
    await until(async () => (await leases()) !== before, 'the short one is renewed');
    expect(await lastMs()).toBeGreaterThan(HOUR_MS / 2);
  });

  it('L6: after an hour of rest, what is settled is there for whoever asks next', async () => {
    const quota = quotaOf({ prefix: '{rested}:' });
    const [places, money] = [
      { kind: 'slots', key: 'rested', limit: 1 },
      { ...MONTH, key: 'rested', limit: 100, units: 10 },
    ] as const;
    (await taken(quota, places, money)).settle([undefined, 4]);
    const late = await taken(quota, places, money);
    const [remembered = ''] = (await redis.cli('keys', '{rested}:settled:*')).trim().split('\n');
    // So long Redis remembers the last batch.
    expect((await redis.cli('del', remembered)).trim()).toBe('1');
    late.settle([undefined, 3]);
    expect((await taken(quota, places, money)).levels).toMatchObject([{ remaining: 0 }, { remaining: 83 }]);
  });

  describe('L8: behind a proxy', () => {
    let proxy: RefusingProxy | undefined;
    afterEach(() => proxy?.close());

    it.each([
      'ERR unknown command `EVALSHA`',
      "NOPERM this user has no permissions to run the 'evalsha' command",
      "unsupported command 'evalsha'",
    ])('that refuses SCRIPT and EVALSHA: %s', async (error) => {
      proxy = await startRefusingProxy(redis.port, ['SCRIPT', 'EVALSHA', 'FUNCTION', 'FCALL'], error);
      const quota = quotaOf({ url: proxy.url });
      const bound = { ...MONTH, key: `proxy ${error}`, limit: 3, units: 1 };
      for (let time = 0; time < 3; time++) (await taken(quota, bound)).settle([1]);
      expect(await quota.take([bound])).toMatchObject({ refusedBy: 0 });
      const late = proxy.asked.slice(-6);
      expect(late).toContain('EVAL');
      expect(late).not.toContain('EVALSHA');
    });

    it('that lets all through: the script travels once, then its name', async () => {
      await redis.cli('script', 'flush');
      proxy = await startRefusingProxy(redis.port, [], '');
      const quota = quotaOf({ url: proxy.url });
      for (let time = 0; time < 5; time++) await taken(quota, { ...MONTH, key: 'named', limit: 9, units: 1 });
      expect(proxy.asked.filter((name) => name === 'EVAL').length).toBeLessThanOrEqual(3);
      expect(proxy.asked.slice(-4)).toEqual(['EVALSHA', 'EVALSHA', 'EVALSHA', 'EVALSHA']);
    });
  });

  it('asks Redis once for all bounds of a request', async () => {
    const proxy = await startRefusingProxy(redis.port, [], '');
    const quota = quotaOf({ url: proxy.url });
    const bounds = [
      { kind: 'rate', key: 'trip', limit: 9, perMs: 1_000, units: 1 },
      { ...MONTH, key: 'trip', limit: 9, units: 1 },
      { kind: 'slots', key: 'trip', limit: 9 },
    ] as const;
    const first = await taken(quota, ...bounds);
    const before = proxy.asked.length;
    await taken(quota, ...bounds);
    expect(proxy.asked.length - before).toBe(1);
    first.settle([1, 1]);
    await until(() => proxy.asked.length - before === 2, 'the settlement is sent');
    await quota.close?.();
    await proxy.close();
  });

  it('knows the days and months of 400 years', async () => {
    const inLua = `${BUDGET}
      local answer = {}
      for _, at in ipairs(ARGV) do
        for _, window in ipairs({ 'day', 'month' }) do
          local number, ends = windowAt(window, tonumber(at) * 1000)
          answer[#answer + 1] = number
          answer[#answer + 1] = ends / 1000
        end
      end
      return answer`;
    const from = Date.UTC(1970, 0, 1);
    const times = fc.sample(fc.integer({ min: from, max: Date.UTC(2370, 0, 1) }), 2_000);
    for (let month = 0; month < 12 * 400; month += 7) times.push(Date.UTC(1970, month) - 1, Date.UTC(1970, month));
    const connection = await connectRedis({ ...PATIENT, url: redis.url });
    const came = await connection.eval(inLua, { keys: [], arguments: times.map(String) });
    connection.close();
    const wanted = times.flatMap((time) => {
      const date = new Date(time);
      const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
      const days = Math.floor(time / 86_400_000);
      return [days, Date.UTC(year, month, day + 1), year * 12 + month, Date.UTC(year, month + 1)];
    });
    expect(came).toEqual(wanted);
  });

  it('money that nobody says they have reserved is free, also when a ledger puts its sum there', async () => {
    const quota = quotaOf();
    const money = { ...MONTH, key: 'nobody', limit: 100, units: 10 };
    (await taken(quota, money)).settle([10]);
    expect(await leftIn(quota, money)).toBe(90);
    const key = '{nexus}:budget:month:nobody';
    const [month = ''] = (await redis.cli('get', key)).split(' ');
    await redis.cli('set', key, `${month} 10 90`, 'px', '100000');
    expect(await leftIn(quota, money)).toBe(90);
    await redis.cli('set', key, `${month} 10 90`, 'px', '100000');
    expect(await quota.rebuild(money, 30)).toBe(-20);
    expect((await redis.cli('get', key)).trim()).toBe(`${month} 30 0`);
  });

  it('what was reserved in a month that is over went with it', async () => {
    const clock = manualClock(Date.UTC(2096, 0, 31, 23, 59, 59));
    const connection = await connectRedis({ ...PATIENT, url: redis.url });
    const quota = redisQuota({ client: turnedBy(clock, connection), leaseMs: HOUR_MS });
    const money = { ...MONTH, key: 'over', limit: 100, units: 10 };
    const [late, early] = [await taken(quota, money), await taken(quota, money)];
    early.settle([3]);
    expect(await leftIn(quota, money)).toBe(87);
    await clock.advance(2_000);
    expect(await leftIn(quota, money)).toBe(100);
    const present = await taken(quota, { ...money, units: 20 });
    late.settle([5]);
    expect(await leftIn(quota, money)).toBe(80);
    await clock.advance(HOUR_MS);
    expect(await leftIn(quota, money)).toBe(100);
    present.settle([7]);
    expect(await leftIn(quota, money)).toBe(93);
    await quota.close?.();
    connection.close();
  });

  it('M1: leaves no key for ever', async () => {
    const quota = quotaOf({ prefix: '{short}:' });
    const bounds = [
      { kind: 'rate', key: 'a', limit: 9, perMs: 60_000, units: 1 },
      { ...MONTH, key: 'a', limit: 9, units: 1 },
      { kind: 'slots', key: 'a', limit: 9 },
    ] as const;
    (await taken(quota, ...bounds)).settle([4, 4]);
    await taken(quota, ...bounds);
    const keys = (await redis.cli('keys', '{short}:*')).trim().split('\n').sort();
    const names = ['budget:month:a', 'processes', 'rate:a', 'reserved:month:a', 'settled:ID', 'slots:a'];
    expect(keys.map((key) => key.replace(/[\w-]{36}$/, 'ID'))).toEqual(names.map((name) => `{short}:${name}`));
    for (const key of keys) expect(Number(await redis.cli('pttl', key)), key).toBeGreaterThan(0);
  });
});

describe.skipIf(!hasRedis)('redisQuota on a cluster', () => {
  let cluster: RedisCluster;
  beforeAll(async () => {
    cluster = await startRedisCluster();
  });
  afterAll(() => cluster.stop());

  const cases = quotaCases(() => redisQuota({ ...PATIENT, url: cluster.urls }), { time: 'real', isShared: true });
  for (const { name, run, skipped } of cases) it.skipIf(skipped !== undefined)(`L8: ${name}`, run);

  it('L7: a node that was killed is found again when it is back', async () => {
    const quota = redisQuota({ ...PATIENT, url: cluster.urls.join(','), leaseMs: 300 });
    const answers = async (): Promise<boolean> => {
      try {
        return Boolean(await quota.take([{ kind: 'slots', key: 'a', limit: 1_000_000 }]));
      } catch {
        return false;
      }
    };
    await until(answers, 'it answers');
    await Promise.all(cluster.nodes.map((node) => node.kill()));
    await until(async () => !(await answers()), 'it is refused');
    await Promise.all(cluster.nodes.map((node) => node.restart()));
    await until(answers, 'it answers again');
    await quota.close?.();
  });
});
