import { NexusHub } from 'nexusai-hub';
import { redisConfigStore, redisKeyStore, redisSecretStore } from 'nexusai-hub/adapters/redis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { tellingKinds } from '../admin/set-up.ts';
import { PATIENT } from './patient.ts';
import { hasRedis, type RedisServer, startRedis } from './redis-server.ts';
import { until } from './waiting.ts';

const MASTER_KEY = '3f1c9b7a5d2e8f604b1d7c3a9e5f2b8d6c0a4e7f1b3d5c9a8e2f6b0d4c7a1e53';

const away = { code: 'config_unavailable', status: 503 };

describe.skipIf(!hasRedis)('H5: hubs whose only store is a Redis that goes away', () => {
  let redis: RedisServer;
  const hubs: NexusHub[] = [];
  beforeEach(async () => {
    redis = await startRedis('--appendonly', 'yes', '--appendfsync', 'always');
  });
  afterEach(async () => {
    await Promise.all(hubs.splice(0).map((hub) => hub.close({ drainMs: 0 })));
    await redis.stop();
  });

  /** A hub as one of several processes, with connections of its own. */
  async function hubOver(): Promise<NexusHub> {
    const use = { ...PATIENT, url: redis.url };
    const stores = { config: redisConfigStore(use), secrets: redisSecretStore(use), keys: redisKeyStore(use) };
    const document = { providers: [{ id: 'main', kind: 'telling', api_key: 'key-of-main-0001', models: ['m'] }] };
    const hub = new NexusHub({
      providers: {},
      control: { stores, masterKeys: [MASTER_KEY], kinds: tellingKinds(), document },
    });
    hubs.push(hub);
    await hub.ready();
    return hub;
  }

  async function said(hub: NexusHub, model: string): Promise<unknown> {
    const { choices } = await hub.chat.completions.create({ model, messages: [{ role: 'user', content: 'Hello' }] });
    return choices[0]?.message.content;
  }

  async function statusOf(hub: NexusHub, key: string): Promise<number> {
    return (await hub.fetch('http://hub/v1/models', { headers: { authorization: `Bearer ${key}` } })).status;
  }

  async function answers(some: readonly NexusHub[]): Promise<boolean> {
    const asked = some.flatMap(({ admin }) => [admin.vault.status(), admin.keys.list(), admin.config.history()]);
    return (await Promise.allSettled(asked)).every(({ status }) => status === 'fulfilled');
  }

  async function epochsOf(some: readonly NexusHub[]): Promise<(number | string)[]> {
    const all = await Promise.all(some.map((hub) => hub.admin.config.get()));
    return all.map(({ number, behind }) => behind ?? number);
  }

  it.each<[name: string, go: () => Promise<void>, back: () => Promise<void>]>([
    [
      'frozen',
      async () => {
        redis.freeze();
      },
      async () => {
        redis.thaw();
      },
    ],
    ['killed', () => redis.kill(), () => redis.restart()],
  ])(
    '%s: what is in force goes on, changes are refused, and it goes on when Redis is back',
    async (_name, go, back) => {
      const [one, other] = [await hubOver(), await hubOver()];
      const { secret, key } = await one.admin.keys.create({ name: 'app' });
      const unseen = await one.admin.keys.create({ name: 'of nobody yet' });
      expect([await statusOf(one, secret.reveal()), await statusOf(other, secret.reveal())]).toEqual([200, 200]);
      await one.admin.providers.update('main', { api_key: 'key-of-main-0002' });
      await until(async () => (await said(other, 'm')) === 'main key-of-main-0002', 'the other has it');

      await go();
      await expect(one.admin.providers.update('main', { api_key: 'key-of-main-0003' })).rejects.toMatchObject(away);
      await expect(other.admin.config.rollback()).rejects.toMatchObject(away);
      await expect(other.admin.config.history()).rejects.toMatchObject(away);
      await expect(other.admin.vault.status()).rejects.toMatchObject(away);
      await expect(one.admin.keys.create({ name: 'late' })).rejects.toMatchObject({ code: 'keys_unavailable' });
      await expect(one.admin.keys.update(key.id, { disabled: true })).rejects.toMatchObject({
        code: 'keys_unavailable',
      });
      await until(async () => (await epochsOf(hubs)).every((epoch) => typeof epoch === 'string'), 'both say so');
      for (const hub of hubs) {
        expect(await said(hub, 'm')).toBe('main key-of-main-0002');
        // Who is known is let in, and who is not is not told that the key is wrong.
        const shown = [secret, unseen.secret].map((each) => statusOf(hub, each.reveal()));
        expect(await Promise.all(shown)).toEqual([200, 503]);
      }

      await back();
      // Each store has a connection of its own, which comes back by itself.
      await until(() => answers(hubs), 'all stores answer again');
      await until(async () => (await epochsOf(hubs)).every((epoch) => epoch === 2), 'both are where they were');
      await other.admin.providers.update('main', { api_key: 'key-of-main-0004' });
      await one.admin.keys.delete(key.id);
      await until(async () => (await said(one, 'm')) === 'main key-of-main-0004', 'one has what the other changed');
      await until(async () => (await statusOf(other, secret.reveal())) === 401, 'the other has what one changed');
      expect(await epochsOf(hubs)).toEqual([3, 3]);
    },
  );

  it('away at the start: the file holds, nobody is let in by a key, and both go on when Redis is there', async () => {
    const before = await hubOver();
    const { secret } = await before.admin.keys.create({ name: 'app' });
    await before.admin.providers.update('main', { api_key: 'key-of-main-0002' });
    await redis.kill();
    const late = await hubOver();
    expect([await said(late, 'm'), await statusOf(late, secret.reveal())]).toEqual(['main key-of-main-0001', 503]);
    await expect(late.admin.keys.create({ name: 'late' })).rejects.toMatchObject({ code: 'keys_unavailable' });
    await redis.restart();
    await until(async () => (await said(late, 'm')) === 'main key-of-main-0002', 'what is stored holds');
    await until(async () => (await statusOf(late, secret.reveal())) === 200, 'the key is known');
  });

  it('killed again and again while much is changed: no change is half there, and none that was told is lost', async () => {
    const [one, other] = [await hubOver(), await hubOver()];
    const told: string[] = [];
    let isOver = false;
    const changing = [one, other].map(async (hub, place) => {
      for (let count = 0; !isOver; count++) {
        const id = `p${String(place)}-${String(count)}`;
        const settings = { id, kind: 'telling', api_key: `key-of-${id}`, models: [id] };
        await hub.admin.providers.create(settings).then(
          () => void told.push(id),
          // What is away is waited for in no other way than by asking again.
          () => new Promise((resolve) => setTimeout(resolve, 5)),
        );
      }
    });
    for (let time = 1; time <= 3; time++) {
      const before = told.length;
      await until(() => told.length > before + 5, 'some changes are made');
      await redis.kill();
      await redis.restart();
    }
    const before = told.length;
    await until(() => told.length > before, 'changes are made again');
    isOver = true;
    await Promise.all(changing);

    const third = await hubOver();
    await until(async () => new Set(await epochsOf(hubs)).size === 1, 'all are at the same epoch');
    const documents = await Promise.all(hubs.map(async (hub) => (await hub.admin.config.get()).document));
    for (const document of documents) expect(document).toEqual(documents[0]);
    const ids = (await third.admin.providers.list()).map(({ id }) => id).filter((id) => id !== 'main');
    expect(ids).toEqual(expect.arrayContaining(told));
    for (const hub of hubs) for (const id of ids) expect(await said(hub, id)).toBe(`${id} key-of-${id}`);
  });
});
