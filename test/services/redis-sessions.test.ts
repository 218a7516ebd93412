import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

import { redisSessionStore } from 'nexusai-hub/adapters/redis';
import type { ChatMessage, SessionAsk, SessionStore } from 'nexusai-hub/ports';
import { type SessionStorePlace, sessionStoreCases } from 'nexusai-hub/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { builtPrograms } from '../built-programs.ts';
import { PATIENT } from './patient.ts';
import { hasRedis, type RedisCluster, type RedisServer, startRedis, startRedisCluster } from './redis-server.ts';
import type { Order } from './session-asker.ts';

let places = 0;

/** A place of its own in the same Redis. */
function placeIn(url: string | readonly string[]): SessionStorePlace {
  const prefix = `{place-${places++}}:`;
  return { open: () => redisSessionStore({ ...PATIENT, url, prefix }) };
}

const NOW = Date.UTC(2026, 0);

function asked(id: string, ask: Partial<SessionAsk> = {}): SessionAsk {
  const time = { nowMs: NOW, idleMs: 1_800_000 };
  return { owner: 'anna', id, ...time, isNamed: false, tips: [], asked: undefined, tails: [], ...ask };
}

async function answer(store: SessionStore, id: string, tip: string): Promise<void> {
  const facts = { messages: 2, sent: 2, tokens: 5, setting: 's' };
  await store.append({ ...asked(id), tips: [tip], tails: [`p${tip}`], facts, said: undefined });
}

describe.skipIf(!hasRedis)('redisSessionStore on one server', () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());

  for (const { name, run, skipped } of sessionStoreCases(() => placeIn(redis.url)))
    it.skipIf(skipped !== undefined)(name, run);

  it('M1, M4: leaves no key for ever', async () => {
    const store = redisSessionStore({ ...PATIENT, url: redis.url, prefix: '{left}:' });
    for (const id of ['one', 'two', 'three']) {
      await store.open(asked(id));
      await answer(store, id, 't1');
    }
    await store.open(asked('x', { tips: ['t1'], asked: 'q1' }));
    await store.merge(asked('one'), 'two');
    await store.split(asked('one'), 0, 'four');
    const keys = (await redis.cli('keys', '{left/*')).trim().split('\n');
    expect(keys.length).toBeGreaterThan(5);
    for (const key of keys) expect(Number(await redis.cli('pttl', key)), key).toBeGreaterThan(0);
    await store.close?.();
  });

  it('M1: turns that are over go from the marks that lead to them', async () => {
    const store = redisSessionStore({ ...PATIENT, url: redis.url, prefix: '{over}:' });
    for (let turn = 0; turn < 50; turn++) {
      await store.open(asked(`c${turn}`));
      await answer(store, `c${turn}`, 't1');
    }
    const later = { nowMs: NOW + 1_800_000 };
    expect(await store.open(asked('x', { ...later, tips: ['t1'], tails: [['pt1']] }))).toMatchObject({ id: 'x' });
    for (const mark of ['t1', 't1:free', 'pt1'])
      expect(
        (await redis.cli('--raw', 'eval', "return #redis.call('KEYS', ARGV[1])", '0', `*over/*m:${mark}`)).trim(),
      ).toBe('0');
    await store.close?.();
  });

  it('N8: a conversation outlives the process, and Redis connections', async () => {
    const first = redisSessionStore({ ...PATIENT, url: redis.url, prefix: '{restart}:' });
    await first.open(asked('one'));
    await answer(first, 'one', 't1');
    await first.close?.();
    const second = redisSessionStore({ ...PATIENT, url: redis.url, prefix: '{restart}:' });
    const last = { nowMs: NOW + 1_799_999 };
    expect(await second.open(asked('x', { ...last, tips: ['t1'] }))).toMatchObject({ id: 'one', by: 'tip' });
    const over = { nowMs: NOW + 1_799_999 + 1_800_000 };
    expect(await second.open(asked('y', { ...over, tips: ['t1'] }))).toMatchObject({ id: 'y', by: 'nothing' });
    await second.close?.();
  });

  it('rejects while Redis is away', async () => {
    const other = await startRedis();
    const store = redisSessionStore({ ...PATIENT, url: other.url });
    await store.open(asked('one'));
    await other.stop();
    await expect(Promise.resolve(store.open(asked('two')))).rejects.toThrow();
    await store.close?.();
  });

  it('says which option is wrong', () => {
    expect(() => redisSessionStore({ url: 'http://localhost' })).toThrow(/redisSessionStore: .*redis:\/\//);
    expect(() => redisSessionStore({ url: redis.url, prefix: 'plain' })).toThrow(/redisSessionStore: prefix/);
  });

  describe('with four processes', () => {
    const programOf = builtPrograms({ asker: new URL('session-asker.ts', import.meta.url) });
    const children: ChildProcess[] = [];
    beforeAll(async () => {
      for (let place = 0; place < 4; place++) children.push(fork(programOf('asker'), [redis.url], { execArgv: [] }));
      await Promise.all(children.map((child) => once(child, 'message')));
    }, 60_000);
    afterAll(() => {
      for (const child of children) child.disconnect();
    });
    const ask = async (place: number, order: Order): Promise<{ id: string; matchedBy: string }> => {
      const child = children[place % 4]!;
      const told = once(child, 'message');
      child.send(order);
      return ((await told) as [{ id: string; matchedBy: string }])[0];
    };

    it('N6: one conversation has one id, whichever of them is asked', async () => {
      const messages: ChatMessage[] = [];
      const ids = new Set<string>();
      for (let turn = 0; turn < 12; turn++) {
        messages.push({ role: 'user', content: `Question ${turn}` });
        ids.add((await ask(turn, { messages: [...messages], answer: `Answer ${turn}` })).id);
        messages.push({ role: 'assistant', content: `Answer ${turn}` });
      }
      expect(ids.size).toBe(1);
    });

    it('N1: people who say the same at the same time, to whichever of them, are kept apart', async () => {
      const opener: Order = { messages: [{ role: 'user', content: 'Hello' }], answer: 'Hi' };
      const first: string[] = [];
      for (let round = 0; round < 10; round++)
        first.push(...(await Promise.all([0, 1, 2, 3].map((place) => ask(place, opener)))).map(({ id }) => id));
      expect(new Set(first).size).toBe(40);
      const second: string[] = [];
      const more = {
        messages: [...opener.messages, { role: 'assistant', content: 'Hi' }, { role: 'user', content: 'More' }],
        answer: 'ok',
      } as Order;
      for (let round = 0; round < 10; round++)
        second.push(...(await Promise.all([3, 2, 1, 0].map((place) => ask(place, more)))).map(({ id }) => id));
      expect(second.sort()).toEqual(first.sort());
    });
  });
});

describe.skipIf(!hasRedis)('redisSessionStore on a cluster', () => {
  let cluster: RedisCluster;
  beforeAll(async () => {
    cluster = await startRedisCluster();
  });
  afterAll(() => cluster.stop());

  for (const { name, run, skipped } of sessionStoreCases(() => placeIn(cluster.urls)))
    it.skipIf(skipped !== undefined)(name, run);
});
