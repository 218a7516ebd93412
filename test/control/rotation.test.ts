import type { SecretStore } from 'nexusai-hub/ports';
import { Secret } from 'nexusai-hub/provider-kit';
import { describe, expect, it } from 'vitest';

import { sealedPartsOf } from '../../src/control/vault/envelope.ts';
import type { RotationProgress } from '../../src/vault-control.ts';
import { memorySecretStore } from '../../src/defaults/secret-store.ts';
import { masterKey, vaultOf } from './vault-set-up.ts';

/** A store that answers a turn of the loop later, as one over a wire does. */
function slowStore(inner: SecretStore = memorySecretStore()): SecretStore {
  const later = <Result>(run: () => Result): Promise<Awaited<Result>> =>
    new Promise((resolve) => setImmediate(resolve)).then(run) as Promise<Awaited<Result>>;
  return {
    put: (id, sealed) => later(() => inner.put(id, sealed)),
    get: (id) => later(() => inner.get(id)),
    page: (limit, after) => later(() => inner.page(limit, after)),
    replace: (id, before, after) => later(() => inner.replace(id, before, after)),
    remove: (id) => later(() => inner.remove(id)),
  };
}

async function filled(keys: Parameters<typeof vaultOf>[0], count: number, store?: SecretStore) {
  const made = vaultOf(keys, store);
  const references = [];
  for (let place = 0; place < count; place++) references.push(await made.vault.keep(new Secret(`secret ${place}`)));
  return { ...made, references };
}

async function keyIdsIn(store: SecretStore): Promise<(string | undefined)[]> {
  return [...new Set((await store.page(100_000)).map(({ sealed }) => sealedPartsOf(sealed)?.keyId))];
}

