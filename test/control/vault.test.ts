import { inspect } from 'node:util';

import { Secret } from 'nexusai-hub/provider-kit';
import { describe, expect, it } from 'vitest';

import { masterKey, vaultOf } from './vault-set-up.ts';

const CANARY = 'sk-CANARY-0123456789abcdef';

describe('a vault', () => {
  it('keeps a secret sealed, and gives it back', async () => {
    const { vault, store } = vaultOf([masterKey()]);
    const reference = await vault.keep(new Secret(CANARY));
    expect(reference).toEqual({ id: expect.stringMatching(/^[\w-]{1,64}$/), last4: 'cdef' });
    expect((await vault.reveal(reference)).reveal()).toBe(CANARY);
    expect(JSON.stringify(await store.page(10))).not.toContain('CANARY');
  });

  it('shows nothing of a secret that is short', async () => {
    const { vault } = vaultOf();
    expect(await vault.keep(new Secret('hunter2'))).toMatchObject({ last4: '' });
    expect(await vault.keep(new Secret(''))).toMatchObject({ last4: '' });
  });

  it('takes whole letters only: half of one would come back as another', async () => {
    await expect(vaultOf().vault.keep(new Secret('\ud800'))).rejects.toMatchObject({ code: 'request_invalid' });
  });

  it('finds what another process has kept, and forgets it for all', async () => {
    const key = masterKey();
    const one = vaultOf([key]);
    const other = vaultOf([key], one.store);
    const reference = await one.vault.keep(new Secret(CANARY));
    expect((await other.vault.reveal(reference)).reveal()).toBe(CANARY);
    expect(await other.vault.forget(reference)).toBe(true);
    expect(await one.vault.forget(reference)).toBe(false);
    await expect(one.vault.reveal(reference)).rejects.toMatchObject({ code: 'secret_undecryptable' });
  });

  it('X5: names a master key that is missing, overwrites nothing, and goes on with the rest', async () => {
    const lost = vaultOf([masterKey()]);
    const reference = await lost.vault.keep(new Secret(CANARY));
    const before = await lost.store.get(reference.id);

    const here = vaultOf([masterKey()], lost.store);
    const error: unknown = await here.vault.reveal(reference).catch((cause: unknown) => cause);
    expect(error).toMatchObject({ code: 'secret_undecryptable' });
    expect(String(error)).toContain(lost.sealer.keyId);
    expect(String(error)).toContain(here.sealer.keyId);
    const own = await here.vault.keep(new Secret('another secret'));
    expect((await here.vault.reveal(own)).reveal()).toBe('another secret');
    expect(await here.vault.rotate()).toMatchObject({ state: 'incomplete', failed: 1, current: 1, rotated: 0 });
    expect(await here.vault.status()).toMatchObject({
      state: 'undecryptable',
      secrets: 2,
      undecryptable: 1,
      keyIds: [here.sealer.keyId],
      byKey: expect.arrayContaining([{ keyId: lost.sealer.keyId, secrets: 1, isHere: false }]),
    });
    expect(await lost.store.get(reference.id)).toBe(before);
    expect((await lost.vault.reveal(reference)).reveal()).toBe(CANARY);
  });

  it('X5: tells once of each that does not open, and again when it had opened in between', async () => {
    const { vault, store, lines } = vaultOf([masterKey()]);
    const reference = await vault.keep(new Secret(CANARY));
    const right = (await store.get(reference.id)) ?? '';
    for (const sealed of ['broken', 'broken', right, 'broken']) {
      await store.remove(reference.id);
      await store.put(reference.id, sealed);
      await vault.reveal(reference).catch(() => undefined);
    }
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatchObject(['error', expect.stringContaining(reference.id), { reason: 'damaged' }]);
  });

  it('X5: opens nothing that was moved to another row', async () => {
    const { vault, store } = vaultOf([masterKey()]);
    const [one, other] = [await vault.keep(new Secret(CANARY)), await vault.keep(new Secret('another'))];
    const [sealedOne = '', sealedOther = ''] = [await store.get(one.id), await store.get(other.id)];
    await store.replace(one.id, sealedOne, sealedOther);
    await expect(vault.reveal(one)).rejects.toMatchObject({ code: 'secret_undecryptable' });
    expect(await vault.rotate()).toMatchObject({ failed: 0, current: 2 });
  });

  it('X1: shows neither secrets nor keys in errors, logs and status', async () => {
    const key = masterKey();
    const { vault, store, lines } = vaultOf([key]);
    const reference = await vault.keep(new Secret(CANARY));
    const other = vaultOf([masterKey()], store);
    const seen = [await other.vault.reveal(reference).catch((cause: unknown) => cause), lines, other.lines];
    await store.replace(reference.id, (await store.get(reference.id)) ?? '', 'broken');
    seen.push(await vault.reveal(reference).catch((cause: unknown) => cause), await vault.status(), reference, vault);
    for (const text of [inspect(seen, { depth: 20, showHidden: true }), JSON.stringify(seen)]) {
      expect(text).not.toContain('CANARY');
      for (const spelling of ['hex', 'base64', 'base64url'] as const)
        expect(text).not.toContain(Buffer.from(key).toString(spelling).slice(0, 10));
    }
  });
});

describe('the pepper', () => {
  it('is one for all processes, though they look for it at once', async () => {
    const key = masterKey();
    const one = vaultOf([key]);
    const vaults = [one.vault, ...[1, 2, 3].map(() => vaultOf([key], one.store).vault)];
    const peppers = await Promise.all(vaults.map((vault) => vault.pepper()));
    expect(new Set(peppers.map(({ id }) => id)).size).toBe(1);
    expect(new Set(peppers.map(({ bytes }) => Buffer.from(bytes).toString('hex'))).size).toBe(1);
    expect(peppers[0]?.bytes).toHaveLength(32);
  });

  it('X5: outlives the master key', async () => {
    const [first, second] = [masterKey(), masterKey()];
    const before = vaultOf([first]);
    const pepper = await before.vault.pepper();
    await vaultOf([second, first], before.store).vault.rotate();
    expect(await vaultOf([second], before.store).vault.pepper()).toEqual(pepper);
    const lost = vaultOf([first], before.store).vault;
    await expect(lost.pepper()).rejects.toMatchObject({ code: 'secret_undecryptable' });
    await expect(lost.pepper()).rejects.toMatchObject({ code: 'secret_undecryptable' });
  });

  it('tells nothing of itself in its id', async () => {
    const { id, bytes } = await vaultOf().vault.pepper();
    expect(id).toMatch(/^pp_[0-9a-f]{16}$/);
    expect(Buffer.from(bytes).toString('hex')).not.toContain(id.slice(3, 11));
  });
});
