import { memorySecretStore } from 'nexusai-hub';
import type { ConfigStore, SecretStore } from 'nexusai-hub/ports';
import { manualClock } from 'nexusai-hub/testing';
import { describe, expect, it } from 'vitest';

import { memoryConfigStore } from '../../src/defaults/config-store.ts';
import { type ManagedHub, managedHub, type SharedStores, tellingKinds } from './set-up.ts';

const KEYS = ['3f1c9b7a5d2e8f604b1d7c3a9e5f2b8d6c0a4e7f1b3d5c9a8e2f6b0d4c7a1e53'];
const LOOK_MS = 1_000;

/** Two hubs over one place, each with stores of its own, as two processes have them, and one provider, `main`. */
async function twoHubs(...stores: readonly [SharedStores, SharedStores]) {
  const clock = manualClock();
  const hubOver = (of: SharedStores): Promise<ManagedHub> =>
    managedHub({ clock, control: { stores: of, masterKeys: KEYS, kinds: tellingKinds() } });
  return { one: await hubOver(stores[0]), other: await hubOver(stores[1]), clock };
}

/** A store of configurations that keeps what it is given, and whose answer is lost when it is told to lose it. */
function losing(store: ConfigStore): { readonly store: ConfigStore; losesNext: boolean } {
  const state = { store, losesNext: false };
  state.store = {
    ...store,
    async append(epoch) {
      const isKept = await store.append(epoch);
      if (!state.losesNext) return isKept;
      state.losesNext = false;
      throw new Error('the connection was lost');
    },
  };
  return state;
}

/** A store of secrets that may be away. */
function leaving(store: SecretStore): { readonly store: SecretStore; isAway: boolean } {
  const state = { store, isAway: false };
  state.store = {
    ...store,
    async get(id) {
      if (state.isAway) throw new Error('away');
      return store.get(id);
    },
    async put(id, sealed) {
      if (state.isAway) throw new Error('away');
      return store.put(id, sealed);
    },
  };
  return state;
}

const away = { code: 'config_unavailable', status: 503 };

describe('H5: nothing is half applied', () => {
  it('when the answer to a change is lost: it is there with its secrets, and taken over by all', async () => {
    const [config, secrets] = [memoryConfigStore(), memorySecretStore()];
    const state = losing(config);
    const { one, other, clock } = await twoHubs({ config: state.store, secrets }, { config, secrets });
    state.losesNext = true;
    const change = one.hub.admin.providers.update('main', { api_key: 'key-of-main-0002' });
    await expect(change).rejects.toMatchObject(away);
    await clock.advance(LOOK_MS);
    for (const hub of [one, other]) {
      await expect.poll(async () => (await hub.hub.admin.config.get()).number).toBe(2);
      expect(await hub.ask('m')).toBe('main key-of-main-0002');
    }
    await Promise.all([one.hub.close(), other.hub.close()]);
  });

  it('when secrets cannot be read: the epoch before stays until they can, and no provider is locked', async () => {
    const [config, secrets] = [memoryConfigStore(), memorySecretStore()];
    const state = leaving(secrets);
    const { one, other, clock } = await twoHubs({ config, secrets }, { config, secrets: state.store });
    state.isAway = true;
    await one.hub.admin.config.apply({
      providers: [
        { id: 'main', api_key: 'key-of-main-0002' },
        { id: 'new', kind: 'telling', models: ['n'] },
      ],
    });
    await clock.advance(LOOK_MS);
    expect(await other.hub.admin.config.get()).toMatchObject({
      number: 1,
      behind: expect.stringMatching(/^What keeps the configuration does not answer\./),
    });
    expect([await other.ask('m'), await other.status('n')]).toEqual([
      'main key-of-main-0001',
      [404, 'model_not_found'],
    ]);
    await expect(other.hub.admin.providers.update('main', { rate_limit: 5 })).rejects.toMatchObject(away);
    state.isAway = false;
    await clock.advance(LOOK_MS);
    await expect.poll(async () => (await other.hub.admin.config.get()).behind).toBeUndefined();
    expect([await other.ask('m'), await other.ask('n')]).toEqual(['main key-of-main-0002', 'new without a key']);
    await Promise.all([one.hub.close(), other.hub.close()]);
  });

  it('when a secret cannot be kept: the change is refused, and leaves no epoch', async () => {
    const [config, secrets] = [memoryConfigStore(), memorySecretStore()];
    const state = leaving(secrets);
    const { one, other, clock } = await twoHubs({ config, secrets: state.store }, { config, secrets });
    state.isAway = true;
    const change = one.hub.admin.providers.update('main', { api_key: 'key-of-main-0002' });
    await expect(change).rejects.toMatchObject(away);
    await clock.advance(LOOK_MS);
    expect([await config.newest(), await one.ask('m'), await other.ask('m')]).toEqual([
      1,
      'main key-of-main-0001',
      'main key-of-main-0001',
    ]);
    await Promise.all([one.hub.close(), other.hub.close()]);
  });
});

it('M2: a hub closes the store of its configurations', async () => {
  let closed = 0;
  const close = (): void => {
    closed++;
  };
  const config = { ...memoryConfigStore(), close };
  const stores = { config, secrets: memorySecretStore() };
  const { hub } = await managedHub({ control: { stores, masterKeys: KEYS, kinds: tellingKinds() } });
  await hub.close();
  expect(closed).toBe(1);
});
