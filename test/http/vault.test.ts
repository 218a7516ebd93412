import { randomBytes } from 'node:crypto';

import { forgetLostSecrets, memorySecretStore, NexusHub, type NexusHubOptions } from 'nexusai-hub';
import type { KeyStore, Logger, SecretStore } from 'nexusai-hub/ports';
import { providerKinds } from 'nexusai-hub/adapters/kinds';
import { signRequest } from 'nexusai-hub/client';
import { Secret } from 'nexusai-hub/provider-kit';
import { manualClock, scriptedProvider } from 'nexusai-hub/testing';
import { afterEach, describe, expect, it } from 'vitest';

import { memoryConfigStore } from '../../src/defaults/config-store.ts';
import { memoryKeyStore } from '../../src/defaults/key-store.ts';
import { vaultOf } from '../control/vault-set-up.ts';
import { recordingLogger } from '../data/recording-logger.ts';

const [OLD, FRESH] = [randomBytes(32), randomBytes(32).toString('base64')];
const NOW = 1_767_225_600;
const KEYS = [
  { name: 'admin', key: 'sk-admin-canary', role: 'admin' },
  { name: 'ops', key: 'sk-ops-canary', role: 'operator' },
  { name: 'looker', key: 'sk-looker-canary', role: 'viewer' },
] as const;

const open: NexusHub[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((hub) => hub.close()));
});

function hubOver(
  secrets: SecretStore,
  masterKeys: readonly (string | Uint8Array)[],
  { keys, ...options }: Pick<NexusHubOptions, 'logger'> & { readonly keys?: KeyStore } = {},
): NexusHub {
  const providers = { main: scriptedProvider({ says: 'ok' }) };
  const hub = new NexusHub({
    providers,
    keys: KEYS,
    clock: manualClock(NOW * 1000),
    control: { stores: { secrets, ...(keys && { keys }) }, masterKeys },
    ...options,
  });
  open.push(hub);
  return hub;
}

