import { NexusHub } from 'nexusai-hub';
import { redisAnswerCache } from 'nexusai-hub/adapters/redis';
import { answerCacheCases, type AnswerCachePlace, scriptedProvider } from 'nexusai-hub/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { PATIENT } from './patient.ts';
import { hasRedis, type RedisCluster, type RedisServer, startRedis, startRedisCluster } from './redis-server.ts';

const BODY = { model: 'm', messages: [{ role: 'user' as const, content: 'Hello' }] };
const USAGE = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 };

let places = 0;

/** A place of its own in the same Redis. */
function placeIn(url: string | readonly string[]): AnswerCachePlace {
  const prefix = `{place-${places++}}:`;
  return { open: () => redisAnswerCache({ ...PATIENT, url, prefix }) };
}

/** A process that keeps its answers there, and waits for them as long as a machine that has other work may need. */
function processAt(url: string) {
  const main = scriptedProvider({ says: 'Hi', usage: USAGE });
  const hub = new NexusHub({
    providers: { main },
    cache: { withinMs: 1_000 },
    answerCache: redisAnswerCache({ ...PATIENT, url }),
  });
  return { hub, main, ask: () => hub.chat.completions.create(BODY) };
}

describe.skipIf(!hasRedis)('redisAnswerCache on one server', () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());

  for (const { name, run, skipped } of answerCacheCases(() => placeIn(redis.url)))
    it.skipIf(skipped !== undefined)(name, run);

  it('M1: each answer goes by itself', async () => {
    const cache = redisAnswerCache({ ...PATIENT, url: redis.url, prefix: '{room}:' });
    await cache.set({ scope: 'caller:app', digest: 'a' }, 'answer', 5_000);
    const left = Number(await redis.cli('pttl', '{room}:answer:a:caller:app'));
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThanOrEqual(5_000);
    await cache.close?.();
  });

  it('what one process was answered the others give again', async () => {
    const [one, other] = [processAt(redis.url), processAt(redis.url)];
    await one.ask();
    await expect.poll(() => one.hub.stats.now().cache?.kept).toBe(1);
    await other.ask();
    expect([one.main.calls.length, other.main.calls.length]).toEqual([1, 0]);
    expect(other.hub.stats.now()).toMatchObject({ cacheHits: 1, savedTokens: 5, cache: { hits: 1 } });
    await Promise.all([one, other].map(({ hub }) => hub.close()));
  });

  it('while Redis is frozen, or away, answers are asked for; when it is back they are found again', async () => {
    const other = await startRedis();
    const { hub, main, ask } = processAt(other.url);
    await ask();
    await expect.poll(() => hub.stats.now().cache?.kept).toBe(1);
    other.freeze();
    await ask();
    expect(main.calls).toHaveLength(2);
    expect(hub.stats.now().cache).toMatchObject({ state: 'away', misses: 2 });
    other.thaw();
    await expect
      .poll(async () => {
        await ask();
        return hub.stats.now().cache?.hits;
      })
      .toBeGreaterThan(0);
    await other.stop();
    await expect
      .poll(async () => {
        await ask();
        return hub.stats.now().cache?.state;
      })
      .toBe('away');
    await hub.close({ drainMs: 0 });
  });
});

describe.skipIf(!hasRedis)('redisAnswerCache on a cluster', () => {
  let cluster: RedisCluster;
  beforeAll(async () => {
    cluster = await startRedisCluster();
  });
  afterAll(() => cluster.stop());

  for (const { name, run, skipped } of answerCacheCases(() => placeIn(cluster.urls)))
    it.skipIf(skipped !== undefined)(name, run);
});
