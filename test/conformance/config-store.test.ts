import type { ConfigStore } from 'nexusai-hub/ports';
import { configStoreCases, type ConfigStorePlace } from 'nexusai-hub/testing';
import { describe, expect, it } from 'vitest';
import { sqliteDatabase } from 'nexusai-hub/adapters/sqlite';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { memoryConfigStore } from '../../src/defaults/config-store.ts';

/** A place in memory whose stores may be spoilt. */
function place(spoil: (store: ConfigStore) => ConfigStore = (store) => store): ConfigStorePlace {
  const store = spoil(memoryConfigStore());
  return { open: () => store };
}

/** A file of SQLite, each store with a connection of its own. */
function fileOf(thread: boolean): ConfigStorePlace {
  const folder = mkdtempSync(join(tmpdir(), 'epochs-'));
  const file = join(folder, 'nexus.db');
  return {
    async open() {
      const { config, open, close } = sqliteDatabase({ file, thread });
      await open();
      return { ...config, close };
    },
    close: () => rmSync(folder, { recursive: true }),
  };
}

describe('memory does what every store of configurations has to do', () => {
  for (const { name, run, skipped } of configStoreCases(() => place())) it.skipIf(skipped !== undefined)(name, run);
});

describe('SQLite does what every store of configurations has to do', () => {
  const skip = { race: 'two connections of one thread wait for each other; see below' };
  const cases = configStoreCases(() => fileOf(false), { skip });
  for (const { name, run, skipped } of cases) if (skipped === undefined) it(name, run);

  const race = configStoreCases(() => fileOf(true)).find(({ id }) => id === 'race');
  it(`${race?.name} (in threads)`, async () => race?.run());
});

describe('the cases themselves', () => {
  it.each<[wrong: string, failed: string[], spoil: (store: ConfigStore) => ConfigStore]>([
    ['takes any number', ['next', 'race'], (store) => ({ ...store, append: takesAny(store) })],
    ['forgets', ['kept', 'next', 'race', 'providers'], (store) => ({ ...store, epoch: async () => undefined })],
    ['tells all at once', ['history'], (store) => ({ ...store, history: () => store.history({ limit: 100 }) })],
    ['says it is empty', ['kept', 'next'], (store) => ({ ...store, newest: async () => 0 })],
  ])('find a store that %s', async (_wrong, expected, spoil) => {
    const failed: string[] = [];
    for (const { id, run } of configStoreCases(() => place(spoil))) await run().catch(() => failed.push(id));
    expect(failed).toEqual(expected);
  });
});

function takesAny(store: ConfigStore): ConfigStore['append'] {
  return async (epoch) => {
    await store.append(epoch);
    return true;
  };
}
