import { memorySecretStore, NexusError } from 'nexusai-hub';
import type { ConfigStore, Provider } from 'nexusai-hub/ports';
import type { ProviderKinds } from 'nexusai-hub/provider-kit';
import { manualClock, type Script, scriptedProvider } from 'nexusai-hub/testing';
import { describe, expect, it } from 'vitest';

import { memoryConfigStore } from '../../src/defaults/config-store.ts';
import { nextTurn } from '../../src/defaults/tokens/next-turn.ts';
import { type ManagedHub, managedHub, type SharedStores, tellingKinds } from './set-up.ts';

const OTHER_KEYS = ['a1c4e7f2b5d8093c6f1a4e7d0b3c69f8e2d5b8a1c4f70e3d6b9a2c5f8e1d4b70'];
const KEYS = ['3f1c9b7a5d2e8f604b1d7c3a9e5f2b8d6c0a4e7f1b3d5c9a8e2f6b0d4c7a1e53'];

function shared(): SharedStores {
  return { config: memoryConfigStore(), secrets: memorySecretStore() };
}

async function twoHubs(stores: SharedStores): Promise<[ManagedHub, ManagedHub, ReturnType<typeof manualClock>]> {
  const clock = manualClock();
  const one = (): Promise<ManagedHub> =>
    managedHub({ clock, control: { stores, masterKeys: KEYS, kinds: tellingKinds() } });
  const document = { providers: [{ id: 'main', kind: 'telling', api_key: 'key-of-main-0001', models: ['m'] }] };
  const first = await managedHub({
    clock,
    control: { stores, masterKeys: KEYS, kinds: tellingKinds(), document },
  });
  return [first, await one(), clock];
}

