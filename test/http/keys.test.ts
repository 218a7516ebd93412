import { type KeyOptions, NexusHub, type NexusHubOptions } from 'nexusai-hub';
import { providerKinds } from 'nexusai-hub/adapters/kinds';
import { manualClock, type ManualClock, scriptedProvider } from 'nexusai-hub/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { json, SOCKETS, TRANSPORTS } from './transports.ts';

const ADMIN = 'sk-admin-canary';
const NOW = 1_767_225_600;
let clock: ManualClock;
const closing: (() => Promise<void>)[] = [];

beforeEach(() => {
  clock = manualClock(NOW * 1000);
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const CONFIGURED: readonly KeyOptions[] = [
  { name: 'admin', key: ADMIN, role: 'admin' },
  { name: 'ops', key: 'sk-ops-canary', role: 'operator' },
  { name: 'keeper', key: 'sk-keeper-canary', role: 'keeper', models: ['m', 'n'] },
];
const ROLES = { keeper: ['keys.read', 'keys.write', 'chat', 'models.read', 'conversations.write'] } as const;

const USAGE = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };

function hubWith(options: Partial<NexusHubOptions> = {}): NexusHub {
  const main = scriptedProvider({ says: 'main', usage: USAGE }, { models: ['m', 'n'] });
  const spare = scriptedProvider({ says: 'spare', usage: USAGE }, { models: ['m', 'only-spare'] });
  const hub = new NexusHub({ providers: { main, spare }, keys: CONFIGURED, roles: ROLES, clock, ...options });
  closing.push(() => hub.close());
  return hub;
}

interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown> & {
    readonly id: string;
    readonly secret: string;
    readonly error: { readonly code: string; readonly message: string; readonly param: string | null };
  };
}
type Ask = (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Reply>;

function asking(hub: Pick<NexusHub, 'fetch'>, key: string = ADMIN, url = 'http://hub'): Ask {
  return async (method, path, body, headers = {}) => {
    const init = body === undefined ? {} : json(body);
    const all = { ...(init.headers as object), authorization: `Bearer ${key}`, ...headers };
    const response = await hub.fetch(url + path, { ...init, method, headers: all });
    return { status: response.status, headers: response.headers, body: (await response.json()) as Reply['body'] };
  };
}

const CHAT = { model: 'm', messages: [{ role: 'user', content: 'Hi' }] };
const chat = (hub: NexusHub, key: string, body: object = CHAT): Promise<Reply> =>
  asking(hub, key)('POST', '/v1/chat/completions', body);

/** All there is to say of a key, as the API has it. */
const FULL = {
  name: 'ci',
  owner: 'team-x',
  role: 'viewer',
  models: ['m'],
  providers: ['main', 'spare'],
  rpm: 60,
  tpm: 1000.5,
  max_concurrent: 2,
  budget_usd: { day: 1.5, month: 20 },
  priority: 5,
  expires_at: NOW + 3600,
  allowed_addresses: ['10.0.0.0/8', '::1'],
  disabled: true,
  signature: 'allowed',
};

describe.each(TRANSPORTS)('over $name', ({ serve }) => {
  it('L4: keeps every member of a key, gives it back, and changes nothing but what is named', async () => {
    const served = await serve(hubWith());
    closing.push(() => served.close());
    const ask = asking({ fetch: served.fetch }, ADMIN, served.url);
    const made = await ask('POST', '/keys', FULL);
    expect(made.status).toBe(201);
    const { secret, id, ...rest } = made.body;
    expect(secret).toMatch(/^nxh_[\w-]{43}$/);
    const prefix = secret.slice(0, 8);
    const shown = {
      ...FULL,
      ...{ object: 'key', prefix, last4: secret.slice(-4), previous: [], last_used_at: null },
      ...{ created_at: NOW, updated_at: NOW },
    };
    expect(rest).toEqual(shown);
    const read = await ask('GET', `/keys/${id}`);
    expect([read.status, read.body, read.headers.get('etag')]).toEqual([200, { ...shown, id }, '"1"']);
    const changed = await ask('PATCH', `/keys/${id}`, { rpm: 7, budget_usd: { day: null } });
    expect([changed.status, changed.body, changed.headers.get('etag')]).toEqual([
      200,
      { ...shown, id, rpm: 7, budget_usd: { day: null, month: 20 } },
      '"2"',
    ]);
    expect((await ask('PATCH', `/keys/${id}`, {})).body).toEqual(changed.body);
    expect((await ask('GET', '/keys')).body).toEqual({ object: 'list', data: [changed.body], has_more: false });
    expect((await ask('DELETE', `/keys/${id}`)).body).toEqual({ object: 'key', id, deleted: true });
    expect([(await ask('GET', `/keys/${id}`)).status, (await ask('DELETE', `/keys/${id}`)).status]).toEqual([404, 404]);
  });
});

describe('L4: each member of a key', () => {
  it.each(Object.keys(FULL).filter((member) => member !== 'name'))(
    '%s: is cleared and set by itself',
    async (member) => {
      const ask = asking(hubWith());
      const bare = (await ask('POST', '/keys', { name: 'bare' })).body;
      const value = FULL[member as keyof typeof FULL];
      const set = (await ask('PATCH', `/keys/${bare.id}`, { [member]: value })).body;
      const { secret: _secret, ...shown } = bare;
      expect(set).toEqual({ ...shown, [member]: value });
      const back = (await ask('PATCH', `/keys/${bare.id}`, { [member]: bare[member] })).body;
      expect(back).toEqual(shown);
      if (!['role', 'disabled', 'signature', 'priority'].includes(member))
        expect((await ask('PATCH', `/keys/${bare.id}`, { [member]: null })).body).toEqual(shown);
    },
  );

  it('budget_usd: is no more for the day than for the month, whichever of them was there first', async () => {
    const ask = asking(hubWith());
    const { id } = (await ask('POST', '/keys', { name: 'app', budget_usd: { month: 5 } })).body;
    const change = async (budget: object | null): Promise<unknown> => {
      const { status, body } = await ask('PATCH', `/keys/${id}`, { budget_usd: budget });
      return status === 200 ? body['budget_usd'] : [status, body.error.param, body.error.message];
    };
    const atOnce = await ask('POST', '/keys', { name: 'app', budget_usd: { day: 6, month: 5 } });
    const refused = [400, 'budget_usd.day', atOnce.body.error.message];
    expect(await change({ day: 6 })).toEqual(refused);
    expect(await change({ day: 5 })).toEqual({ day: 5, month: 5 });
    expect(await change({ month: 4 })).toEqual(refused);
    expect(await change({ day: 3, month: 4 })).toEqual({ day: 3, month: 4 });
    expect(await change({ day: 9, month: null })).toEqual({ day: 9, month: null });
    expect(await change({ month: 8 })).toEqual(refused);
    expect(await change({ day: null, month: 8 })).toEqual({ day: null, month: 8 });
  });

  it('works at once, and as long as it is there', async () => {
    const hub = hubWith();
    const ask = asking(hub);
    const { id, secret } = (await ask('POST', '/keys', { name: 'app' })).body;
    expect((await chat(hub, secret)).status).toBe(200);
    const change = async (changes: object): Promise<unknown> => {
      expect((await ask('PATCH', `/keys/${id}`, changes)).status).toBe(200);
      const { status, body } = await chat(hub, secret);
      expect(JSON.stringify(body)).not.toContain(secret);
      return status === 200 ? [200] : [status, `${body.error.code}: ${body.error.message}`];
    };
    const says = (words: RegExp): string => expect.stringMatching(words) as string;
    expect(await change({ models: ['n'] })).toEqual([403, says(/^forbidden: .*model "m"/)]);
    expect(await change({ models: ['m'], providers: ['main'] })).toEqual([200]);
    expect(await change({ models: null, disabled: true })).toEqual([401, says(/^invalid_api_key: .*disabled/)]);
    expect(await change({ disabled: false, role: 'viewer' })).toEqual([403, says(/^forbidden: .*"chat"/)]);
    expect(await change({ role: 'user', allowed_addresses: ['127.0.0.0/8'] })).toEqual([
      403,
      says(/^forbidden: .*address/),
    ]);
    expect(await change({ allowed_addresses: null, rpm: 1 })).toEqual([200]);
    expect((await chat(hub, secret)).body.error.code).toBe('rate_limit_exceeded');
    expect(await change({ rpm: null, tpm: 1 })).toEqual([200]);
    expect((await chat(hub, secret)).body.error.code).toBe('rate_limit_exceeded');
    expect(await change({ tpm: null, budget_usd: { day: 1 } })).toEqual([403, says(/^forbidden: .*price/)]);
    expect(await change({ budget_usd: null, expires_at: NOW + 60 })).toEqual([200]);
    await clock.advance(60_000);
    expect(await change({})).toEqual([401, says(/^invalid_api_key: .*expired/)]);
    expect(await change({ expires_at: null })).toEqual([200]);
    expect(await change({ signature: 'required' })).toEqual([401, says(/^invalid_api_key: .*signed requests only/)]);
    await ask('DELETE', `/keys/${id}`);
    expect(await chat(hub, secret)).toMatchObject({ status: 401, body: { error: { code: 'invalid_api_key' } } });
  });
});

describe('a secret', () => {
  it('is shown in the answer that makes it, and by a repeat of that for some minutes', async () => {
    const ask = asking(hubWith());
    const repeated = { 'idempotency-key': 'one' };
    const made = await ask('POST', '/keys', { name: 'app' }, repeated);
    const again = await ask('POST', '/keys', { name: 'app' }, repeated);
    expect([again.status, again.body, again.headers.get('etag')]).toEqual([201, made.body, '"1"']);
    const rotated = await ask('POST', `/keys/${made.body.id}/rotate`, {}, repeated);
    expect((await ask('POST', `/keys/${made.body.id}/rotate`, {}, repeated)).body).toEqual(rotated.body);
    expect(rotated.body.secret).not.toBe(made.body.secret);
    for (const path of ['/keys', `/keys/${made.body.id}`]) {
      const shown = JSON.stringify((await ask('GET', path)).body);
      expect(shown).not.toContain(made.body.secret);
      expect(shown).not.toContain('digest');
    }
    await clock.advance(300_000);
    const later = await ask('POST', '/keys', { name: 'app' }, repeated);
    expect(later.body.id).not.toBe(made.body.id);
  });

  it('is replaced at once, or counts beside the new one for as long as it is told', async () => {
    const hub = hubWith();
    const ask = asking(hub);
    const { id, secret: first } = (await ask('POST', '/keys', { name: 'app' })).body;
    const { secret: second } = (await ask('POST', `/keys/${id}/rotate`)).body;
    expect([(await chat(hub, first)).status, (await chat(hub, second)).status]).toEqual([401, 200]);
    const third = (await ask('POST', `/keys/${id}/rotate`, { overlap_ms: 60_000 })).body;
    expect(third['previous']).toEqual([{ prefix: second.slice(0, 8), last4: second.slice(-4), valid_until: NOW + 60 }]);
    expect([(await chat(hub, second)).status, (await chat(hub, third.secret)).status]).toEqual([200, 200]);
    // The next one does not let it live longer.
    const fourth = (await ask('POST', `/keys/${id}/rotate`, { overlap_ms: 600_000 })).body;
    await clock.advance(60_000);
    const old = await chat(hub, second);
    expect([old.status, old.body.error.message]).toEqual([401, expect.stringContaining('replaced')]);
    expect([(await chat(hub, third.secret)).status, (await chat(hub, fourth.secret)).status]).toEqual([200, 200]);
    await ask('POST', `/keys/${id}/rotate`);
    for (const { secret } of [third, fourth]) expect((await chat(hub, secret)).status).toBe(401);
  });
});

describe('who makes keys', () => {
  it('gives nobody more than it has, and takes over nobody who has more', async () => {
    const hub = hubWith();
    const admin = asking(hub);
    const keeper = asking(hub, 'sk-keeper-canary');
    const strong = (await admin('POST', '/keys', { name: 'strong', role: 'admin' })).body;
    const own = await keeper('POST', '/keys', { name: 'own', role: 'user', models: ['m'] });
    expect(own.status).toBe(201);
    const refused = [
      await keeper('POST', '/keys', { name: 'x', role: 'admin', models: ['m'] }),
      await keeper('POST', '/keys', { name: 'x', role: 'operator', models: ['m'] }),
      await keeper('PATCH', `/keys/${own.body.id}`, { role: 'admin' }),
      await keeper('PATCH', `/keys/${strong.id}`, { role: 'user', models: ['m'] }),
      await keeper('PATCH', `/keys/${strong.id}`, { disabled: true }),
      await keeper('POST', `/keys/${strong.id}/rotate`),
      await keeper('DELETE', `/keys/${strong.id}`),
      await keeper('POST', '/keys', { name: 'x' }),
      await keeper('POST', '/keys', { name: 'x', models: ['m', 'only-spare'] }),
      await keeper('PATCH', `/keys/${own.body.id}`, { models: null }),
    ];
    for (const { status, body } of refused) expect([status, body.error.code]).toEqual([403, 'forbidden']);
    expect(refused[0]?.body.error.message).toContain('conversations.read');
    expect((await admin('GET', `/keys/${strong.id}`)).body).toMatchObject({ role: 'admin', disabled: false });
    expect((await admin('GET', `/keys/${own.body.id}`)).body).toMatchObject({ role: 'user', models: ['m'] });
    expect((await asking(hub, strong.secret)('GET', '/keys')).status).toBe(200);
  });

  const BOUNDS = {
    rpm: [60, 61, null],
    tpm: [1000, 1001, null],
    max_concurrent: [2, 3, null],
    budget_usd: [{ day: 1, month: 9 }, { day: 2, month: 9 }, { day: 1, month: null }, null],
    expires_at: [NOW + 3600, NOW + 3601, null],
    allowed_addresses: [['10.0.0.0/8', '::1'], ['10.0.0.0/7'], ['10.1.0.0/16', '::2'], ['::ffff:10.0.0.0/100'], null],
    priority: [-5, -4, 0],
  } as const;
  const TIGHT = Object.fromEntries(Object.entries(BOUNDS).map(([member, [own]]) => [member, own]));

  it.each(Object.entries(BOUNDS))('gives nobody a looser %s than its own, itself neither', async (member, all) => {
    const [transport] = SOCKETS;
    const served = await transport!.serve(hubWith());
    closing.push(() => served.close());
    const admin = asking(served, ADMIN, served.url);
    const { allowed_addresses: _addresses, ...others } = TIGHT;
    const bounds = member === 'allowed_addresses' ? { [member]: [...BOUNDS[member][0], '127.0.0.1'] } : others;
    const made = { name: 'bound', role: 'keeper', ...bounds };
    const { id, secret } = (await admin('POST', '/keys', made)).body;
    const bound = asking(served, secret, served.url);
    const { id: free } = (await admin('POST', '/keys', { name: 'free' })).body;
    const [, ...looser] = all;
    for (const value of looser) {
      const refused = [
        await bound('PATCH', `/keys/${id}`, { [member]: value }),
        await bound('POST', '/keys', { ...bounds, name: 'x', [member]: value }),
      ];
      for (const { status, body } of refused)
        expect([status, body.error.code, body.error.param?.split('.')[0]]).toEqual([403, 'forbidden', member]);
    }
    expect((await admin('GET', `/keys/${id}`)).body).toMatchObject(made);
    for (const [method, path] of [
      ['POST', `/keys/${free}/rotate`],
      ['DELETE', `/keys/${free}`],
    ] as const)
      expect((await bound(method, path)).status).toBe(403);
    expect((await bound('POST', '/keys', { ...bounds, name: 'same' })).status).toBe(201);
    expect((await bound('POST', `/keys/${id}/rotate`)).status).toBe(200);
  });

  it('goes by the bounds of configured keys, too', async () => {
    const [, , keeper] = CONFIGURED;
    const bound = { ...keeper!, requestsPerMinute: 60, budgetUsd: { month: 5 } };
    const ask = asking(hubWith({ keys: [bound] }), keeper!.key);
    const within = { name: 'x', models: ['m'], rpm: 60, budget_usd: { day: 2, month: 5 } };
    expect((await ask('POST', '/keys', within)).status).toBe(201);
    for (const looser of [{ rpm: 61 }, { budget_usd: { day: 1 } }, { priority: 1 }])
      expect((await ask('POST', '/keys', { ...within, ...looser })).status).toBe(403);
  });

  it('needs the permission', async () => {
    const hub = hubWith();
    const { secret } = (await asking(hub)('POST', '/keys', { name: 'app' })).body;
    for (const key of [secret, 'sk-ops-canary'])
      expect((await asking(hub, key)('POST', '/keys', { name: 'x' })).body.error.code).toBe('forbidden');
    expect((await asking(hub, secret)('GET', '/keys')).status).toBe(403);
    expect((await asking(hub, 'sk-ops-canary')('GET', '/keys')).status).toBe(200);
  });
});

describe('wrong requests', () => {
  it.each([
    [{}, 'name'],
    [{ name: '' }, 'name'],
    [{ name: 'two\nlines' }, 'name'],
    [{ name: 'a', role: 'boss' }, 'role'],
    [{ name: 'a', role: '__proto__' }, 'role'],
    [{ name: 'a', providers: ['nobody'] }, 'providers'],
    [{ name: 'a', providers: [] }, 'providers'],
    [{ name: 'a', models: [] }, 'models'],
    [{ name: 'a', allowed_addresses: [] }, 'allowed_addresses'],
    [{ name: 'a', rpm: 0 }, 'rpm'],
    [{ name: 'a', tpm: '10' }, 'tpm'],
    [{ name: 'a', max_concurrent: 1.5 }, 'max_concurrent'],
    [{ name: 'a', rpm: 1e300 }, 'rpm'],
    [{ name: 'a', budget_usd: { day: 1e-12 } }, 'budget_usd.day'],
    [{ name: 'a', budget_usd: { day: 10, month: 1 } }, 'budget_usd.day'],
    [{ name: 'a', budget_usd: { week: 1 } }, 'budget_usd.week'],
    [{ name: 'a', budget_usd: { day: -1 } }, 'budget_usd.day'],
    [{ name: 'a', priority: 101 }, 'priority'],
    [{ name: 'a', expires_at: NOW * 1000 }, 'expires_at'],
    [{ name: 'a', allowed_addresses: ['10.0.0.0/33'] }, 'allowed_addresses[0]'],
    [{ name: 'a', allowed_addresses: ['::1', 'example.com'] }, 'allowed_addresses[1]'],
    [{ name: 'a', signature: 'maybe' }, 'signature'],
    [{ name: 'a', key: 'hunter2-canary' }, 'key'],
    [{ name: 'a', id: 'mine' }, 'id'],
    [{ name: 'a', requestsPerMinute: 1 }, 'requestsPerMinute'],
  ])('%j names %s, and makes nothing', async (body, param) => {
    const hub = hubWith();
    const ask = asking(hub);
    const made = await ask('POST', '/keys', body);
    expect([made.status, made.body.error.param]).toEqual([400, param]);
    expect(JSON.stringify(made.body)).not.toContain('hunter2');
    expect((await ask('GET', '/keys')).body['data']).toEqual([]);
    if ('name' in body && body.name === 'a') {
      const key = (await ask('POST', '/keys', { name: 'good' })).body;
      expect((await ask('PATCH', `/keys/${key.id}`, body)).body.error.param).toBe(param);
      expect((await ask('GET', `/keys/${key.id}`)).body['name']).toBe('good');
    }
  });

  it('may name models that come later: nobody has them until then', async () => {
    const later = { ...CHAT, model: 'later' };
    const hub = hubWith({ control: { kinds: providerKinds } });
    const admin = asking(hub);
    const { secret } = (await admin('POST', '/keys', { name: 'early', models: ['later'] })).body;
    expect((await chat(hub, secret, later)).body.error.code).toBe('model_not_found');
    expect((await admin('POST', '/providers', { id: 'new', kind: 'demo', models: ['later'] })).status).toBe(201);
    expect((await chat(hub, secret, later)).status).toBe(200);
    expect((await chat(hub, secret)).body.error.code).toBe('forbidden');
  });

  it('changes nothing that was changed since it was read', async () => {
    const ask = asking(hubWith());
    const { id } = (await ask('POST', '/keys', { name: 'app' })).body;
    const first = { 'if-match': '"1"' };
    expect((await ask('PATCH', `/keys/${id}`, { rpm: 1 }, first)).status).toBe(200);
    for (const [method, path] of [
      ['PATCH', `/keys/${id}`],
      ['POST', `/keys/${id}/rotate`],
      ['DELETE', `/keys/${id}`],
    ] as const) {
      const late = await ask(method, path, method === 'PATCH' ? { rpm: 2 } : {}, first);
      expect([late.status, late.body.error.code]).toEqual([412, 'precondition_failed']);
    }
    expect((await ask('GET', `/keys/${id}`)).body['rpm']).toBe(1);
  });

  it('lists page by page', async () => {
    const ask = asking(hubWith());
    const ids: string[] = [];
    for (const name of ['a', 'b', 'c']) {
      ids.push((await ask('POST', '/keys', { name })).body.id);
      await clock.advance(1);
    }
    const page = async (query: string): Promise<unknown> => {
      const { status, body } = await ask('GET', `/keys?${query}`);
      return status === 200 ? [(body['data'] as { id: string }[]).map(({ id }) => id), body['has_more']] : status;
    };
    expect(await page('limit=2')).toEqual([ids.slice(0, 2), true]);
    expect(await page(`limit=2&after=${String(ids[1])}`)).toEqual([ids.slice(2), false]);
    expect([await page('limit=0'), await page('limit=1001'), await page('owner=x')]).toEqual([400, 400, 400]);
  });

  it('says which methods a path has', async () => {
    const ask = asking(hubWith());
    const wrong = await ask('PUT', '/keys/any', {});
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'GET, HEAD, PATCH, DELETE, OPTIONS']);
    expect((await ask('POST', '/keys/any/explode', {})).status).toBe(404);
    expect((await ask('POST', '/keys/any/rotate', {})).status).toBe(404);
  });
});
