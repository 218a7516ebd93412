import { type AwayMode, NexusHub } from 'nexusai-hub';
import { demo } from 'nexusai-hub/adapters/demo';
import { redisQuota } from 'nexusai-hub/adapters/redis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { PATIENT } from './patient.ts';
import { hasRedis, type RedisServer, startRedis } from './redis-server.ts';
import { until } from './waiting.ts';

const LIMIT = 12;
const REQUESTS = 300;

describe.skipIf(!hasRedis)('L7, L9: a hub whose Redis goes away', () => {
  let redis: RedisServer;
  beforeEach(async () => {
    redis = await startRedis();
  });
  afterEach(() => redis.stop());

  /** A hub on this Redis, whose only caller is let in `LIMIT` times an hour, or so. */
  function hubOf(whenQuotaIsAway: AwayMode) {
    const lines: string[] = [];
    const write = (_record: object, message: string): void => {
      lines.push(message);
    };
    const hub = new NexusHub({
      providers: { demo: demo({ pace: 'instant' }) },
      keys: [{ name: 'app', key: 'key-of-the-app', requestsPerMinute: LIMIT }],
      // On a busy machine an answer may take longer than 20 ms, and nobody is away.
      limits: { whenQuotaIsAway, processes: 4, quotaWithinMs: 1_000 },
      quota: redisQuota({ ...PATIENT, url: redis.url }),
      logger: { debug: write, info: write, warn: write, error: write },
    });
    return { hub, lines };
  }

  async function statusOf(hub: NexusHub): Promise<number> {
    const headers = { 'content-type': 'application/json', authorization: 'Bearer key-of-the-app' };
    const body = JSON.stringify({ model: 'demo', max_tokens: 1, messages: [{ role: 'user', content: 'Hello' }] });
    const response = await hub.fetch('http://hub/v1/chat/completions', { method: 'POST', headers, body });
    await response.arrayBuffer();
    return response.status;
  }

  /** How many of many requests are let in. */
  async function admitted(hub: NexusHub): Promise<number> {
    let count = 0;
    for (let request = 0; request < REQUESTS; request++) if ((await statusOf(hub)) === 200) count++;
    return count;
  }

  it.each([
    ['closed', 0],
    ['local-share', LIMIT / 4],
    ['open', REQUESTS],
  ] as const)('%s: frozen and thawed', async (mode, expected) => {
    const { hub, lines } = hubOf(mode);
    expect(await statusOf(hub)).toBe(200);
    redis.freeze();
    // The pace of a minute lets one more in every 20 s that this takes on a busy machine.
    expect(Math.abs((await admitted(hub)) - expected)).toBeLessThanOrEqual(1);
    expect(hub.stats.now().quota).toMatchObject({ kind: 'away', mode });
    redis.thaw();
    await until(() => hub.stats.now().quota.kind === 'shared', 'Redis counts again');
    expect(lines.filter((line) => line.startsWith('limits'))).toHaveLength(2);
    expect(lines.length).toBeLessThanOrEqual(5);
    await hub.close();
  });

  it('killed and started again', async () => {
    const { hub, lines } = hubOf('closed');
    expect(await statusOf(hub)).toBe(200);
    await redis.kill();
    expect(await admitted(hub)).toBe(0);
    await redis.restart();
    await until(async () => (await statusOf(hub)) === 200, 'Redis counts again');
    expect(lines.length).toBeLessThanOrEqual(5);
    await hub.close();
  });
});