describe('epochs', () => {
  it('H1: a change is in force when it is told to be, with its number', async () => {
    const { hub, ask } = await managedHub();
    expect((await hub.admin.config.get()).number).toBe(1);
    expect(await ask('m')).toBe('main key-of-main-0001');
    const { number } = await hub.admin.config.apply({ providers: [{ id: 'main', api_key: 'key-of-main-0002' }] });
    expect(number).toBe(2);
    expect(await ask('m')).toBe('main key-of-main-0002');
    await hub.close();
  });

  it('H1: under load every request lives in one epoch, and none fails', async () => {
    const { hub, ask } = await managedHub({ limits: { requestsPerSecond: Infinity } });
    const seen = new Set<string>();
    let isOver = false;
    const load = Array.from({ length: 8 }, async () => {
      // A provider that answers at once would leave nobody else a turn.
      while (!isOver) {
        seen.add(await ask('m'));
        await nextTurn();
      }
    });
    for (let number = 2; number <= 30; number++) {
      const applied = await hub.admin.config.apply({
        providers: [{ id: 'main', api_key: `key-of-main-${String(number).padStart(4, '0')}` }],
      });
      expect(applied.number).toBe(number);
      expect(await ask('m')).toBe(`main key-of-main-${String(number).padStart(4, '0')}`);
    }
    isOver = true;
    await Promise.all(load);
    for (const said of seen) expect(said).toMatch(/^main key-of-main-00\d\d$/);
    await hub.close();
  });

  it('H1: a request under way ends in the epoch it began in, and its provider is closed after it', async () => {
    let release: () => void = () => undefined;
    const waiting = new Promise<void>((resolve) => (release = resolve));
    const kinds = tellingKinds([], () => ({ first: [{ waitsFor: waiting }], then: { says: 'the old one' } }));
    let closed = 0;
    const make = kinds['telling']!.make;
    const counted = {
      telling: {
        make: (...given: Parameters<typeof make>) => ({
          ...make(...given),
          close: async () => {
            closed++;
          },
        }),
      },
    };
    const { hub, ask } = await managedHub({
      control: { kinds: counted, document: { providers: [{ id: 'main', kind: 'telling', models: ['m'] }] } },
    });
    const asked = ask('m');
    await hub.admin.providers.delete('main');
    await expect(ask('m')).rejects.toMatchObject({ code: 'model_not_found' });
    expect(closed).toBe(0);
    release();
    expect(await asked).toBe('the old one');
    await hub.close();
    expect(closed).toBe(1);
  });

  it('asks a provider at once by its new key or at its new server, whatever it did before', async () => {
    const kinds: ProviderKinds = {
      telling: {
        make: ({ api_key: key = '', server_url: url = '', models = [] }) => {
          const told = { retryAfterMs: 3_600_000 };
          const bad: Script =
            key === 'key-of-main-old1'
              ? { throws: new NexusError('provider_rate_limited', 'Not for an hour.', told) }
              : { throws: url === 'http://old.test/' ? 'provider_unavailable' : 'provider_denied' };
          const isGood = key === 'key-of-main-new1' && url === 'http://new.test/';
          return scriptedProvider(isGood ? { says: 'well' } : bad, { models });
        },
      },
    };
    const main = { kind: 'telling', models: ['m'], server_url: 'http://old.test/', api_key: 'key-of-main-old1' };
    const spare = { id: 'spare', kind: 'telling', models: ['n'], api_key: 'key-of-spare-1' };
    const document = { providers: [{ id: 'main', ...main }, spare] };
    const at = await managedHub({
      control: { kinds, document },
      circuit: { failures: 1 },
      routing: { maxAttempts: 1 },
    });
    const { admin, circuits } = at.hub;
    const openOnes = async (): Promise<string[]> =>
      (await circuits.list()).filter(({ state }) => state.kind === 'open').map(({ id }) => id);
    await expect(at.ask('m')).rejects.toMatchObject({ code: 'provider_rate_limited' });
    await expect(at.ask('n')).rejects.toMatchObject({ code: 'provider_denied' });
    expect(await openOnes()).toEqual(['main/m', 'spare/n']);

    await admin.providers.update('main', { rate_limit: 100 });
    expect(await openOnes()).toEqual(['main/m', 'spare/n']);
    await admin.providers.update('main', { api_key: 'key-of-main-new1' });
    expect(await openOnes()).toEqual(['spare/n']);
    await expect(at.ask('m')).rejects.toMatchObject({ code: 'provider_unavailable' });
    await circuits.open('main#');
    await admin.providers.update('main', { server_url: 'http://new.test/', api_key: 'key-of-main-new1' });
    expect(await openOnes()).toEqual(['main#', 'spare/n']);
    await circuits.auto('main#');
    expect(await at.ask('m')).toBe('well');
    await at.hub.close();
  });

  it('H2: every process that shares the store has a change within two seconds', async () => {
    const stores = shared();
    const [one, other, clock] = await twoHubs(stores);
    expect(await other.ask('m')).toBe('main key-of-main-0001');
    await one.hub.admin.config.apply({ providers: [{ id: 'main', api_key: 'key-of-main-0002' }] });
    await clock.advance(1_000);
    expect(await other.ask('m')).toBe('main key-of-main-0002');
    await other.hub.admin.providers.update('main', { api_key: 'key-of-main-0003' });
    await clock.advance(1_000);
    expect(await one.ask('m')).toBe('main key-of-main-0003');
    await Promise.all([one.hub.close(), other.hub.close()]);
    expect(clock.pending).toBe(0);
  });

  it('H2: of changes made at once by two processes none is lost', async () => {
    const [one, other, clock] = await twoHubs(shared());
    const create = (hub: ManagedHub, id: string) =>
      hub.hub.admin.providers.create({ id, kind: 'telling', models: [id] });
    await Promise.all(
      Array.from({ length: 10 }, (_, place) => create(place % 2 === 0 ? one : other, `p${String(place)}`)),
    );
    await clock.advance(1_000);
    for (const { hub } of [one, other]) expect(await hub.admin.providers.list()).toHaveLength(11);
    expect((await one.hub.admin.config.history()).map(({ number }) => number)).toEqual([
      11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1,
    ]);
    await Promise.all([one.hub.close(), other.hub.close()]);
  });

  it('H3: what was deleted is a 404 everywhere', async () => {
    const [one, other, clock] = await twoHubs(shared());
    await one.hub.admin.providerModels.delete('main/m');
    expect(await one.status('m')).toEqual([404, 'model_not_found']);
    await clock.advance(1_000);
    expect(await other.status('m')).toEqual([404, 'model_not_found']);
    await other.hub.admin.providers.delete('main');
    await clock.advance(1_000);
    await expect(one.hub.admin.providers.get('main')).rejects.toMatchObject({ code: 'not_found' });
    expect(await one.status('m')).toEqual([404, 'model_not_found']);
    await Promise.all([one.hub.close(), other.hub.close()]);
  });

  it.each([
    [{ providers: [{ id: 'main', kind: 'telling', models: [] }] }, 'providers[0].models: expected at least one'],
    [{ keys: [{ name: 'app', key: 'app-key-0001', models: [] }] }, 'keys[0].models: expected at least one'],
    [{ keys: [{ name: 'app', key: 'app-key-0001', providers: [] }] }, 'keys[0].providers: expected at least one'],
  ])('is not begun with what lets nothing through: %j', async (document, message) => {
    await expect(managedHub({ control: { kinds: tellingKinds(), document } })).rejects.toThrow(message);
  });

  it('is not changed to what lets a key through to nothing', async () => {
    const { hub } = await managedHub();
    const document = { keys: [{ name: 'app', key: 'app-key-0001', models: [] }] };
    await expect(hub.admin.config.apply(document)).rejects.toThrow('keys[0].models: expected at least one');
    await hub.close();
  });

  it('goes back to an earlier epoch in one call, as a new one', async () => {
    const { hub, ask } = await managedHub();
    await hub.admin.config.apply({ providers: [{ id: 'main', api_key: 'key-of-main-0002' }] });
    await hub.admin.providers.delete('main');
    const back = await hub.admin.config.rollback();
    expect([back.number, await ask('m')]).toEqual([4, 'main key-of-main-0002']);
    expect((await hub.admin.config.rollback(1)).number).toBe(5);
    expect(await ask('m')).toBe('main key-of-main-0001');
    await expect(hub.admin.config.rollback(77)).rejects.toMatchObject({ code: 'not_found' });
    await hub.close();
  });

  it('makes no epoch of a change that changes nothing', async () => {
    const { hub } = await managedHub();
    await hub.admin.config.apply({});
    await hub.admin.config.apply({ providers: [{ id: 'main', api_key: 'key-of-main-0001' }] });
    await hub.admin.providers.update('main', {});
    expect((await hub.admin.config.get()).number).toBe(1);
    await hub.close();
  });

  it('refuses a change that goes out from another epoch', async () => {
    const { hub } = await managedHub();
    await hub.admin.config.apply({ limits: { requests_per_second: 500 } }, { ifEpoch: 1 });
    await expect(
      hub.admin.config.apply({ limits: { requests_per_second: 400 } }, { ifEpoch: 1 }),
    ).rejects.toMatchObject({
      code: 'precondition_failed',
    });
    const { tag } = await hub.admin.providers.get('main');
    await hub.admin.providers.update('main', { rate_limit: 5 }, { ifTag: tag });
    await expect(hub.admin.providers.update('main', { rate_limit: 6 }, { ifTag: tag })).rejects.toMatchObject({
      code: 'precondition_failed',
    });
    await hub.close();
  });

  it('takes bounds over, and lets those wait on who wait', async () => {
    let release: () => void = () => undefined;
    const waiting = new Promise<void>((resolve) => (release = resolve));
    let begun = 0;
    const done = scriptedProvider({ first: [{ waitsFor: waiting }], then: { says: 'done' } }, { models: ['m'] });
    const open: Provider['open'] = (request, context) => {
      begun++;
      return done.open(request, context);
    };
    const kinds = { telling: { make: () => ({ ...done, open }) } };
    const document = { providers: [{ id: 'main', kind: 'telling', models: ['m'], max_concurrency: 1, max_queue: 5 }] };
    const { hub, ask } = await managedHub({ control: { kinds, document } });
    const asked = [ask('m'), ask('m'), ask('m')];
    await new Promise(setImmediate);
    expect(begun).toBe(1);
    await hub.admin.providers.update('main', { max_concurrency: 10, max_queue: 0 });
    await new Promise(setImmediate);
    expect(begun).toBe(3);
    asked.push(ask('m'));
    release();
    expect(await Promise.all(asked)).toEqual(['done', 'done', 'done', 'done']);
    await hub.close();
  });
});