async function ask(hub: NexusHub, method: string, path: string, key = 'sk-admin-canary') {
  const response = await hub.fetch(`http://hub${path}`, { method, headers: { authorization: `Bearer ${key}` } });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

async function filled(count: number): Promise<{ secrets: SecretStore; oldId: string }> {
  const secrets = memorySecretStore();
  const { vault } = vaultOf([OLD], secrets);
  for (let place = 0; place < count; place++) await vault.keep(new Secret(`CANARY ${place}`));
  return { secrets, oldId: vault.keyId };
}

describe('the vault over HTTP', () => {
  it('X5: shows which keys there are, rotates, and tells how far it is', async () => {
    const { secrets, oldId } = await filled(50);
    const hub = hubOver(secrets, [FRESH, OLD]);
    const before = await ask(hub, 'GET', '/vault');
    const { key_id: keyId } = before.body;
    expect(before).toEqual({
      status: 200,
      body: {
        object: 'vault',
        state: 'ready',
        key_id: expect.stringMatching(/^mk_[0-9a-f]{16}$/),
        key_ids: [keyId, oldId],
        secrets: 50,
        undecryptable: 0,
        by_key: [{ key_id: oldId, secrets: 50, is_here: true }],
        rotation: null,
      },
    });
    const begun = await ask(hub, 'POST', '/vault/rotate');
    expect(begun).toMatchObject({
      status: 202,
      body: { object: 'vault.rotation', state: 'running', key_id: keyId, started_at: NOW, ended_at: null },
    });
    // Who asks meanwhile waits for the same one.
    expect(await hub.admin.vault.rotate()).toMatchObject({ state: 'done', rotated: 50 });
    expect((await ask(hub, 'GET', '/vault')).body).toMatchObject({
      by_key: [{ key_id: keyId, secrets: 50, is_here: true }],
      rotation: { state: 'done', total: 50, checked: 50, rotated: 50, current: 0, failed: 0, ended_at: NOW },
    });
    expect(JSON.stringify(await ask(hub, 'GET', '/vault'))).not.toContain('CANARY');
  });

  it('is for who runs the hub: who looks at numbers sees nothing of it, and an operator rotates nothing', async () => {
    const { secrets } = await filled(1);
    const hub = hubOver(secrets, [OLD]);
    expect((await ask(hub, 'GET', '/vault', 'sk-looker-canary')).status).toBe(403);
    expect((await ask(hub, 'GET', '/vault', 'sk-ops-canary')).status).toBe(200);
    expect((await ask(hub, 'POST', '/vault/rotate', 'sk-ops-canary')).status).toBe(403);
    expect((await ask(hub, 'POST', '/vault/rotate', 'sk-none')).status).toBe(401);
  });
});

describe('a hub with a vault', () => {
  it('X5: starts and serves with a wrong master key, and says which one is wanted', async () => {
    const { secrets, oldId } = await filled(3);
    const before = await secrets.page(10);
    const { logger, lines } = recordingLogger();
    const hub = hubOver(secrets, [FRESH], { logger });
    const body = { model: 'm', messages: [{ role: 'user' as const, content: 'Hi' }] };
    expect((await hub.chat.completions.create(body)).choices[0]?.message.content).toBe('ok');
    const readiness = { status: 'ready', vault: 'undecryptable', configuration: 'current' };
    expect(await ask(hub, 'GET', '/readyz')).toMatchObject({ status: 200, body: readiness });
    expect(await hub.admin.vault.status()).toMatchObject({ state: 'undecryptable', undecryptable: 3 });
    expect(await hub.admin.vault.rotate()).toMatchObject({ state: 'incomplete', failed: 3 });
    expect(lines.filter(([level]) => level === 'error')).toContainEqual([
      'error',
      expect.stringContaining('cannot be opened'),
      expect.objectContaining({ event: 'vault_undecryptable', secrets: 3, wantedKeyIds: [oldId] }),
    ]);
    expect(await secrets.page(10)).toEqual(before);
  });

  it('tells strangers nothing of its master keys, and who runs it all of that', async () => {
    const [secrets, keys] = [memorySecretStore(), memoryKeyStore()];
    const over = (masterKey: string | Uint8Array, logger?: Logger): NexusHub =>
      hubOver(secrets, [masterKey], { ...(logger && { logger }), keys });
    const made = await over(OLD).admin.keys.create({ name: 'app' });
    const { logger, lines } = recordingLogger();
    const hub = over(FRESH, logger);
    const chat = { method: 'POST', body: JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'Hi' }] }) };
    const url = 'http://hub/v1/chat/completions';
    const signer = { name: made.key.id, key: made.secret.reveal(), now: () => NOW * 1000 };
    const signed = await signRequest(signer, url, chat);
    for (const init of [
      { ...chat, headers: { authorization: `Bearer nxh_${'A'.repeat(43)}` } },
      { ...chat, headers: { authorization: `Bearer ${made.secret.reveal()}` } },
      signed,
    ]) {
      const response = await hub.fetch(url, init);
      const text = await response.text();
      expect([response.status, text]).toEqual([503, expect.stringContaining('keys_unavailable')]);
      expect(text).not.toMatch(/mk_|pepper|master|seal/);
    }
    const create = { method: 'POST', body: '{"name":"x"}', headers: { authorization: 'Bearer sk-admin-canary' } };
    const told = await (await hub.fetch('http://hub/keys', create)).text();
    expect(told).toMatch(/The secret pepper-root is sealed with the master key mk_.*secret_undecryptable/);
    expect(lines).toContainEqual([
      'error',
      expect.stringMatching(/^The secret pepper-root is sealed with the master key mk_/),
      expect.objectContaining({ event: 'secret_undecryptable', secretId: 'pepper-root' }),
    ]);
  });

  it('goes on without a master key that is lost for good, once what wants it is forgotten', async () => {
    const [secrets, keys] = [memorySecretStore(), memoryKeyStore()];
    const before = hubOver(secrets, [OLD], { keys });
    const { key_id: oldId } = (await ask(before, 'GET', '/vault')).body as { readonly key_id: string };
    const { key } = await before.admin.keys.create({ name: 'app', signature: 'required', requestsPerMinute: 7 });
    await expect(forgetLostSecrets(secrets, oldId, [FRESH, OLD])).rejects.toThrow(`${oldId} is not lost`);
    expect(await forgetLostSecrets(secrets, 'mk_0000000000000000', [FRESH])).toBe(0);
    expect(await secrets.page(10)).toHaveLength(2);
    expect(await forgetLostSecrets(secrets, oldId, [FRESH])).toBe(2);
    const hub = hubOver(secrets, [FRESH], { keys });
    const { key: same, secret } = await hub.admin.keys.rotate(key.id);
    expect(same).toMatchObject({ id: key.id, requestsPerMinute: 7 });
    const signer = { name: key.id, key: secret.reveal(), now: () => NOW * 1000 };
    expect((await hub.fetch(await signRequest(signer, 'http://hub/v1/models'))).status).toBe(200);
    expect(await hub.admin.vault.status()).toMatchObject({ state: 'ready', secrets: 2 });
  });

  it('is given the keys of providers anew where a master key is lost for good', async () => {
    const [secrets, config] = [memorySecretStore(), memoryConfigStore()];
    const over = (masterKey: string | Uint8Array): NexusHub => {
      const control = { stores: { secrets, config }, masterKeys: [masterKey], kinds: providerKinds };
      const hub = new NexusHub({ providers: {}, keys: KEYS, control });
      open.push(hub);
      return hub;
    };
    const url = 'https://upstream.invalid/v1';
    const before = over(OLD);
    await before.admin.providers.create({
      ...{ id: 'main', kind: 'openai-compatible', server_url: url, api_key: 'sk-CANARY-before-0001', models: ['m'] },
    });
    const { keyId } = await before.admin.vault.status();
    expect(await forgetLostSecrets(secrets, keyId, [FRESH])).toBeGreaterThan(0);
    const hub = over(FRESH);
    const headers = { authorization: 'Bearer sk-admin-canary', 'content-type': 'application/json' };
    const body = JSON.stringify({ api_key: 'sk-CANARY-after-0002' });
    const changed = await hub.fetch('http://hub/providers/main', { method: 'PATCH', headers, body });
    expect([changed.status, await changed.json()]).toMatchObject([200, { api_key: 'sk-…0002', server_url: url }]);
    expect(await hub.admin.vault.status()).toMatchObject({ state: 'ready', secrets: 1 });
  });

  it('needs no master key for what ends with it', async () => {
    const hub = new NexusHub({ providers: { main: scriptedProvider({ says: 'ok' }) } });
    open.push(hub);
    expect(await hub.admin.vault.status()).toMatchObject({ state: 'ready', secrets: 0 });
    expect((await ask(hub, 'GET', '/readyz')).body).toMatchObject({ vault: 'ready' });
  });

  it.each<[what: string, control: unknown, says: string]>([
    ['a store without a key', { stores: { secrets: memorySecretStore() } }, 'control.masterKeys: expected one'],
    [
      'a store of configurations without one of secrets',
      { stores: { config: memoryConfigStore() } },
      'control.stores.secrets: expected one',
    ],
    [
      'a store of keys whose peppers are lost',
      { stores: { keys: memoryKeyStore() } },
      'control.peppers: expected some',
    ],
    ['a key that is too short', { masterKeys: ['CANARY'] }, 'control.masterKeys[0]: expected 32 random bytes'],
    ['a second key that is none', { masterKeys: [OLD, 'CANARY'] }, 'control.masterKeys[1]: expected 32 random bytes'],
    ['one key twice', { masterKeys: [OLD, OLD.toString('hex')] }, 'control.masterKeys: two are the same'],
    ['no list', { masterKeys: 'CANARY' }, 'control.masterKeys: '],
    [
      'half a store',
      { stores: { secrets: { get() {} } }, masterKeys: [OLD] },
      'control.stores.secrets: expected an object',
    ],
    ['a short pepper', { peppers: [{ id: 'a', secret: 'CANARY' }] }, 'control.peppers[0].secret: expected 32 bytes'],
  ])('X1: is refused with %s, which is not shown', (_what, control, says) => {
    const make = () =>
      new NexusHub({ providers: { main: scriptedProvider({ says: 'ok' }) }, control: control as never });
    expect(make).toThrow(TypeError);
    expect(make).toThrow(says);
    expect(make).not.toThrow(/CANARY/);
  });
});
