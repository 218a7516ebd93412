import { NexusHub, type NexusHubOptions, type RolesOptions } from 'nexusai-hub';
import { providerKinds } from 'nexusai-hub/adapters/kinds';
import { signRequest } from 'nexusai-hub/client';
import { scriptedProvider } from 'nexusai-hub/testing';
import { afterEach, describe, expect, it } from 'vitest';

import { json } from './transports.ts';

const BOT = { name: 'robot', key: 'CANARY-a-key-that-is-long-enough-to-sign', role: 'bot' };
const APP = { name: 'app', key: 'CANARY-a-key-of-a-role-that-need-not-sign', role: 'open' };
const KEEPER = { name: 'keeper', key: 'CANARY-a-key-of-somebody-who-makes-keys', role: 'keeper' };
const ADMIN = { name: 'admin', key: 'CANARY-a-key-of-the-one-who-runs-it-all', role: 'admin' };
const ROLES: RolesOptions = {
  bot: { permissions: ['chat', 'models.read'], signature: 'required' },
  keeper: { permissions: ['keys.write', 'chat', 'models.read', 'conversations.write'], signature: 'required' },
  open: { permissions: ['models.read'], signature: 'allowed' },
};
const MODELS = 'http://hub/v1/models';

const closing: NexusHub[] = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map((hub) => hub.close({ drainMs: 0 })));
});

function hubWith(options: Partial<NexusHubOptions> = {}): NexusHub {
  const main = scriptedProvider({ says: 'Hi' }, { models: ['m'] });
  const hub = new NexusHub({ providers: { main }, keys: [BOT, APP, KEEPER, ADMIN], roles: ROLES, ...options });
  closing.push(hub);
  return hub;
}

type Signer = Pick<typeof BOT, 'name' | 'key'>;

async function told(answer: Promise<Response>): Promise<[status: number, text: string]> {
  const response = await answer;
  return [response.status, await response.text()];
}

const bearing = (hub: NexusHub, key: string, url = MODELS, init: RequestInit = {}) =>
  told(hub.fetch(url, { ...init, headers: { ...(init.headers as object), authorization: `Bearer ${key}` } }));
const signing = async (hub: NexusHub, signer: Signer, url = MODELS, init?: RequestInit) =>
  told(hub.fetch(await signRequest(signer, url, init)));

const REFUSED = [401, expect.stringContaining('takes signed requests only')];

describe('a role that takes signed requests only', () => {
  it('holds for configured keys, whatever is said of them, and for sessions of a browser', async () => {
    const hub = hubWith();
    expect(await bearing(hub, BOT.key)).toEqual(REFUSED);
    expect(await bearing(hub, BOT.key, 'http://hub/session', { method: 'POST' })).toEqual(REFUSED);
    expect((await signing(hub, BOT))[0]).toBe(200);
    expect((await bearing(hub, APP.key))[0]).toBe(200);
    expect((await signing(hub, APP))[0]).toBe(200);
    expect((await bearing(hub, 'CANARY-a-key-that-nobody-has'))[1]).not.toContain('signed requests only');
  });

  it('holds for stored keys, too, as soon as they have it', async () => {
    const hub = hubWith();
    const { key, secret } = await hub.admin.keys.create({ name: 'stored', role: 'open' });
    const signer = { name: key.id, key: secret.reveal() };
    expect((await bearing(hub, signer.key))[0]).toBe(200);
    await hub.admin.keys.update(key.id, { role: 'bot' });
    expect(await bearing(hub, signer.key)).toEqual(REFUSED);
    expect((await signing(hub, signer))[0]).toBe(200);
  });

  it('holds for whom an authenticator of the owner knows, and not for the own program', async () => {
    const hub = hubWith({ authenticator: { identify: () => ({ id: 'anybody', role: 'bot' }) } });
    expect(await bearing(hub, 'any')).toEqual(REFUSED);
    expect(
      (await hub.chat.completions.create({ model: 'm', messages: [{ role: 'user', content: 'Hi' }] })).id,
    ).toBeTypeOf('string');
  });

  it('is given on: whoever has to sign makes no key that need not', async () => {
    const hub = hubWith();
    const create = (fields: object) => signing(hub, KEEPER, 'http://hub/keys', json({ name: 'x', ...fields }));
    expect((await create({ role: 'user' }))[0]).toBe(403);
    expect((await create({ role: 'user', signature: 'required' }))[0]).toBe(201);
    expect((await create({ role: 'bot' }))[0]).toBe(201);
  });

  it('is configured while the hub runs, and counts at once', async () => {
    const hub = hubWith({ roles: {}, keys: [ADMIN], control: { kinds: providerKinds } });
    const put = (roles: object) => bearing(hub, ADMIN.key, 'http://hub/config', { ...json({ roles }), method: 'PUT' });
    expect(await put({ late: ['models.read'] })).toEqual([200, expect.any(String)]);
    const { secret } = await hub.admin.keys.create({ name: 'stored', role: 'late' });
    expect((await bearing(hub, secret.reveal()))[0]).toBe(200);
    const strict = await put({ late: { permissions: ['models.read'], signature: 'required' } });
    expect(strict).toEqual([200, expect.stringContaining('"signature":"required"')]);
    expect(await bearing(hub, secret.reveal())).toEqual(REFUSED);
    expect(await put({ late: { signature: 'allowed' } })).toEqual([200, expect.any(String)]);
    expect((await bearing(hub, secret.reveal()))[0]).toBe(200);
    expect((await put({ late: { signature: 'never' } }))[1]).toContain('roles.late.signature');
  });
});