describe('a store of configurations that is away', () => {
  function away(store: ConfigStore): { readonly store: ConfigStore; isAway: boolean } {
    const state = { store, isAway: true };
    const check = (): void => {
      if (state.isAway) throw new Error('away');
    };
    state.store = {
      newest: async () => (check(), store.newest()),
      epoch: async (number) => (check(), store.epoch(number)),
      history: async (query) => (check(), store.history(query)),
      append: async (epoch) => (check(), store.append(epoch)),
    };
    return state;
  }

  it('H5: the file holds until it is back, and what was stored then', async () => {
    const stores = shared();
    const before = await managedHub({ control: { stores, masterKeys: KEYS, kinds: tellingKinds(), document: {} } });
    await before.hub.admin.providers.create({ id: 'stored', kind: 'telling', models: ['s'] });
    await before.hub.close();

    const state = away(stores.config);
    const { hub, ask, clock } = await managedHub({
      control: {
        stores: { ...stores, config: state.store },
        masterKeys: KEYS,
        kinds: tellingKinds(),
        document: { providers: [{ id: 'main', kind: 'telling', models: ['m'] }] },
      },
    });
    expect(await ask('m')).toBe('main without a key');
    expect(await hub.admin.config.get()).toMatchObject({ number: 0, behind: expect.any(String) });
    await expect(hub.admin.providers.delete('main')).rejects.toBeInstanceOf(Error);
    expect(await ask('m')).toBe('main without a key');
    state.isAway = false;
    await clock.advance(1_000);
    await expect.poll(async () => (await hub.admin.config.get()).behind).toBeUndefined();
    expect([await ask('m'), await ask('s')]).toEqual(['main without a key', 'stored without a key']);
    state.isAway = true;
    await clock.advance(5_000);
    expect(await ask('s')).toBe('stored without a key');
    await hub.close();
  });

  it('H5: an epoch this process cannot make leaves the one before in force, and says so', async () => {
    const stores = shared();
    const [one, , clock] = await twoHubs(stores);
    const newest = await stores.config.epoch(1);
    await stores.config.append({ ...newest!, number: 2, document: { providers: [{ id: 'x', kind: 'unheard-of' }] } });
    await clock.advance(1_000);
    expect(await one.ask('m')).toBe('main key-of-main-0001');
    expect((await one.hub.admin.config.get()).behind).toMatch(/providers\[0\]\.kind: expected one of telling/);
    const readiness = (await (await one.hub.fetch('http://hub/readyz')).json()) as object;
    expect(readiness).toMatchObject({ status: 'ready', configuration: 'behind' });
    await one.hub.close();
  });
});

