import { memorySecretStore, NexusHub } from 'nexusai-hub';
import { providerKinds } from 'nexusai-hub/adapters/kinds';
import type { ProviderSettings } from 'nexusai-hub/provider-kit';
import { afterEach, describe, expect, it } from 'vitest';

import { memoryConfigStore } from '../../src/defaults/config-store.ts';
import { memoryKeyStore } from '../../src/defaults/key-store.ts';
import { managedHub, tellingKinds } from './set-up.ts';

const KEYS = ['3f1c9b7a5d2e8f604b1d7c3a9e5f2b8d6c0a4e7f1b3d5c9a8e2f6b0d4c7a1e53'];
const CANARY = 'canary-Zx81k20-of-options';

const hubs: NexusHub[] = [];
afterEach(async () => {
  for (const hub of hubs.splice(0)) await hub.close();
});

/** A hub with the kinds of the package, and one provider. */
async function hubOfKinds(): Promise<NexusHub> {
  const document = { providers: [{ id: 'demo', kind: 'demo', models: ['demo'] }] };
  const hub = new NexusHub({ providers: {}, control: { kinds: providerKinds, document } });
  hubs.push(hub);
  await hub.ready();
  return hub;
}

const invalid = (param: string) => ({ code: 'request_invalid', details: { param } });

