import { NexusHub, type NexusHubOptions } from 'nexusai-hub';
import { createFetch } from 'nexusai-hub/http';
import { manualClock, type ManualClock, scriptedProvider } from 'nexusai-hub/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { TRANSPORTS } from './transports.ts';

const ADMIN = 'sk-admin-canary';
const HOUR = 3_600_000;
let clock: ManualClock;
const closing: (() => Promise<void>)[] = [];

beforeEach(() => {
  clock = manualClock();
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

function hubWith(options: Partial<NexusHubOptions> = {}): NexusHub {
  const providers: NexusHubOptions['providers'] = { main: scriptedProvider({ says: 'Hi' }) };
  const hub = new NexusHub({ providers, keys: [{ name: 'admin', key: ADMIN, role: 'admin' }], clock, ...options });
  closing.push(() => hub.close());
  return hub;
}

type Fetch = (input: string, init?: RequestInit) => Promise<Response>;

/** A browser on a page of this origin: it keeps the cookie and sends it along. */
function browser(fetch: Fetch, base = 'http://hub') {
  let cookie: string | undefined;
  let csrf: string | undefined;
  const ask = async (method: string, path: string, headers: Record<string, string> = {}) => {
    const own = { ...(cookie === undefined ? {} : { cookie }), ...(method === 'GET' ? {} : { origin: base }) };
    const response = await fetch(base + path, { method, headers: { ...own, ...headers } });
    const set = response.headers.get('set-cookie');
    if (set !== null) cookie = set.includes('Max-Age=0') ? undefined : set.split(';')[0];
    const body = (await response.json()) as Record<string, unknown> & { error: { code: string; message: string } };
    if (typeof body['csrf'] === 'string') csrf = body['csrf'];
    return { status: response.status, body, set };
  };
  return {
    ask,
    logIn: (key = ADMIN) => ask('POST', '/session', { authorization: `Bearer ${key}` }),
    change: (method: string, path: string) => ask(method, path, { 'x-nexus-csrf': csrf ?? '' }),
    get cookie() {
      return cookie;
    },
    get csrf() {
      return csrf ?? '';
    },
  };
}

describe.each(TRANSPORTS)('over $name', ({ serve }) => {
  it('stands for its key, from a login to a logout', async () => {
    const served = await serve(hubWith());
    closing.push(() => served.close());
    const page = browser(served.fetch, served.url);
    const begun = await page.logIn();
    expect([begun.status, begun.body]).toMatchObject([201, { object: 'session', caller: 'admin', role: 'admin' }]);
    expect(begun.set).toMatch(/^nexus_session=[\w-]{43}; Path=\/; Max-Age=86400; HttpOnly; SameSite=Strict$/);
    expect(JSON.stringify(begun)).not.toContain(ADMIN);
    expect(await page.ask('GET', '/session')).toMatchObject({
      status: 200,
      body: { caller: 'admin', csrf: page.csrf },
    });
    expect((await page.ask('GET', '/keys')).status).toBe(200);
    const last = page.cookie ?? '';
    expect((await page.change('DELETE', '/session')).status).toBe(200);
    expect((await page.ask('GET', '/keys')).status).toBe(401);
    const again = await page.ask('GET', '/keys', { cookie: last });
    expect([again.status, again.body.error.message]).toEqual([401, 'The session is over. Log in again.']);
  });
});

describe('a session', () => {
  it('is not begun by a wrong key, nor by none', async () => {
    const page = browser(hubWith().fetch);
    expect((await page.logIn('sk-wrong-canary')).status).toBe(401);
    expect((await page.ask('POST', '/session')).status).toBe(401);
    expect((await browser(hubWith({ keys: [] }).fetch).ask('POST', '/session')).status).toBe(400);
    expect(page.cookie).toBeUndefined();
  });

  it('changes nothing without its token, nor from the page of another site', async () => {
    const hub = hubWith();
    const page = browser(hub.fetch);
    await page.logIn();
    const made = async (headers: Record<string, string>): Promise<unknown> => {
      const all = { cookie: page.cookie ?? '', 'content-type': 'application/json', ...headers };
      const init = { method: 'POST', headers: all, body: '{"name":"x"}' };
      const response = await hub.fetch('http://hub/keys', init);
      return response.status === 201
        ? 201
        : [response.status, ((await response.json()) as { error: { code: string } }).error.code];
    };
    const [origin, token] = [{ origin: 'http://hub' }, { 'x-nexus-csrf': page.csrf }];
    const forbidden = [403, 'forbidden'];
    expect(await made({ ...origin, ...token })).toBe(201);
    expect(await made(origin)).toEqual(forbidden);
    expect(await made({ ...origin, 'x-nexus-csrf': '' })).toEqual(forbidden);
    expect(await made({ ...origin, 'x-nexus-csrf': page.csrf.slice(1) })).toEqual(forbidden);
    expect(await made(token)).toEqual(forbidden);
    for (const other of ['http://evil.example', 'http://hub.evil.example', 'http://hub:81', 'null'])
      expect(await made({ ...token, origin: other })).toEqual(forbidden);
    // Another session's token is none of this one.
    const second = browser(hub.fetch);
    await second.logIn();
    expect(await made({ ...origin, 'x-nexus-csrf': second.csrf })).toEqual(forbidden);
    expect((await hub.admin.keys.list()).data).toHaveLength(1);
  });

  it('is over after 8 hours without a request, and after a day in any case', async () => {
    const idle = browser(hubWith().fetch);
    await idle.logIn();
    await clock.advance(8 * HOUR - 1);
    expect((await idle.ask('GET', '/session')).status).toBe(200);
    await clock.advance(8 * HOUR);
    expect((await idle.ask('GET', '/session')).status).toBe(401);
    const busy = browser(hubWith().fetch);
    await busy.logIn();
    for (let hours = 4; hours < 24; hours += 4) {
      await clock.advance(4 * HOUR);
      expect([hours, (await busy.ask('GET', '/session')).status]).toEqual([hours, 200]);
    }
    await clock.advance(4 * HOUR);
    expect((await busy.ask('GET', '/session')).status).toBe(401);
  });

  it('is over with its key', async () => {
    const hub = hubWith();
    const { key, secret } = await hub.admin.keys.create({ name: 'me', role: 'operator' });
    const [one, two] = [browser(hub.fetch), browser(hub.fetch)];
    await one.logIn(secret.reveal());
    await two.logIn(secret.reveal());
    expect((await one.ask('GET', '/session')).body).toMatchObject({ caller: key.id, role: 'operator' });
    await hub.admin.keys.update(key.id, { role: 'viewer' });
    expect((await one.ask('GET', '/session')).body).toMatchObject({ role: 'viewer' });
    await hub.admin.keys.update(key.id, { disabled: true });
    expect((await one.ask('GET', '/session')).body.error.message).toContain('disabled');
    await hub.admin.keys.update(key.id, { disabled: false });
    // It was ended, and does not come back.
    expect((await one.ask('GET', '/session')).body.error.message).toContain('over');
    expect((await two.ask('GET', '/session')).status).toBe(200);
    await hub.admin.keys.rotate(key.id);
    expect((await two.ask('GET', '/session')).status).toBe(401);
  });

  it('leaves neither its token nor its key in the store', async () => {
    const kept: string[] = [];
    const stored = new Map<string, string>();
    const store = {
      get: async (folder: string, name: string) => stored.get(folder + name),
      set: async (folder: string, name: string, value: string) => {
        kept.push(folder, name, value);
        stored.set(folder + name, value);
      },
      delete: async (folder: string, name: string) => void stored.delete(folder + name),
      list: async () => [],
    };
    const page = browser(hubWith({ store }).fetch);
    await page.logIn();
    expect((await page.ask('GET', '/session')).status).toBe(200);
    const text = kept.join('\n');
    expect(text).toContain('console-sessions');
    for (const secret of [ADMIN, page.cookie?.split('=')[1] ?? '?', page.csrf]) expect(text).not.toContain(secret);
  });

  it('says less than a key: where both are shown the key counts', async () => {
    const hub = hubWith();
    const { secret, key } = await hub.admin.keys.create({ name: 'user' });
    const page = browser(hub.fetch);
    await page.logIn();
    const both = await page.ask('GET', '/session', { authorization: `Bearer ${secret.reveal()}` });
    expect(both.body).toMatchObject({ caller: key.id, csrf: null });
  });

  it.each([
    ['https://hub', {}, 0, true],
    ['http://hub', {}, 0, false],
    ['http://hub', { 'x-forwarded-proto': 'https' }, 0, false],
    ['http://hub', { 'x-forwarded-proto': 'https' }, 1, true],
    ['http://hub', { 'x-forwarded-proto': 'https, http' }, 1, false],
  ])('at %s with %j and %i proxies: Secure %s', async (base, headers, trustProxy, isSecure) => {
    const fetch = createFetch(hubWith(), { trustProxy });
    const { set } = await browser(fetch, base).ask('POST', '/session', {
      authorization: `Bearer ${ADMIN}`,
      ...headers,
    });
    expect(set?.endsWith('; Secure')).toBe(isSecure);
  });

  it('is for the path that the hub is mounted under', async () => {
    const fetch = createFetch(hubWith(), { prefix: '/ai' });
    const { set } = await browser(fetch).ask('POST', '/ai/session', { authorization: `Bearer ${ADMIN}` });
    expect(set).toContain('; Path=/ai;');
  });
});
