import type { SecretStore } from 'nexusai-hub/ports';
import { secretStoreCases, type SecretStorePlace } from 'nexusai-hub/testing';
import { describe, expect, it } from 'vitest';

import { memorySecretStore } from '../../src/defaults/secret-store.ts';

/** A place in memory whose stores may be spoilt. */
function place(spoil: (store: SecretStore) => SecretStore = (store) => store): SecretStorePlace {
  const store = spoil(memorySecretStore());
  return { open: () => store };
}

describe('memory does what every secret store has to do', () => {
  for (const { name, run, skipped } of secretStoreCases(() => place())) it.skipIf(skipped !== undefined)(name, run);
});

describe('the cases themselves', () => {
  it.each<[wrong: string, failed: string[], spoil: (store: SecretStore) => SecretStore]>([
    ['puts over what is there', ['taken', 'race'], putsOver],
    ['looks first and writes later', ['swaps'], looksFirst],
    ['replaces whatever is there', ['replaced', 'swaps'], (store) => ({ ...store, replace: replacing(store) })],
    [
      'orders as a dictionary does',
      ['pages'],
      (store) => ({ ...store, page: (limit, after) => sorted(store, limit, after) }),
    ],
    ['forgets nothing', ['removed'], (store) => ({ ...store, remove: () => true })],
    ['cuts long texts', ['kept'], (store) => ({ ...store, put: (id, sealed) => store.put(id, sealed.slice(0, 255)) })],
  ])('find a store that %s', async (_wrong, failed, spoil) => {
    const found: string[] = [];
    for (const { id, run } of secretStoreCases(() => place(spoil))) await run().catch(() => found.push(id));
    expect(found).toEqual(failed);
  });

  it('find a store that is not shared', async () => {
    const found: string[] = [];
    for (const { id, run } of secretStoreCases(() => ({ open: memorySecretStore })))
      await run().catch(() => found.push(id));
    expect(found).toEqual(['kept', 'taken', 'race', 'replaced', 'swaps', 'pages', 'removed']);
  });
});

function putsOver(store: SecretStore): SecretStore {
  return {
    ...store,
    put: (id, sealed) => putOver(store, id, sealed),
  };
}

function looksFirst(store: SecretStore): SecretStore {
  return {
    ...store,
    async replace(id, before, after) {
      if ((await store.get(id)) !== before) return false;
      await Promise.resolve();
      return putOver(store, id, after);
    },
  };
}

function replacing(store: SecretStore): SecretStore['replace'] {
  return async (id, _before, after) => (await store.get(id)) !== undefined && putOver(store, id, after);
}

async function putOver(store: SecretStore, id: string, sealed: string): Promise<boolean> {
  await store.remove(id);
  await store.put(id, sealed);
  return true;
}

async function sorted(store: SecretStore, limit: number, after = '') {
  const all = [...(await store.page(1_000))].sort((one, other) => one.id.localeCompare(other.id));
  return all.filter(({ id }) => after === '' || id.localeCompare(after) > 0).slice(0, limit);
}
