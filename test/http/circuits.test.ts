import { afterEach, describe, expect, it } from 'vitest';
import { NexusHub } from 'nexusai-hub';
import { createFetch, hubPathsOf } from 'nexusai-hub/http';
import { manualClock, scriptedProvider } from 'nexusai-hub/testing';
import { json, type Served, TRANSPORTS } from './transports.ts';

const KEYS = [
  { name: 'ops', key: 'sk-ops-canary', role: 'admin' as const },
  { name: 'app', key: 'sk-app-canary' },
];
const clock = manualClock();
const open: NexusHub[] = [];
let served: Served | undefined;

function hubWith(keys: typeof KEYS | []): NexusHub {
  const main = scriptedProvider({ throws: 'provider_unavailable' });
  const options = { circuit: { failures: 1, retryAfterMs: 5_000 }, routing: { maxAttempts: 1 }, clock };
  const hub = new NexusHub({ providers: { main }, keys, ...options });
  open.push(hub);
  return hub;
}

afterEach(async () => {
  await served?.close();
  served = undefined;
  for (const hub of open.splice(0)) await hub.close();
});

const as = (key?: string, method = 'GET'): RequestInit => ({
  method,
  headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
});
const ADMIN = 'sk-ops-canary';
const chat = json({ model: 'vendor/large#1', messages: [{ role: 'user', content: 'Hi' }] }, as(ADMIN).headers as never);

describe.each(TRANSPORTS)('$name', ({ serve }) => {
  it('B4: shows circuits and holds them by ids with slashes and #', async () => {
    const at = (served = await serve(hubWith(KEYS)));
    const ask = async (path: string, method?: string): Promise<[number, unknown]> => {
      const response = await at.fetch(at.url + path, as(ADMIN, method));
      return [response.status, await response.json()];
    };
    await at.fetch(`${at.url}/v1/chat/completions`, chat);
    const id = 'main/vendor/large#1';
    const key = { object: 'circuit', id: 'main#', state: 'closed', why: null, retry_at: null, held: null };
    const retryAt = Math.ceil((clock.now() + 5_000) / 1000);
    const model = { object: 'circuit', id, state: 'open', why: 'failures', retry_at: retryAt, held: null };
    expect(await ask('/circuits')).toEqual([
      200,
      {
        object: 'list',
        data: [
          { ...key, successes: 0, failures: 0 },
          { ...model, successes: 0, failures: 1 },
        ],
        has_more: false,
      },
    ]);
    const held = { ...model, successes: 0, failures: 0, why: null, retry_at: null };
    const path = `/circuits/${encodeURIComponent(id)}`;
    expect(await ask(`${path}/close`, 'POST')).toEqual([200, { ...held, state: 'closed', held: 'closed' }]);
    const forced = { ...held, state: 'open', why: 'forced', held: 'open' };
    expect(await ask(`${path}/open`, 'POST')).toEqual([200, forced]);
    expect(await ask('/circuits?after=main%23&limit=1')).toEqual([
      200,
      { object: 'list', data: [forced], has_more: false },
    ]);
    expect(await ask(`${path}/auto`, 'POST')).toEqual([200, { ...held, state: 'closed' }]);
  });
});

describe('who may', () => {
  const paths: readonly (readonly [path: string, method: string])[] = [
    ['/circuits', 'GET'],
    ['/circuits/main%2Fm/open', 'POST'],
    ['/circuits/main%2Fm/close', 'POST'],
    ['/circuits/main%2Fm/auto', 'POST'],
    ['/circuits/nobody/open', 'POST'],
    ['/circuits/main%2Fm/explode', 'POST'],
  ];

  it.each(paths)('%s (%s) is for admins alone', async (path, method) => {
    const hub = hubWith(KEYS);
    const statusFor = async (key?: string): Promise<number> =>
      (await hub.fetch(`http://hub${path}`, as(key, method))).status;
    expect([await statusFor(), await statusFor('sk-wrong-key'), await statusFor('sk-app-canary')]).toEqual([
      401, 401, 403,
    ]);
  });

  it.each(paths)('%s (%s): nobody from outside where the hub has no keys', async (path, method) => {
    const hub = hubWith([]);
    await hub.fetch(
      'http://hub/v1/chat/completions',
      json({ model: 'm', messages: [{ role: 'user', content: 'Hi' }] }),
    );
    for (const key of [undefined, 'sk-any-key-at-all'])
      expect((await hub.fetch(`http://hub${path}`, as(key, method))).status).toBe(403);
    expect((await hub.circuits.list()).every(({ held }) => held === undefined)).toBe(true);
  });
});

describe('bad input', () => {
  it.each([
    ['/circuits?limit=0', 'GET', 400, 'request_invalid'],
    ['/circuits?limit=1001', 'GET', 400, 'request_invalid'],
    ['/circuits?limit=ten', 'GET', 400, 'request_invalid'],
    ['/circuits', 'POST', 405, 'method_not_allowed'],
    ['/circuits/main%2Fm/open', 'GET', 405, 'method_not_allowed'],
    ['/circuits/main%2Fm/explode', 'POST', 404, 'path_unknown'],
    ['/circuits/main%2Fm/toString', 'POST', 404, 'path_unknown'],
    ['/circuits/open', 'POST', 404, 'path_unknown'],
    ['/circuits/main%2Fother/open', 'POST', 404, 'not_found'],
    ['/circuits/%E0%A4/open', 'POST', 400, 'request_invalid'],
  ])('%s (%s) -> %i %s', async (path, method, status, code) => {
    const response = await hubWith(KEYS).fetch(`http://hub${path}`, as(ADMIN, method));
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error: { code, type: 'invalid_request_error' } });
  });

  it('a page ends at its limit and says that more follow', async () => {
    const hub = hubWith(KEYS);
    for (const model of ['c', 'a', 'b'])
      await hub.fetch('http://hub/v1/chat/completions', {
        ...chat,
        body: JSON.stringify({ model, messages: [{ role: 'user', content: 'x' }] }),
      });
    const ids: string[] = [];
    for (let after = '', more = true; more; after = ids.at(-1) ?? '') {
      const response = await hub.fetch(`http://hub/circuits?limit=3&after=${encodeURIComponent(after)}`, as(ADMIN));
      const page = (await response.json()) as { data: { id: string }[]; has_more: boolean };
      expect(page.data.length).toBeLessThanOrEqual(3);
      ids.push(...page.data.map(({ id }) => id));
      more = page.has_more;
    }
    expect(ids).toEqual(['main#', 'main/a', 'main/b', 'main/c']);
  });
});

it('stays away where the application does not want it, and under a prefix', async () => {
  const hub = hubWith(KEYS);
  const without = createFetch(hub, { admin: false });
  expect((await without('http://hub/circuits', as(ADMIN))).status).toBe(404);
  expect((await without('http://hub/circuits/main%23/open', as(ADMIN, 'POST'))).status).toBe(404);
  expect(
    (await createFetch(hub, { prefix: '/ai', unversioned: false })('http://hub/ai/circuits', as(ADMIN))).status,
  ).toBe(200);
  expect(hubPathsOf()).toEqual(expect.arrayContaining(['/circuits', '/circuits/*']));
  expect(hubPathsOf({ admin: false }).filter((path) => path.startsWith('/circuits'))).toEqual([]);
});
