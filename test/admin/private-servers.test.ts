import { memorySecretStore, NexusHub, type NexusHubOptions } from 'nexusai-hub';
import { providerKinds } from 'nexusai-hub/adapters/kinds';
import { openaiCompatible } from 'nexusai-hub/adapters/openai-compatible';
import type { ProviderKind } from 'nexusai-hub/provider-kit';
import { manualClock } from 'nexusai-hub/testing';
import { afterEach, describe, expect, it } from 'vitest';

import { memoryConfigStore } from '../../src/defaults/config-store.ts';

type Document = Readonly<Record<string, unknown>>;

const LOOPBACK = 'http://127.0.0.1:11434/v1';
const REFUSED = { code: 'request_invalid', details: { param: 'providers[1].server_url' } };

const hubs: NexusHub[] = [];
afterEach(async () => {
  for (const hub of hubs.splice(0)) await hub.close();
});

function serverAt(url: string, id = 'inner'): Document & { readonly id: string } {
  return { id, kind: 'openai-compatible', server_url: url, models: [`model-of-${id}`] };
}

const main = serverAt('https://main.example/v1', 'main');

/** A hub with the file `document`. */
async function hubOf(document: Document, options: Partial<NexusHubOptions> = {}): Promise<NexusHub> {
  const control = { kinds: providerKinds, document, ...options.control };
  const hub = new NexusHub({ providers: {}, ...options, control });
  hubs.push(hub);
  await hub.ready();
  return hub;
}

describe('X4: a provider that is added while a hub runs', () => {
  it.each([
    LOOPBACK,
    'http://localhost:8000/v1',
    'http://10.1.2.3/v1',
    'http://192.168.0.1/v1',
    'http://169.254.169.254/latest',
    'http://[::1]:8000/v1',
    'http://[::ffff:127.0.0.1]/v1',
    'http://2130706433/v1',
    'http://llm.internal/v1',
  ])('may not be at %s where nothing is said of it', async (url) => {
    const hub = await hubOf({ providers: [main] });
    await expect(hub.admin.providers.create(serverAt(url))).rejects.toMatchObject(REFUSED);
    await expect(hub.admin.config.apply({ providers: [serverAt(url)] })).rejects.toMatchObject(REFUSED);
    await expect(hub.admin.config.preview({ providers: [serverAt(url)] })).rejects.toMatchObject(REFUSED);
    expect(Object.keys((await hub.admin.config.get()).document)).toEqual(['providers']);
    expect((await hub.admin.providers.list()).map(({ id }) => id)).toEqual(['main']);
  });

  it('is told what would allow it, and may be there with that', async () => {
    const hub = await hubOf({ providers: [main] });
    await expect(hub.admin.providers.create(serverAt(LOOPBACK))).rejects.toThrow(
      /"127\.0\.0\.1:11434" is on this machine or a private network; .*security\.allowed_upstreams/,
    );
    await hub.admin.config.apply({ security: { allowed_upstreams: ['127.0.0.1:11434'] } });
    await hub.admin.providers.create(serverAt(LOOPBACK));
    await expect(hub.admin.providers.create(serverAt('http://127.0.0.1:22/v1', 'ssh'))).rejects.toMatchObject({
      code: 'request_invalid',
    });
  });

  it('may be anywhere where the owner says so', async () => {
    const hub = await hubOf({ providers: [main], security: { allow_private_upstreams: true } });
    await hub.admin.providers.create(serverAt(LOOPBACK));
    expect((await hub.admin.providers.list()).map(({ id }) => id)).toEqual(['inner', 'main']);
  });

  it('cannot be brought inside by a change of one that is outside', async () => {
    const hub = await hubOf({ providers: [main] });
    await hub.admin.providers.create(serverAt('https://public.example/v1'));
    await expect(hub.admin.providers.update('inner', { server_url: LOOPBACK })).rejects.toMatchObject({
      code: 'request_invalid',
    });
    await expect(hub.admin.providers.update('main', { server_url: LOOPBACK })).rejects.toMatchObject({
      code: 'request_invalid',
      details: { param: 'providers[0].server_url' },
    });
  });

  it('leads nowhere inside by a name that looks public', async () => {
    const kind: ProviderKind = {
      make: ({ server_url: baseUrl = '' }, security) =>
        openaiCompatible({
          baseUrl,
          ...(security ? { security } : {}),
          lookup: (_host, _options, callback) => {
            callback(null, [{ address: '127.0.0.1', family: 4 }]);
          },
        }),
    };
    const kinds = { ...providerKinds, led: kind };
    const hub = await hubOf({ providers: [main] }, { control: { kinds } });
    const led = { id: 'led', kind: 'led', server_url: 'http://rebound.example:9/v1', models: ['model-of-led'] };
    await hub.admin.providers.create(led);
    const asked = hub.chat.completions.create({
      model: 'model-of-led',
      messages: [{ role: 'user', content: 'Hello' }],
    });
    await expect(asked).rejects.toMatchObject({ code: 'provider_blocked' });
  });
});

