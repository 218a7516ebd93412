import {
  connectRedis,
  redisConfigStore,
  type RedisControlOptions,
  redisKeyStore,
  redisSecretStore,
} from 'nexusai-hub/adapters/redis';
import type { ConfigStore, Logger, StoredEpoch, StoredKey } from 'nexusai-hub/ports';
import { configStoreCases, keyStoreCases, secretStoreCases } from 'nexusai-hub/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { PATIENT } from './patient.ts';
import { hasRedis, type RedisCluster, type RedisServer, startRedis, startRedisCluster } from './redis-server.ts';
import { startRefusingProxy } from './refusing-proxy.ts';

let places = 0;

/** Opens stores in a place of its own in the same Redis. */
function placeOf<Store>(make: (options: RedisControlOptions) => Store, url: string | readonly string[]) {
  const prefix = `{place-${places++}}:`;
  return { open: () => make({ ...PATIENT, url, prefix }) };
}

/** The cases that SQLite and PostgreSQL are held to, of all three stores. */
function conformanceOf(url: () => string | readonly string[]): void {
  const cases = [
    ...configStoreCases(() => placeOf(redisConfigStore, url())),
    ...secretStoreCases(() => placeOf(redisSecretStore, url())),
    ...keyStoreCases(() => placeOf(redisKeyStore, url())),
  ];
  for (const { name, run, skipped } of cases) it.skipIf(skipped !== undefined)(name, run);
}

function epochOf(number: number): StoredEpoch {
  return { number, atMs: number, by: 'admin', note: `epoch ${number}`, document: {}, base: {} };
}

function keyOf(id: string, digests: readonly string[]): StoredKey {
  return {
    ...{ id, version: 1, name: id, owner: null, role: 'user', models: null, providers: null },
    secrets: digests.map((digest) => ({ digest, prefix: '', last4: '', validUntilMs: null, signingKeyId: null })),
    ...{ requestsPerMinute: null, tokensPerMinute: null, maxConcurrent: null, budgetUsd: { day: null, month: null } },
    ...{ priority: 0, expiresAtMs: null, allowedAddresses: null, disabled: false, signature: 'allowed' as const },
    ...{ createdAtMs: 0, updatedAtMs: 0, lastUsedAtMs: null },
  };
}

async function closeAll(...stores: readonly { close?(): void | Promise<void> }[]): Promise<void> {
  for (const store of stores) await store.close?.();
}

describe.skipIf(!hasRedis)('stores of the control plane in one Redis', () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());

  conformanceOf(() => redis.url);

  it('M1: epochs are trimmed as in a database: the latest 200 stay, with all that belongs to them', async () => {
    const store = redisConfigStore({ ...PATIENT, url: redis.url, prefix: '{trimmed}:' });
    for (let number = 1; number <= 205; number++) await store.append(epochOf(number));
    const numbers = (await store.history({ limit: 1_000 })).map(({ number }) => number);
    expect([numbers.length, numbers[0], numbers.at(-1)]).toEqual([200, 205, 6]);
    expect([await store.epoch(5), (await store.epoch(6))?.note]).toEqual([undefined, 'epoch 6']);
    expect(await store.history({ before: 7, limit: 10 })).toHaveLength(1);
    for (const name of ['summaries', 'documents'])
      expect((await redis.cli('hlen', `{trimmed}:config:${name}`)).trim()).toBe('200');
    await store.close?.();
  });

  it('M1: what is removed leaves nothing behind', async () => {
    const use = { ...PATIENT, url: redis.url, prefix: '{gone}:' };
    const [secrets, keys] = [redisSecretStore(use), redisKeyStore(use)];
    await secrets.put('s', 'sealed');
    await keys.put(keyOf('k', ['pp.one', 'pp.two']));
    await keys.used(new Map([['k', 1]]));
    await keys.put({ ...keyOf('k', ['pp.two']), version: 2 });
    expect((await redis.cli('hkeys', '{gone}:keys:digests')).trim()).toBe('pp.two');
    await secrets.remove('s');
    await keys.remove('k');
    expect((await redis.cli('keys', '{gone}:*')).trim()).toBe('{gone}:keys:changes');
    await closeAll(secrets, keys);
  });

  it('uses of many keys are written, more than one script takes', async () => {
    const store = redisKeyStore({ ...PATIENT, url: redis.url, prefix: '{used}:' });
    const ids = Array.from({ length: 1_201 }, (_, place) => `k${String(place).padStart(4, '0')}`);
    await Promise.all(ids.map(async (id) => store.put(keyOf(id, []))));
    await store.used(new Map(ids.map((id, place) => [id, place])));
    const kept = (await store.page(2_000)).map(({ lastUsedAtMs }) => lastUsedAtMs);
    expect(kept).toEqual(ids.map((_, place) => place));
    await store.close?.();
  });

  it('a proxy that refuses EVALSHA is sent scripts whole', async () => {
    const proxy = await startRefusingProxy(redis.port, ['EVALSHA'], 'ERR unknown command');
    const use = { ...PATIENT, url: proxy.url, prefix: '{whole}:' };
    const [config, secrets, keys] = [redisConfigStore(use), redisSecretStore(use), redisKeyStore(use)];
    expect(await config.append(epochOf(1))).toBe(true);
    expect(await secrets.put('a', 'sealed')).toBe(true);
    expect(await keys.put(keyOf('a', ['pp.a']))).toBe(true);
    expect([await config.newest(), await secrets.get('a'), (await keys.find(['pp.a']))?.id]).toEqual([
      1,
      'sealed',
      'a',
    ]);
    await closeAll(config, secrets, keys);
    await proxy.close();
  });

  it('they say what is wrong with their options', () => {
    for (const make of [redisConfigStore, redisSecretStore, redisKeyStore])
      expect(() => make({ url: redis.url, prefix: 'nexus:' })).toThrow(new RegExp(`^${make.name}: prefix must`));
  });
});

