import { NexusHub, type NexusHubOptions } from 'nexusai-hub';
import { signRequest } from 'nexusai-hub/client';
import { createFetch } from 'nexusai-hub/http';
import { manualClock, type ManualClock, scriptedProvider } from 'nexusai-hub/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const RIGHT = 'sk-right-canary';
const OTHER = 'sk-other-canary';
let clock: ManualClock;
const hubs: NexusHub[] = [];

beforeEach(() => {
  clock = manualClock();
});
afterEach(async () => {
  for (const hub of hubs.splice(0)) await hub.close();
});

type Ask = (
  key: string,
  from: string | undefined,
  path?: string,
) => Promise<[status: number, retryAfter: string | null]>;

/** Asks as from behind a proxy, which says where it comes from. */
function asking(control: NexusHubOptions['control'] = {}, trustProxy = 1): Ask {
  const keys = [RIGHT, OTHER].map((key) => ({ name: key, key, role: 'admin' }));
  const hub = new NexusHub({ providers: { main: scriptedProvider({ says: 'Hi' }) }, keys, clock, control });
  hubs.push(hub);
  const fetch = createFetch(hub, { trustProxy });
  return async (key, from, path = '/v1/models') => {
    const forwarded = from === undefined ? {} : { 'x-forwarded-for': from };
    const headers = { authorization: `Bearer ${key}`, ...forwarded };
    const response = await fetch(`http://hub${path}`, { method: path === '/session' ? 'POST' : 'GET', headers });
    await response.text();
    return [response.status, response.headers.get('retry-after')];
  };
}

const A = '192.0.2.1';
const B = '198.51.100.7';

describe('wrong keys', () => {
  it('keep their address out for a minute, and no other', async () => {
    const ask = asking();
    for (let times = 0; times < 20; times++) expect(await ask(`wrong-${String(times)}`, A)).toEqual([401, null]);
    expect(await ask('wrong', A)).toEqual([429, '60']);
    expect(await ask(RIGHT, A)).toEqual([429, '60']);
    expect(await ask(RIGHT, B)).toEqual([200, null]);
    expect(await ask('wrong', B)).toEqual([401, null]);
    await clock.advance(59_000);
    expect(await ask(RIGHT, A)).toEqual([429, '1']);
    await clock.advance(1_000);
    expect(await ask(RIGHT, A)).toEqual([200, null]);
  });

  it('do not keep out who was right there meanwhile', async () => {
    const ask = asking();
    await ask('wrong', A);
    expect((await ask(RIGHT, A))[0]).toBe(200);
    for (let times = 0; times < 1_000; times++) await ask(`wrong-${String(times)}`, A);
    expect([(await ask(RIGHT, A))[0], (await ask(OTHER, A))[0], (await ask('wrong', A))[0]]).toEqual([200, 429, 429]);
  });

  it('count at the login, too', async () => {
    const ask = asking();
    for (let times = 0; times < 10; times++) expect((await ask('wrong', A, '/session'))[0]).toBe(401);
    for (let times = 0; times < 10; times++) expect((await ask('wrong', A))[0]).toBe(401);
    expect((await ask(RIGHT, A, '/session'))[0]).toBe(429);
    expect((await ask(RIGHT, B, '/session'))[0]).toBe(201);
  });

  it('count as signatures, too, and are not told from right ones when there were too many', async () => {
    const secret = 'CANARY-a-key-that-is-long-enough-to-sign';
    const keys = ['one', 'other'].map((name) => ({ name, key: `${secret}-${name}`, role: 'admin' as const }));
    const hub = new NexusHub({ providers: { main: scriptedProvider({ says: 'Hi' }) }, keys });
    hubs.push(hub);
    const fetch = createFetch(hub, { trustProxy: 1 });
    const sign = async (name: string, key: string, from: string): Promise<number> => {
      const request = await signRequest({ name, key }, 'http://hub/v1/models');
      request.headers.set('x-forwarded-for', from);
      const response = await fetch(request);
      await response.text();
      return response.status;
    };
    expect(await sign('one', 'CANARY-a-wrong-key-that-is-long-enough', A)).toBe(401);
    expect(await sign('one', `${secret}-one`, A)).toBe(200);
    for (let times = 1; times < 20; times++)
      expect(await sign('nobody', 'CANARY-a-wrong-key-that-is-long-enough', A)).toBe(401);
    expect(await sign('other', `${secret}-other`, A)).toBe(429);
    expect(await sign('one', 'CANARY-a-wrong-key-that-is-long-enough', A)).toBe(429);
    expect(await sign('one', `${secret}-one`, A)).toBe(200);
    expect(await sign('other', `${secret}-other`, B)).toBe(200);
  });

  it('of one IPv6 network count together', async () => {
    const ask = asking();
    for (let times = 0; times < 20; times++) await ask('wrong', `2001:db8:1:2::${String(times)}`);
    expect((await ask(RIGHT, '2001:0db8:1:2:ffff:1:2:3'))[0]).toBe(429);
    expect((await ask(RIGHT, '2001:db8:1:3::1'))[0]).toBe(200);
    expect((await ask(RIGHT, '::1'))[0]).toBe(200);
  });

  it('are told apart by what the nearest proxy says, whatever clients write before it', async () => {
    const ask = asking();
    for (let times = 0; times < 20; times++) await ask('wrong', `10.0.0.${String(times)}, ${A}`);
    expect((await ask(RIGHT, `203.0.113.9, ${A}`))[0]).toBe(429);
    expect((await ask(RIGHT, `${A}, ${B}`))[0]).toBe(200);
  });

  it('from nowhere known are not counted: nobody could be told from anybody', async () => {
    const ask = asking({}, 0);
    for (let times = 0; times < 100; times++) expect((await ask('wrong', A))[0]).toBe(401);
    expect((await ask(RIGHT, A))[0]).toBe(200);
  });

  it('are counted as the owner says', async () => {
    const ask = asking({ wrongKeys: { most: 2, windowMs: 5_000 } });
    for (let times = 0; times < 2; times++) await ask('wrong', A);
    expect(await ask(RIGHT, A)).toEqual([429, '5']);
    const never = asking({ wrongKeys: false });
    for (let times = 0; times < 100; times++) await never('wrong', A);
    expect((await never(RIGHT, A))[0]).toBe(200);
  });

  it('from ten thousands of addresses fill no memory, and keep nobody out', async () => {
    const ask = asking({ wrongKeys: { most: 1 } });
    for (let place = 0; place < 3_000; place++) await ask('wrong', `10.${String(place >> 8)}.${String(place & 255)}.1`);
    expect((await ask(RIGHT, B))[0]).toBe(200);
    expect((await ask('wrong', '10.0.0.1'))[0]).toBe(429);
  });

  it('need not be counted for requests without a key', async () => {
    const ask = asking({ wrongKeys: { most: 1 } });
    for (let times = 0; times < 10; times++) expect((await ask('', A))[0]).toBe(401);
    expect((await ask(RIGHT, A))[0]).toBe(200);
  });
});