describe('a file', () => {
  const provider = (id: string, more: object = {}): object => ({ id, kind: 'telling', models: [id], ...more });

  it('H4: what is otherwise in it is put in force, and nothing else is touched', async () => {
    const stores = shared();
    const control = (providers: readonly object[]) => ({
      control: { stores, masterKeys: KEYS, kinds: tellingKinds(), document: { providers } },
    });
    const first = await managedHub(control([provider('a'), provider('b', { api_key: 'key-of-b-00001' })]));
    await first.hub.admin.providers.create(provider('c') as Record<string, unknown>);
    await first.hub.admin.providers.update('a', { rate_limit: 7 });
    await first.hub.admin.providers.delete('b');
    await first.hub.close();

    // The same file again: what was changed since stays changed.
    const second = await managedHub(control([provider('a'), provider('b', { api_key: 'key-of-b-00001' })]));
    const ids = async ({ hub }: ManagedHub): Promise<string[]> =>
      (await hub.admin.providers.list()).map(({ id }) => id);
    expect(await ids(second)).toEqual(['a', 'c']);
    expect((await second.hub.admin.config.get()).number).toBe(4);
    await second.hub.close();

    // Another file: `d` is new in it, and `b` has another key than it said before.
    const third = await managedHub(
      control([provider('a'), provider('b', { api_key: 'key-of-b-00001' }), provider('d')]),
    );
    expect(await ids(third)).toEqual(['a', 'c', 'd']);
    expect((await third.hub.admin.providers.get('a')).settings).toMatchObject({ rate_limit: 7 });
    await third.hub.admin.config.applyFile({ providers: [provider('a'), provider('d', { max_concurrency: 3 })] });
    expect((await third.hub.admin.providers.get('d')).settings).toMatchObject({ max_concurrency: 3 });
    expect(await ids(third)).toEqual(['a', 'c', 'd']);
    await third.hub.close();
  });

  it('H5: a wrong one changes nothing', async () => {
    const { hub, ask } = await managedHub();
    await expect(hub.admin.config.applyFile({ providers: [{ id: 'x', kind: 'nope' }] })).rejects.toBeInstanceOf(
      NexusError,
    );
    expect(await ask('m')).toBe('main key-of-main-0001');
    await hub.close();
  });
});