describe('a rotation', () => {
  it('X5: seals 10,000 secrets anew while reads go on, and no read fails', async () => {
    const [old, fresh] = [masterKey(), masterKey()];
    const { store, references } = await filled([old], 10_000);
    const { vault, sealer } = vaultOf([fresh, old], store);
    const told: RotationProgress[] = [];
    let isOver = false;
    const rotating = vault.rotate({ onProgress: (progress) => told.push(progress) }).finally(() => {
      isOver = true;
    });
    let reads = 0;
    for (let place = 0; !isOver; place = (place + 7_919) % references.length) {
      const reference = references[place] ?? { id: '' };
      expect((await vault.reveal(reference)).reveal()).toBe(`secret ${place}`);
      reads += 1;
      if (reads % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await rotating).toMatchObject({ state: 'done', total: 10_000, checked: 10_000, rotated: 10_000, failed: 0 });
    expect(reads).toBeGreaterThan(1_000);
    expect(await keyIdsIn(store)).toEqual([sealer.keyId]);
    const counts = told.map(({ checked }) => checked);
    expect(counts).toEqual([...counts].sort((one, other) => one - other));
    expect(new Set(counts).size).toBeGreaterThan(100);
    const after = vaultOf([fresh], store).vault;
    for (const [place, reference] of references.entries())
      expect((await after.reveal(reference)).reveal()).toBe(`secret ${place}`);
  }, 60_000);

  it('X5: that ends in the middle is gone on with', async () => {
    const [old, fresh] = [masterKey(), masterKey()];
    const { store, references } = await filled([old], 500);
    const stop = new AbortController();
    const onProgress = ({ checked }: RotationProgress): void => {
      if (checked >= 200) stop.abort();
    };
    const first = await vaultOf([fresh, old], store).vault.rotate({ onProgress, signal: stop.signal });
    expect(first).toMatchObject({ state: 'stopped', rotated: 200, total: 500 });
    const { vault, sealer } = vaultOf([fresh, old], store);
    expect(await vault.status()).toMatchObject({ state: 'ready', secrets: 500, undecryptable: 0 });
    expect((await vault.status()).byKey.map(({ secrets }) => secrets).sort()).toEqual([200, 300]);
    expect(await vault.rotate()).toMatchObject({ state: 'done', rotated: 300, current: 200, checked: 500 });
    expect(await keyIdsIn(store)).toEqual([sealer.keyId]);
    for (const [place, reference] of references.entries())
      expect((await vault.reveal(reference)).reveal()).toBe(`secret ${place}`);
  });

  it('X5: by several processes at once loses no change that others make meanwhile', async () => {
    const [old, fresh] = [masterKey(), masterKey()];
    const { store, references } = await filled([old], 300, slowStore());
    const processes = [1, 2, 3].map(() => vaultOf([fresh, old], store));
    const rotating = processes.map(({ vault }) => vault.rotate());
    // One of an older version goes on meanwhile: it removes, and adds with the old key.
    const late = vaultOf([old], store).vault;
    const removed = references.filter((_, place) => place % 10 === 3);
    const added = [];
    for (const reference of removed) {
      await late.forget(reference);
      added.push(await late.keep(new Secret('added')));
    }
    const done = await Promise.all(rotating);
    expect(done.map(({ state }) => state)).toEqual(['done', 'done', 'done']);
    const left = await vaultOf([fresh, old], store).vault.rotate();
    const total = done.reduce((sum, { rotated }) => sum + rotated, left.rotated);
    expect(total).toBeLessThanOrEqual(references.length + added.length);
    const after = vaultOf([fresh], store);
    expect(await keyIdsIn(store)).toEqual([after.sealer.keyId]);
    for (const reference of removed) expect(await store.get(reference.id)).toBeUndefined();
    for (const reference of added) expect((await after.vault.reveal(reference)).reveal()).toBe('added');
    for (const [place, reference] of references.entries())
      if (place % 10 !== 3) expect((await after.vault.reveal(reference)).reveal()).toBe(`secret ${place}`);
  });

  it('X5: puts nothing in the place of what was changed since it was read', async () => {
    const [old, fresh] = [masterKey(), masterKey()];
    const inner = memorySecretStore();
    const { references, sealer } = await filled([old], 1, inner);
    const id = references[0]?.id ?? '';
    const changed = await sealer.seal('changed', { table: 'secrets', row: id, column: 'sealed' });
    let isFirst = true;
    const store: SecretStore = {
      ...inner,
      async replace(row, before, after) {
        if (isFirst) await inner.replace(row, before, changed);
        isFirst = false;
        return inner.replace(row, before, after);
      },
    };
    const { vault } = vaultOf([fresh, old], store);
    expect(await vault.rotate()).toMatchObject({ state: 'done', rotated: 1 });
    expect((await vault.reveal({ id })).reveal()).toBe('changed');
  });

  it('finds what was added with an older key after it had passed', async () => {
    const [old, fresh] = [masterKey(), masterKey()];
    const { store } = await filled([old], 300);
    const late = vaultOf([old], store).vault;
    let isFirst = true;
    const onProgress = ({ checked }: RotationProgress): void => {
      if (checked < 300 || !isFirst) return;
      isFirst = false;
      void late.keep(new Secret('late'));
    };
    const { vault, sealer } = vaultOf([fresh, old], store);
    expect(await vault.rotate({ onProgress })).toMatchObject({ state: 'done', rotated: 301, total: 301 });
    expect(await keyIdsIn(store)).toEqual([sealer.keyId]);
  });

  it('is one for all who ask in a process', async () => {
    const [old, fresh] = [masterKey(), masterKey()];
    const { store } = await filled([old], 50);
    const { vault, lines } = vaultOf([fresh, old], store);
    const [one, other] = await Promise.all([vault.rotate(), vault.rotate()]);
    expect(one).toBe(other);
    expect(lines).toHaveLength(1);
  });

  it('breaks off where the new key fails, and changes nothing', async () => {
    const old = masterKey();
    const { store } = await filled([old], 50);
    const before = await store.page(100);
    const away = () => Promise.reject(new Error('no route'));
    const { vault } = vaultOf([{ id: 'kms-1', wrap: away, unwrap: away }, old], store);
    await expect(vault.rotate()).rejects.toMatchObject({ code: 'secret_undecryptable' });
    expect(await store.page(100)).toEqual(before);
    expect((await vault.status()).rotation).toMatchObject({ state: 'failed', rotated: 0 });
  });

  it('ends with the vault', async () => {
    const [old, fresh] = [masterKey(), masterKey()];
    const { store } = await filled([old], 300, slowStore());
    const { vault } = vaultOf([fresh, old], store);
    const rotating = vault.rotate();
    await vault.close();
    expect(await rotating).toMatchObject({ state: 'stopped' });
  });
});
