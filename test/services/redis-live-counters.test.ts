import { NexusHub } from 'nexusai-hub';
import { connectRedis, redisLiveCounters, redisSessionStore } from 'nexusai-hub/adapters/redis';
import type { LiveReport } from 'nexusai-hub/ports';
import { liveCountersCases, type LiveCountersPlace, scriptedProvider } from 'nexusai-hub/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { PATIENT } from './patient.ts';
import { hasRedis, type RedisCluster, type RedisServer, startRedis, startRedisCluster } from './redis-server.ts';
import { until } from './waiting.ts';
import { ADMIN, KEYS } from '../views/set-up.ts';

let places = 0;

/** A place of its own in the same Redis. */
function placeIn(url: string | readonly string[]): LiveCountersPlace {
  const prefix = `{place-${places++}}:`;
  return { open: () => redisLiveCounters({ ...PATIENT, url, prefix }) };
}

const NONE = { requests: 0, failed: 0, promptTokens: 0, completionTokens: 0, totalTokens: 0, costNanoUsd: 0 };

function report(requests: number, counted: number, sessions: LiveReport['sessions'] = []): LiveReport {
  return {
    process: 'a',
    lastsMs: 10_000,
    counts: { ...NONE, requests },
    counted: { ...NONE, requests: counted },
    load: { inFlight: 1, shed: 0 },
    sessions,
    nowMs: Date.now(),
    idleMs: 1_800_000,
  };
}

describe.skipIf(!hasRedis)('redisLiveCounters on one server', () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());

  for (const { name, run } of liveCountersCases(() => placeIn(redis.url))) it(name, run);

  it('a Redis that lost everything counts on from there, and nothing twice', async () => {
    const counters = redisLiveCounters({ ...PATIENT, url: redis.url, prefix: '{lost}:' });
    expect(await counters.report(report(5, 0))).toMatchObject({ requests: 5 });
    await redis.cli('flushall');
    expect(await counters.report(report(7, 5))).toMatchObject({ requests: 2, processes: 1, inFlight: 1 });
    await counters.close?.();
  });

  it('M1: a thousand conversations are one report, and take no room when they are over', async () => {
    const counters = redisLiveCounters({ ...PATIENT, url: redis.url, prefix: '{room}:' });
    const nowMs = Date.now();
    const sessions = Array.from({ length: 1_000 }, (_, place) => ({ name: `c${place}`, atMs: nowMs }));
    expect(await counters.report(report(0, 0, sessions))).toMatchObject({ activeSessions: 1_000 });
    expect(await counters.report({ ...report(0, 0), nowMs: nowMs + 1_800_000 })).toMatchObject({ activeSessions: 0 });
    expect((await redis.cli('exists', '{room}:live:sessions')).trim()).toBe('0');
    await counters.close?.();
  });
});

it.skipIf(!hasRedis)(
  'P1: a Redis that is frozen holds up no request, and gets all of them when it is back',
  async () => {
    const redis = await startRedis();
    const client = await connectRedis({ ...PATIENT, url: redis.url });
    const main = scriptedProvider({ says: 'Hi!' });
    const shared = { liveCounters: redisLiveCounters({ client }), sessionStore: redisSessionStore({ client }) };
    const hub = new NexusHub({ providers: { main }, keys: KEYS, ...shared });
    const ask = (): Promise<unknown> =>
      hub.chat.completions.create({ model: 'm', messages: [{ role: 'user', content: 'Hello' }] });
    try {
      await ask();
      await until(() => hub.stats.now().shared?.requests === 1, 'Redis knows of the first');
      redis.freeze();
      for (let asked = 0; asked < 20; asked++) await ask();
      const response = await hub.fetch('http://hub/stats', ADMIN);
      // The client gives a silent Redis up after 2 s: had each of them taken as long, the test would not end in its time.
      expect([response.status, hub.stats.now().requests]).toEqual([200, 21]);
      redis.thaw();
      await until(() => hub.stats.now().shared?.requests === 21, 'Redis knows of all');
      expect(hub.stats.now().shared).toMatchObject({ activeSessions: 21, inFlight: 0, processes: 1 });
    } finally {
      redis.thaw();
      await hub.close();
      client.close();
      await redis.stop();
    }
  },
);

describe.skipIf(!hasRedis)('redisLiveCounters on a cluster', () => {
  let cluster: RedisCluster;
  beforeAll(async () => {
    cluster = await startRedisCluster();
  });
  afterAll(() => cluster.stop());

  for (const { name, run } of liveCountersCases(() => placeIn(cluster.urls))) it(name, run);
});