describe('secrets of a configuration', () => {
  it('X1: are nowhere in what is stored and shown', async () => {
    const stores = shared();
    const [one, other] = await twoHubs(stores);
    const canary = 'CANARY-of-a-provider-key-9f3k';
    await one.hub.admin.providers.create({
      id: 'p',
      kind: 'telling',
      api_keys: [{ name: 'k', key: canary }],
      headers: { 'x-own': `${canary}-header` },
    });
    const views = [
      await stores.config.epoch(2),
      await one.hub.admin.config.get(),
      await one.hub.admin.providers.list(),
      await one.hub.admin.config.preview({ providers: [{ id: 'p', api_keys: [`${canary}-2`] }] }),
    ];
    expect(JSON.stringify(views)).not.toContain('CANARY');
    await Promise.all([one.hub.close(), other.hub.close()]);
  });

  it('come back as they were shown, and stay as they are', async () => {
    const { hub, ask } = await managedHub();
    const { document } = await hub.admin.config.get();
    await hub.admin.config.apply({ ...document, limits: { requests_per_second: 900 } });
    expect(await ask('m')).toBe('main key-of-main-0001');
    await expect(hub.admin.providers.update('main', { api_key: 'sk-…9999' })).rejects.toMatchObject({
      code: 'request_invalid',
    });
    await hub.close();
  });

  it('go with the last epoch that has them', async () => {
    const { config, secrets } = shared();
    const { hub, clock } = await managedHub({ control: { stores: { config, secrets }, masterKeys: KEYS } });
    const ids = async (): Promise<readonly string[]> => (await secrets.page(10)).map(({ id }) => id);
    /** Epochs that change nothing, up to this one. */
    const fillUpTo = async (last: number): Promise<void> => {
      const stored = (await config.epoch(await config.newest()))!;
      for (let number = stored.number + 1; number <= last; number++) await config.append({ ...stored, number });
    };
    const main = async (settings: object): Promise<void> => {
      // Ids are in the order of time.
      await clock.advance(1);
      await hub.admin.providers.update('main', { ...settings });
    };
    await main({ api_key: 'key-of-main-000a' });
    await main({ api_key: 'key-of-main-000b' });
    await hub.admin.config.rollback();
    await main({ api_key: 'key-of-main-000c' });
    const [ofFile, a, b, c] = await ids();
    await fillUpTo(201);
    // Epoch 2 goes with the next one. It had `a`, which epoch 4 has as well.
    await main({ rate_limit: 1 });
    await main({ rate_limit: 2 });
    await expect.poll(ids).toEqual([ofFile, a, c]);
    expect(b).toBeDefined();
    await main({ rate_limit: 3 });
    await hub.close();
    expect(await ids()).toEqual([ofFile, c]);
  });

  it('X4: do not follow to another server by themselves', async () => {
    const { hub } = await managedHub();
    const moved = hub.admin.providers.update('main', { server_url: 'https://evil.example/v1' });
    await expect(moved).rejects.toMatchObject({ code: 'request_invalid', details: { param: 'server_url' } });
    const stolen = { id: 'thief', kind: 'telling', api_key: { secret: 'any', last4: '0001' } };
    await expect(hub.admin.providers.create(stolen)).rejects.toMatchObject({ code: 'request_invalid' });
    await hub.admin.providers.update('main', { server_url: 'https://own.example/v1', api_key: 'key-of-main-0002' });
    await hub.close();
  });

  it('X5: that do not open lock their provider, by name, and nothing is overwritten', async () => {
    const stores = shared();
    const [one, other, clock] = await twoHubs(stores);
    await one.hub.admin.providers.create({ id: 'free', kind: 'telling', models: ['f', 'm'] });
    await Promise.all([one.hub.close(), other.hub.close()]);
    const locked = await managedHub({
      clock,
      control: {
        stores,
        masterKeys: OTHER_KEYS,
        kinds: tellingKinds(),
        document: { providers: [{ id: 'main', kind: 'telling', api_key: 'key-of-main-0001', models: ['m'] }] },
      },
    });
    expect(await locked.ask('f')).toBe('free without a key');
    // The provider that is locked is asked in vain, and the other takes over.
    for (let time = 0; time < 5; time++) expect(await locked.ask('m')).toBe('free without a key');
    expect((await locked.hub.admin.config.get()).number).toBe(2);
    await locked.hub.close();
    const again = await managedHub({ clock, control: { stores, masterKeys: KEYS, kinds: tellingKinds() } });
    await again.hub.admin.providers.delete('free');
    expect(await again.ask('m')).toBe('main key-of-main-0001');
    await again.hub.close();
  });
});
