import type { KeyStore, StoredKey } from 'nexusai-hub/ports';
import { keyStoreCases, type KeyStorePlace } from 'nexusai-hub/testing';
import { describe, expect, it } from 'vitest';

import { memoryKeyStore } from '../../src/defaults/key-store.ts';

function place(spoil: (store: KeyStore) => Partial<KeyStore> = () => ({})): KeyStorePlace {
  const store = memoryKeyStore();
  const bare: KeyStore = {
    find: (digests) => store.find(digests),
    get: (id) => store.get(id),
    page: (limit, after) => store.page(limit, after),
    put: (key) => store.put(key),
    remove: (id) => store.remove(id),
    version: () => store.version(),
    used: (at) => store.used(at),
  };
  const spoilt = { ...bare, ...spoil(store) };
  return { open: () => spoilt };
}

describe('memory does what every key store has to do', () => {
  for (const { name, run, skipped } of keyStoreCases(() => place())) it.skipIf(skipped !== undefined)(name, run);
});

describe('the cases themselves', () => {
  async function failures(make: () => KeyStorePlace): Promise<string[]> {
    const failed: string[] = [];
    for (const { id, run } of keyStoreCases(make)) await run().catch(() => failed.push(id));
    return failed;
  }
  const stored = (store: KeyStore, id: string): StoredKey => store.get(id) as StoredKey;

  it.each<[wrong: string, failed: string[], spoil: (store: KeyStore) => Partial<KeyStore>]>([
    ['loses the budget', ['kept', 'texts', 'unknown', 'pages'], losesTheBudget],
    ['knows one digest of a key', ['digests'], (store) => ({ find: (all) => firstOnly(store, all) })],
    ['lists the first again', ['pages'], (store) => ({ page: (limit) => store.page(limit) })],
    ['has one version for ever', ['version'], () => ({ version: () => 1 })],
    ['counts uses as changes', ['version'], countsUses],
    [
      'takes the last that is told',
      ['used'],
      (store) => ({
        put: (key) => store.put(key),
        used: (at) => {
          for (const [id, atMs] of at) if (store.get(id)) Object.assign(stored(store, id), { lastUsedAtMs: atMs });
        },
      }),
    ],
  ])('find a store that %s', async (_wrong, failed, spoil) => {
    expect(await failures(() => place(spoil))).toEqual(failed);
  });

  it('find a store that is not shared', async () => {
    expect(await failures(() => ({ open: () => memoryKeyStore() }))).toEqual([
      'kept',
      'texts',
      'unknown',
      'versions',
      'digests',
      'pages',
      'removed',
      'version',
      'used',
    ]);
  });
});

function losesTheBudget(store: KeyStore): Partial<KeyStore> {
  return { put: (key) => store.put({ ...key, budgetUsd: { day: null, month: null } }) };
}

function firstOnly(store: KeyStore, digests: readonly string[]): StoredKey | undefined {
  const found = store.find(digests) as StoredKey | undefined;
  return found && digests.includes(found.secrets[0]?.digest ?? '') ? found : undefined;
}

function countsUses(store: KeyStore): Partial<KeyStore> {
  let uses = 0;
  return {
    used: (at) => {
      uses += 1;
      return store.used(at);
    },
    version: () => (store.version() as number) + uses,
  };
}
