import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import KeyvRedis from '@keyv/redis';
import Keyv from 'keyv';
import { type KeyvLike, keyvSessionStore } from 'nexusai-hub/adapters/keyv';
import { type SessionStorePlace, sessionStoreCases } from 'nexusai-hub/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { hasRedis, type RedisServer, startRedis } from './redis-server.ts';

/** Compiles for a minute, and is installed apart. */
const SQLITE = fileURLToPath(new URL('keyv-sqlite/package.json', import.meta.url));
const hasSqlite =
  process.env['NEXUS_REQUIRE_SERVICES'] === '1' || existsSync(join(SQLITE, '../node_modules/.package-lock.json'));
if (!hasSqlite)
  process.stderr.write(
    'SKIPPED: tests against @keyv/sqlite: run `npm ci --prefix test/services/keyv-sqlite` to have them.\n',
  );

/** Of several processes each has its own Keyv, and none of their steps is atomic. */
const NOT_ATOMIC = {
  claims: 'Keyv has no atomic steps: two processes may take one turn',
  'history-atomic': 'Keyv has no atomic steps: of two messages added at the same time, one may be lost',
};

it('keyvSessionStore says what is wrong', () => {
  expect(() => keyvSessionStore({} as unknown as KeyvLike)).toThrow(/keyvSessionStore: expected a Keyv/);
  expect(() => keyvSessionStore(undefined as unknown as KeyvLike)).toThrow(/keyvSessionStore: expected a Keyv/);
});

describe('keyvSessionStore over a Keyv in memory', () => {
  for (const { name, run, skipped } of sessionStoreCases(() => {
    const keyv = new Keyv();
    return { open: () => keyvSessionStore(keyv) };
  }))
    it.skipIf(skipped !== undefined)(name, run);

  it('M1: leaves nothing for ever, and marks of what is over are taken out', async () => {
    const kept = new Map<string, string>();
    const store = keyvSessionStore(new Keyv({ store: kept }));
    const time = { owner: 'anna', nowMs: Date.now(), idleMs: 60_000 };
    const facts = { messages: 2, sent: 2, tokens: 1, setting: '' };
    await store.open({ ...time, id: 'one', isNamed: false, tips: [], asked: undefined, tails: [] });
    await store.append({ ...time, id: 'one', tips: ['t1'], tails: ['p1'], facts, said: undefined });
    expect(kept.size).toBe(3);
    for (const text of kept.values())
      expect((JSON.parse(text) as { expires?: number }).expires).toBeGreaterThan(Date.now());
    const later = { ...time, nowMs: time.nowMs + 60_000, isNamed: false, asked: undefined };
    await store.open({ ...later, id: 'two', tips: ['t1'], tails: [['p1']] });
    expect(kept.size).toBe(2);
  });
});

describe.skipIf(!hasSqlite)('keyvSessionStore over @keyv/sqlite', () => {
  let folder: string;
  let places = 0;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'nexusai-hub-keyv-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  function keyvIn(file: string): Keyv {
    const { KeyvSqlite } = createRequire(SQLITE)('@keyv/sqlite') as { KeyvSqlite: new (uri: string) => object };
    return new Keyv({ store: new KeyvSqlite(`sqlite://${join(folder, file)}`), throwOnErrors: true });
  }

  function place(): SessionStorePlace {
    const keyv = keyvIn(`${places++}.sqlite`);
    return { open: () => keyvSessionStore(keyv), close: () => keyv.disconnect() };
  }

  for (const { name, run, skipped } of sessionStoreCases(place)) it.skipIf(skipped !== undefined)(name, run);

  it('N8: a conversation outlives the process', async () => {
    const ask = { owner: 'anna', nowMs: 0, idleMs: 1_800_000, isNamed: true, tips: [], asked: undefined, tails: [] };
    const first = keyvIn('restart.sqlite');
    await keyvSessionStore(first).open({ ...ask, id: 'one' });
    await first.disconnect();
    const second = keyvIn('restart.sqlite');
    const again = await keyvSessionStore(second).open({ ...ask, id: 'one', nowMs: 1_799_999 });
    expect(again.isNew).toBe(false);
    expect((await keyvSessionStore(second).open({ ...ask, id: 'one', nowMs: 3_599_999 })).isNew).toBe(true);
    await second.disconnect();
  });
});

describe.skipIf(!hasRedis)('keyvSessionStore over @keyv/redis, each process with a Keyv of its own', () => {
  let redis: RedisServer;
  let places = 0;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());

  function place(): SessionStorePlace {
    const namespace = `place-${places++}`;
    const open: Keyv[] = [];
    return {
      open() {
        const keyv = new Keyv({ store: new KeyvRedis(redis.url), namespace, useKeyPrefix: false, throwOnErrors: true });
        open.push(keyv);
        return keyvSessionStore(keyv);
      },
      async close() {
        await Promise.all(open.map((keyv) => keyv.disconnect()));
      },
    };
  }

  for (const { name, run, skipped } of sessionStoreCases(place, { skip: NOT_ATOMIC }))
    it.skipIf(skipped !== undefined)(name, run);
});
