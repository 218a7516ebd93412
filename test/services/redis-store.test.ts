import { redisStore } from 'nexusai-hub/adapters/redis';
import { type StorePlace, storeCases } from 'nexusai-hub/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { PATIENT } from './patient.ts';
import { hasRedis, type RedisCluster, type RedisServer, startRedis, startRedisCluster } from './redis-server.ts';

let places = 0;

/** A place of its own in the same Redis. */
function placeIn(url: string | readonly string[]): StorePlace {
  const prefix = `{place-${places++}}:`;
  return { open: () => redisStore({ ...PATIENT, url, prefix }) };
}

describe.skipIf(!hasRedis)('redisStore on one server', () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());

  for (const { name, run, skipped } of storeCases(() => placeIn(redis.url)))
    it.skipIf(skipped !== undefined)(name, run);

  it('M1: what has ended takes no room', async () => {
    const store = redisStore({ ...PATIENT, url: redis.url, prefix: '{room}:' });
    for (let name = 0; name < 50; name++) await store.set('f', String(name), 'short', 1);
    await store.set('f', 'last', 'long', 60_000);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await store.list('f')).toEqual([{ name: 'last', value: 'long' }]);
    expect((await redis.cli('hlen', '{room}:store:f')).trim()).toBe('1');
    expect((await redis.cli('zcard', '{room}:store-ends:f')).trim()).toBe('1');
    await store.close?.();
  });

  it('rejects while Redis is away', async () => {
    const other = await startRedis();
    const store = redisStore({ ...PATIENT, url: other.url });
    await store.set('f', 'a', 'one');
    await other.stop();
    await expect(store.get('f', 'a')).rejects.toThrow();
    await store.close?.();
  });
});

describe.skipIf(!hasRedis)('redisStore on a cluster', () => {
  let cluster: RedisCluster;
  beforeAll(async () => {
    cluster = await startRedisCluster();
  });
  afterAll(() => cluster.stop());

  for (const { name, run, skipped } of storeCases(() => placeIn(cluster.urls)))
    it.skipIf(skipped !== undefined)(name, run);
});
