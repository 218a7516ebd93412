import fc from 'fast-check';
import { BUILT_IN_ROLES, type NexusHubOptions, NexusHub, type Permission, PERMISSION_NAMES } from 'nexusai-hub';
import { scriptedProvider } from 'nexusai-hub/testing';
import { afterEach, describe, expect, it } from 'vitest';
import type { Endpoint } from '../../src/http/routes/route.ts';
import type { Access } from '../../src/http/routes/access.ts';
import { accessOf } from '../../src/http/routes/routes.ts';
import { TRANSPORTS } from './transports.ts';

const open: NexusHub[] = [];
const OWN = { auditor: ['stats.read', 'conversations.read'], nothing: [] } as const;
const ROLES: Readonly<Record<string, readonly Permission[]>> = { ...BUILT_IN_ROLES, ...OWN };
const ENDPOINTS = accessOf();

/** A body that every path can make something of. */
const BODY = JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'Hi' }], input: 'Hi', prompt: 'Hi' });

function hubWith(options: Partial<NexusHubOptions>): NexusHub {
  const main = scriptedProvider({ says: 'Hello', usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 } });
  const hub = new NexusHub({ providers: { main }, ...options });
  open.push(hub);
  return hub;
}

/** A hub with a key for each role, which is named as the role is. */
function hubOfAll(roles: NexusHubOptions['roles'] = OWN): NexusHub {
  const names = [...Object.keys(BUILT_IN_ROLES), ...Object.keys(roles)];
  return hubWith({ roles, keys: names.map((role) => ({ name: role, key: `key-of-${role}`, role })) });
}

/** What becomes of a request for an endpoint: it may, or the answer says what it lacks. */
async function outcomeOf(hub: NexusHub, { method, path }: Access, key?: string): Promise<unknown> {
  const headers = {
    'content-type': 'application/json',
    ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
  };
  const init = method === 'GET' ? { method, headers } : { method, headers, body: BODY };
  const response = await hub.fetch(`http://hub${path.replace('*', 'any/thing').replaceAll(/\{\w+\}/g, 'any')}`, init);
  if (response.status !== 401 && response.status !== 403) {
    await response.body?.cancel();
    return 'may';
  }
  const { error } = (await response.json()) as { error: { code: string; type: string; message: string } };
  if (response.status === 401) return error.code;
  return [error.code, error.type, /"(.+)"/.exec(error.message)?.[1]];
}

/** For everybody, or for everybody who is known. */
const isForAll = (permission: Access['permission']): permission is 'none' | 'any' =>
  permission === 'none' || permission === 'any';
const denied = (permission: string): unknown => ['forbidden', 'permission_error', permission];

afterEach(async () => {
  for (const hub of open.splice(0)) await hub.close();
});

describe('every path', () => {
  it('says for whom it is; only its health is told to everybody', () => {
    expect(ENDPOINTS.length).toBeGreaterThan(30);
    expect(ENDPOINTS.filter(({ permission }) => permission === 'none').map(({ path }) => path)).toEqual([
      '/openapi.json',
      '/healthz',
      '/readyz',
    ]);
    // @ts-expect-error: nothing is served without saying for whom
    const forNobody: Endpoint = { run: () => Promise.resolve() };
    expect(forNobody).not.toHaveProperty('permission');
  });

  it('uses every permission but the one that widens another', () => {
    const used = new Set<string>(ENDPOINTS.map(({ permission }) => permission));
    expect(PERMISSION_NAMES.filter((name) => !used.has(name))).toEqual(['conversations.write_all']);
  });

  it.each(Object.keys(ROLES))('lets the role %s do what the table says, and names what it lacks', async (role) => {
    const hub = hubOfAll();
    for (const endpoint of ENDPOINTS) {
      const { permission } = endpoint;
      const may = isForAll(permission) || ROLES[role]?.includes(permission);
      expect([endpoint, await outcomeOf(hub, endpoint, `key-of-${role}`)]).toEqual([
        endpoint,
        may ? 'may' : denied(permission),
      ]);
    }
  });

  it('is closed to who shows no key, or one that nobody knows', async () => {
    const hub = hubOfAll();
    for (const endpoint of ENDPOINTS)
      for (const key of [undefined, 'key-of-nobody'])
        expect([endpoint, await outcomeOf(hub, endpoint, key)]).toEqual([
          endpoint,
          endpoint.permission === 'none' ? 'may' : 'invalid_api_key',
        ]);
  });

  it('is for users where the hub has no keys', async () => {
    const hub = hubWith({});
    for (const endpoint of ENDPOINTS) {
      const { permission } = endpoint;
      const may = isForAll(permission) || BUILT_IN_ROLES.user.some((name) => name === permission);
      expect([endpoint, await outcomeOf(hub, endpoint)]).toEqual([endpoint, may ? 'may' : denied(permission)]);
    }
  });

  it.each(['boss', '', 'constructor', '__proto__', 'Admin', 'admin '])(
    'is closed to the role %j, which an authenticator made up',
    async (role) => {
      const hub = hubWith({ authenticator: { identify: () => ({ id: 'me', role }) } });
      for (const endpoint of ENDPOINTS)
        expect([endpoint, await outcomeOf(hub, endpoint, 'any')]).toEqual([
          endpoint,
          isForAll(endpoint.permission) ? 'may' : denied(endpoint.permission),
        ]);
    },
  );

  it('lets a role of the owner do exactly what it was given', async () => {
    await fc.assert(
      fc.asyncProperty(fc.subarray([...PERMISSION_NAMES]), async (permissions) => {
        const hub = hubOfAll({ own: permissions });
        for (const endpoint of accessOf({ unversioned: false })) {
          const { permission } = endpoint;
          const may = isForAll(permission) || permissions.includes(permission);
          expect([endpoint, await outcomeOf(hub, endpoint, 'key-of-own')]).toEqual([
            endpoint,
            may ? 'may' : denied(permission),
          ]);
        }
      }),
      { numRuns: 20 },
    );
  });
});

describe.each(TRANSPORTS)('over $name', ({ serve }) => {
  it('refuses before it reads, and asks once who it is', async () => {
    let asked = 0;
    const hub = hubWith({
      authenticator: {
        identify: ({ key }) => {
          asked++;
          return { id: 'me', role: key ?? 'process' };
        },
      },
    });
    const served = await serve(hub);
    const ask = (role: string, body: string): Promise<Response> => {
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${role}` };
      return served.fetch(`${served.url}/v1/chat/completions`, { method: 'POST', headers, body });
    };
    // Whoever read it would have to say that it is no JSON.
    const refused = await ask('viewer', '{');
    expect([refused.status, await refused.json()]).toMatchObject([403, { error: { code: 'forbidden' } }]);
    expect(asked).toBe(1);
    const answered = await ask('user', BODY);
    expect([answered.status, asked]).toEqual([200, 2]);
    await answered.text();
    await served.close();
  });
});