describe('X4: a provider of the file', () => {
  const inner = serverAt(LOOPBACK);

  it('may be inside, and is changed in all but its place', async () => {
    const hub = await hubOf({ providers: [main, inner] });
    await hub.admin.providers.update('inner', { rate_limit: 7, api_key: 'a-key-of-inner' });
    await expect(
      hub.admin.providers.update('inner', { server_url: 'http://127.0.0.1:22/v1', api_key: 'k' }),
    ).rejects.toMatchObject(REFUSED);
    await hub.admin.providers.delete('inner');
    await expect(hub.admin.providers.create(serverAt('http://127.0.0.1:22/v1'))).rejects.toMatchObject(REFUSED);
    // The owner's file names this very server.
    await hub.admin.providers.create(inner);
  });

  it('may not, where the file says so; and nothing of such a file is applied', async () => {
    const document = { providers: [main, inner], security: { allow_private_upstreams: false } };
    await expect(hubOf(document)).rejects.toThrow(TypeError);
    const hub = await hubOf({ providers: [main] });
    await expect(hub.admin.config.applyFile(document)).rejects.toMatchObject(REFUSED);
    expect((await hub.admin.providers.list()).map(({ id }) => id)).toEqual(['main']);
  });

  it('may be inside in every process that shares the configuration, and after a start', async () => {
    const stores = { config: memoryConfigStore(), secrets: memorySecretStore() };
    const clock = manualClock();
    const masterKeys = ['3f1c9b7a5d2e8f604b1d7c3a9e5f2b8d6c0a4e7f1b3d5c9a8e2f6b0d4c7a1e53'];
    const shared = { clock, control: { stores, masterKeys } };
    const one = await hubOf({ providers: [main, inner] }, { ...shared, control: { ...shared.control } });
    await one.admin.providers.create(serverAt('https://public.example/v1', 'outer'));
    const other = await hubOf({ providers: [main, inner] }, shared);
    expect((await other.admin.providers.list()).map(({ id }) => id)).toEqual(['inner', 'main', 'outer']);
  });

  it("is not the owner's any more when the file drops it: an earlier epoch does not bring it back", async () => {
    const hub = await hubOf({ providers: [main, inner] });
    const { number } = await hub.admin.config.get();
    await hub.admin.config.applyFile({ providers: [main] });
    await expect(hub.admin.config.rollback(number)).rejects.toMatchObject({ code: 'request_invalid' });
    expect((await hub.admin.providers.list()).map(({ id }) => id)).toEqual(['main']);
  });
});

it('a document that is wrong is a wrong option', () => {
  const control = { kinds: providerKinds, document: { nothing: {} } };
  expect(() => new NexusHub({ providers: {}, control })).toThrow(TypeError);
  expect(() => new NexusHub({ providers: {}, control })).toThrow(/control\.document: .*nothing/);
});
