import { NexusHub } from 'nexusai-hub';
import { redisNonceStore } from 'nexusai-hub/adapters/redis';
import { signRequest } from 'nexusai-hub/client';
import { nonceStoreCases, type NonceStorePlace, scriptedProvider } from 'nexusai-hub/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { PATIENT } from './patient.ts';
import { hasRedis, type RedisCluster, type RedisServer, startRedis, startRedisCluster } from './redis-server.ts';

let places = 0;

/** A place of its own in the same Redis. */
function placeIn(url: string | readonly string[]): NonceStorePlace {
  const prefix = `{place-${places++}}:`;
  return { open: () => redisNonceStore({ ...PATIENT, url, prefix }) };
}

describe.skipIf(!hasRedis)('redisNonceStore on one server', () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());

  for (const { name, run, skipped } of nonceStoreCases(() => placeIn(redis.url)))
    it.skipIf(skipped !== undefined)(name, run);

  it('M1: each nonce goes by itself', async () => {
    const store = redisNonceStore({ ...PATIENT, url: redis.url, prefix: '{room}:' });
    await store.claim('a', 5_000);
    const left = Number(await redis.cli('pttl', '{room}:nonce:a'));
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThanOrEqual(5_000);
    await store.close?.();
  });

  it('a signed request counts once for all hubs, and not at all while Redis is away', async () => {
    const other = await startRedis();
    const key = { name: 'app', key: 'a-key-that-is-long-enough-to-sign-with', signature: 'required' } as const;
    const hubs = Array.from({ length: 3 }, () => {
      const nonceStore = redisNonceStore({ ...PATIENT, url: other.url });
      return new NexusHub({ providers: { main: scriptedProvider({ says: 'Hi' }) }, keys: [key], nonceStore });
    });
    const statusesOf = async (): Promise<number[]> => {
      const { url, headers } = await signRequest(key, 'http://hub.example/v1/models');
      const statuses = await Promise.all(hubs.map(async (hub) => (await hub.fetch(url, { headers })).status));
      return statuses.sort();
    };
    expect(await statusesOf()).toEqual([200, 401, 401]);
    await other.stop();
    expect(await statusesOf()).toEqual([503, 503, 503]);
    await Promise.all(hubs.map((hub) => hub.close({ drainMs: 0 })));
  });
});

describe.skipIf(!hasRedis)('redisNonceStore on a cluster', () => {
  let cluster: RedisCluster;
  beforeAll(async () => {
    cluster = await startRedisCluster();
  });
  afterAll(() => cluster.stop());

  for (const { name, run, skipped } of nonceStoreCases(() => placeIn(cluster.urls)))
    it.skipIf(skipped !== undefined)(name, run);
});