describe('an entry of a provider', () => {
  it('takes keys as long as they are: today 164 letters, and tokens of thousands', async () => {
    const hub = await hubOfKinds();
    for (const length of [164, 4_096]) {
      const key = `sk-proj-${'a'.repeat(length - 8)}`;
      await hub.admin.providers.create({ id: `o${String(length)}`, kind: 'openai', api_key: key });
      await hub.admin.providers.create({ id: `l${String(length)}`, kind: 'openai', api_keys: [key] });
    }
    const longer = hub.admin.providers.create({ id: 'o', kind: 'openai', api_key: 'a'.repeat(4_097) });
    await expect(longer).rejects.toThrow(/at most 4096 characters/);
  });

  it('X1: keeps every text of its options as a secret, however deep', async () => {
    const made: ProviderSettings[] = [];
    const [config, secrets] = [memoryConfigStore(), memorySecretStore()];
    const control = { kinds: tellingKinds(made), stores: { config, secrets }, masterKeys: KEYS };
    const { hub } = await managedHub({ control });
    hubs.push(hub);
    const options = { auth: { token: CANARY, tries: 3 }, list: [CANARY, [{ deep: CANARY }], null, true] };
    const created = await hub.admin.providers.create({ id: 'own', kind: 'telling', options });
    await hub.admin.providers.update('own', { rate_limit: 5 });
    const audit = await hub.admin.audit.list();
    const stored = await Promise.all([1, 2, 3].map((number) => config.epoch(number)));
    const view = await hub.admin.config.get();
    expect(JSON.stringify([created, audit, stored, view])).not.toContain(CANARY);
    // The kind is told what was said.
    expect(made.findLast(({ id }) => id === 'own')?.options).toEqual(options);
  });

  it.each<[what: string, models: readonly unknown[], param: string]>([
    ['a number', [5], 'providers[0].models[0]'],
    ['nothing', [null, 'z'], 'providers[0].models[0]'],
    ['no name', [{ weight: 3 }], 'providers[0].models[0].name'],
    ['a name that is there already', [{ name: 'z', weight: 3 }, 'z'], 'providers[0].models[1]'],
  ])('refuses a list of models with %s, and loses none', async (_what, models, param) => {
    const hub = await hubOfKinds();
    await expect(hub.admin.providers.update('demo', { models })).rejects.toMatchObject(invalid(param));
    const document = { providers: [{ id: 'demo', kind: 'demo', models }] };
    expect(() => new NexusHub({ providers: {}, control: { kinds: providerKinds, document } })).toThrow(TypeError);
    expect((await hub.admin.providers.get('demo')).settings['models']).toEqual(['demo']);
  });

  it.each<[what: string, settings: Readonly<Record<string, unknown>>, says: RegExp]>([
    ['options its kind does not know', { kind: 'openai', api_key: 'k', options: { a: 1 } }, /kinds of one's own/],
    [
      'a query in its URL',
      { kind: 'openai', api_key: 'k', server_url: 'https://a.example/v1?key=b' },
      /without a query/,
    ],
    ['a length of bodies', { kind: 'openai', api_key: 'k', headers: { 'Content-Length': '5' } }, /"Content-Length"/],
    ['another host', { kind: 'openai', api_key: 'k', headers: { host: 'b.example' } }, /"host"/],
  ])('refuses %s', async (_what, settings, says) => {
    const hub = await hubOfKinds();
    const created = hub.admin.providers.create({ id: 'new', ...settings });
    await expect(created).rejects.toMatchObject({ code: 'request_invalid' });
    await expect(created).rejects.toThrow(says);
  });

  it.each(['.', '..', 'a/b', ''])('cannot be called %o, which no path could name', async (id) => {
    const hub = await hubOfKinds();
    await expect(hub.admin.providers.create({ id, kind: 'demo' })).rejects.toMatchObject({ code: 'request_invalid' });
  });
});

it('a key that was taken away stays away when an earlier epoch comes back', async () => {
  const hub = await hubOfKinds();
  await hub.admin.config.apply({ keys: { old: { key: 'a-key-that-leaked' }, app: { key: 'a-key-that-stays' } } });
  await hub.admin.config.apply({ keys: { old: null }, providers: { demo: { rate_limit: 5 } } });
  await hub.admin.config.rollback(2);
  const { document } = await hub.admin.config.get();
  expect(document).toMatchObject({ providers: [{ id: 'demo' }], keys: [{ name: 'app' }] });
  expect(document['providers']).not.toMatchObject([{ rate_limit: 5 }]);
  const as = async (key: string): Promise<number> =>
    (await hub.fetch('http://hub/v1/models', { headers: { authorization: `Bearer ${key}` } })).status;
  expect([await as('a-key-that-leaked'), await as('a-key-that-stays')]).toEqual([401, 200]);
});

describe('a preview', () => {
  it('shows which personal keys would be left without their role', async () => {
    const hub = await hubOfKinds();
    await hub.admin.config.apply({ roles: { bot: ['chat'], other: ['chat'] } });
    const { key } = await hub.admin.keys.create({ name: 'robot', role: 'bot' });
    await hub.admin.keys.create({ name: 'free', role: 'other' });
    const { keysWithoutRole } = await hub.admin.config.preview({ roles: { bot: null } });
    expect(keysWithoutRole).toEqual([{ id: key.id, name: 'robot', role: 'bot' }]);
  });

  it('says so where the keys cannot be looked at', async () => {
    const keys = Object.assign(memoryKeyStore(), { page: () => Promise.reject(new Error('away')) });
    const control = { kinds: tellingKinds(), stores: { keys }, peppers: [{ id: 'a', secret: 'p'.repeat(32) }] };
    const { hub } = await managedHub({ control });
    hubs.push(hub);
    const preview = hub.admin.config.preview({ providers: { main: null } });
    await expect(preview).rejects.toMatchObject({ code: 'keys_unavailable', status: 503 });
  });

  it('goes by what the keys of the callers let them ask', async () => {
    const document = {
      providers: [
        { id: 'one', kind: 'demo', models: ['m'] },
        { id: 'two', kind: 'demo', models: ['m'] },
      ],
      keys: [
        { name: 'bound', key: 'a-key-of-one-provider', providers: ['one'] },
        { name: 'free', key: 'a-key-of-all-providers' },
      ],
    };
    const hub = new NexusHub({ providers: {}, control: { kinds: providerKinds, document } });
    hubs.push(hub);
    await hub.ready();
    const body = JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'Hello' }] });
    for (const key of ['a-key-of-one-provider', 'a-key-of-all-providers']) {
      const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
      expect((await hub.fetch('http://hub/v1/chat/completions', { method: 'POST', headers, body })).status).toBe(200);
    }
    const { affected } = await hub.admin.config.preview({ providers: { one: { models: ['x'] } } });
    const byCaller = new Map(affected?.map((one) => [one.callerId, one]));
    expect(byCaller.get('bound')).toMatchObject({ before: ['one/m'], after: [], refused: expect.any(String) });
    expect(byCaller.get('free')).toMatchObject({ after: ['two/m'] });
  });

  it('shows what going back would do, without doing it', async () => {
    const hub = await hubOfKinds();
    await hub.admin.config.apply({ keys: { admin: { key: 'a-key-of-an-admin-e27d', role: 'admin' } } });
    await hub.admin.providers.create({ id: 'new', kind: 'demo', models: ['n'] });
    const headers = { 'content-type': 'application/json', authorization: 'Bearer a-key-of-an-admin-e27d' };
    const ask = (to: number): Promise<Response> =>
      hub.fetch('http://hub/config/preview', { method: 'POST', headers, body: JSON.stringify({ to }) });
    const preview = (await (await ask(1)).json()) as object;
    expect(preview).toMatchObject({ object: 'config.preview', epoch: 3, models_removed: ['n'], keys_without_role: [] });
    expect((await ask(9)).status).toBe(404);
    expect((await hub.admin.config.get()).number).toBe(3);
  });
});