describe.skipIf(!hasRedis)('stores of the control plane in a cluster', () => {
  let cluster: RedisCluster;
  beforeAll(async () => {
    cluster = await startRedisCluster();
  });
  afterAll(() => cluster.stop());

  conformanceOf(() => cluster.urls);
});

describe.skipIf(!hasRedis)('P5: a Redis that forgets', () => {
  it('is told of once by stores that share a connection, as far as it is set up to', async () => {
    const warnings: unknown[] = [];
    const write = (record: object): void => void warnings.push(record);
    const logger: Logger = { debug: write, info: write, warn: write, error: write };
    const wrongOf = async (...settings: readonly string[]): Promise<unknown> => {
      const redis = await startRedis(...settings);
      const client = await connectRedis({ ...PATIENT, url: redis.url });
      const use = { client, logger };
      const [config, secrets] = [redisConfigStore(use), redisSecretStore(use)];
      await config.newest();
      await secrets.get('a');
      await config.newest();
      client.close();
      await redis.stop();
      return warnings.splice(0).map((record) => Reflect.get(record as object, 'wrong') as unknown);
    };
    expect(await wrongOf()).toEqual([['appendonly is off']]);
    expect(await wrongOf('--appendonly', 'yes', '--maxmemory-policy', 'allkeys-lru')).toEqual([
      ['maxmemory-policy evicts any key'],
    ]);
    expect(await wrongOf('--appendonly', 'yes', '--maxmemory-policy', 'volatile-lru')).toEqual([]);
  });

  it('with an append-only file it comes back with all of it', async () => {
    const redis = await startRedis('--appendonly', 'yes', '--appendfsync', 'always');
    const open = () => {
      const use = { ...PATIENT, url: redis.url };
      return { config: redisConfigStore(use), secrets: redisSecretStore(use), keys: redisKeyStore(use) };
    };
    const before = open();
    await before.config.append(epochOf(1));
    await before.secrets.put('a', 'sealed');
    await before.keys.put(keyOf('a', ['pp.a']));
    const version = await before.keys.version();
    await redis.kill();
    for (const verb of [() => before.config.newest(), () => before.secrets.get('a'), () => before.keys.version()])
      await expect((async () => verb())()).rejects.toThrow(/^redis\w+Store: Redis does not answer\.$/);
    await redis.restart();
    const after = open();
    expect(await after.config.epoch(1)).toEqual(epochOf(1));
    expect(await after.secrets.get('a')).toBe('sealed');
    expect([(await after.keys.find(['pp.a']))?.id, await after.keys.version()]).toEqual(['a', version]);
    for (const { config, secrets, keys } of [before, after]) await closeAll(config, secrets, keys);
    await redis.stop();
  });

  it('says so to who has seen more, and goes on with them when others have gone beyond that', async () => {
    const redis = await startRedis();
    const [one, other] = [
      redisConfigStore({ ...PATIENT, url: redis.url }),
      redisConfigStore({ ...PATIENT, url: redis.url }),
    ];
    const appendTo = async (store: ConfigStore, from: number, to: number): Promise<void> => {
      for (let number = from; number <= to; number++) expect(await store.append(epochOf(number))).toBe(true);
    };
    await appendTo(one, 1, 3);
    await redis.cli('flushall');
    await expect(one.newest()).rejects.toMatchObject({
      code: 'config_unavailable',
      message: expect.stringMatching(/^Redis has lost configurations: epoch 3 was there, and now it ends with 0\./),
    });
    // One that has not seen them begins anew. Another third epoch is not the one that was there.
    await appendTo(other, 1, 3);
    await expect(one.newest()).rejects.toMatchObject({ code: 'config_unavailable' });
    await appendTo(other, 4, 4);
    expect([await one.newest(), await one.newest()]).toEqual([4, 4]);
    await closeAll(one, other);
    await redis.stop();
  });

  it('no version of keys comes twice, so that whoever has seen a lost one asks anew', async () => {
    const redis = await startRedis();
    const store = redisKeyStore({ ...PATIENT, url: redis.url });
    await store.put(keyOf('a', []));
    const seen = await store.version();
    await redis.cli('flushall');
    await store.put(keyOf('b', []));
    expect(await store.version()).toBeGreaterThan(seen);
    await store.close?.();
    await redis.stop();
  });
});
