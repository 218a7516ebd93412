import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { readEnvironment } from '../../cli/environment.ts';
import { shareState } from '../../cli/shared-state.ts';
import { Problem } from '../../cli/problem.ts';
import { type Served, servedBy } from '../../cli/served.ts';
import { planOf, type Setup, setUp, type Start } from '../../cli/setup.ts';

const GOOD = { model: 'demo', messages: [{ role: 'user', content: 'Hello' }] };
const ADMIN_KEY = '0f6c1b9a-of-a-test-e27d';
const silent = { debug() {}, info() {}, warn() {}, error() {} };

let folder: string;
let told: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nexusai-hub-cli-'));
  told = [];
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** A server that is ready, before it listens. */
async function ready(...given: Parameters<typeof start>): Promise<Setup & Served> {
  const setup = await start(...given);
  return { ...setup, ...(await servedBy(setup)) };
}

async function start(variables: Record<string, string> = {}, flags: Start['flags'] = {}): Promise<Setup> {
  const all = { NEXUS_DATA_DIR: join(folder, 'data'), ...variables };
  const tell = (line: string): unknown => told.push(line);
  return setUp(await planOf({ flags, environment: readEnvironment(all), variables: all, logger: silent, tell }));
}

async function statusOf({ hub }: Setup, key?: string): Promise<number> {
  const headers = { 'content-type': 'application/json', ...(key ? { authorization: `Bearer ${key}` } : {}) };
  const response = await hub.fetch('http://hub/v1/chat/completions', {
    method: 'POST',
    headers,
    body: JSON.stringify(GOOD),
  });
  return response.status;
}

describe('without a configuration file', () => {
  it('the demo answers everybody on this machine, and says so', async () => {
    const setup = await ready();
    expect([setup.port, setup.host, setup.needsKey, setup.model]).toEqual([8001, '127.0.0.1', false, 'demo']);
    expect(setup.providers).toEqual(['demo (demo): demo']);
    expect(await statusOf(setup)).toBe(200);
    expect(await statusOf(setup, 'sk-any-key')).toBe(200);
  });

  it('OPENAI_API_KEY adds OpenAI for any other model', async () => {
    const { providers } = await ready({ OPENAI_API_KEY: 'sk-test-of-this' });
    expect(providers).toEqual(['demo (demo): demo', 'openai (openai): any model']);
  });

  it('an admin key is made at the first start, told once and kept as a hash only its owner can read', async () => {
    const first = await ready({}, { host: '0.0.0.0' });
    const key = /: (nxa-\S+)$/.exec(told.join('\n'))?.[1] ?? '';
    const file = join(folder, 'data', 'admin-key.json');
    expect(key).toMatch(/^nxa-[\w-]{32}$/);
    expect(readFileSync(file, 'utf8')).not.toContain(key.slice(4, 20));
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(first.needsKey).toBe(true);

    const again = await start({}, { host: '0.0.0.0' });
    expect(told).toHaveLength(1);
    for (const setup of [first, again])
      expect([await statusOf(setup), await statusOf(setup, 'nxa-wrong'), await statusOf(setup, key)]).toEqual([
        401, 401, 200,
      ]);
  });

  it('tells from the root on where the hash of the key is kept', async () => {
    await start({ NEXUS_DATA_DIR: relative('.', join(folder, 'data')) });
    expect(told.join('\n')).toContain(`is kept in ${join(folder, 'data', 'admin-key.json')})`);
  });

  it('a damaged key file is told, not passed over', async () => {
    await start();
    writeFileSync(join(folder, 'data', 'admin-key.json'), '{}');
    await expect(start()).rejects.toThrow(/admin-key\.json: damaged/);
  });

  it('NEXUS_ADMIN_KEY is the key, on loopback too, and nothing is stored', async () => {
    const setup = await ready({ NEXUS_ADMIN_KEY: ADMIN_KEY });
    expect([setup.needsKey, await statusOf(setup), await statusOf(setup, ADMIN_KEY)]).toEqual([true, 401, 200]);
    expect(() => statSync(join(folder, 'data'))).toThrow();
  });
});

describe('with a configuration file', () => {
  const withFile = (
    text: string,
    variables: Record<string, string> = {},
    flags: Start['flags'] = {},
  ): Promise<Setup> => {
    writeFileSync(join(folder, 'nexus.yaml'), text);
    return start({ NEXUS_CONFIG: join(folder, 'nexus.yaml'), ...variables }, flags);
  };
  const DEMO = 'providers: [{ id: d, kind: demo }]\n';

  it('makes no key and no folder for a file that no hub can be made of', async () => {
    for (const rule of ['routing: { strategy: cost }', 'fallbacks: { d: d }'])
      await expect(withFile(`${DEMO}${rule}\n`)).rejects.toThrow(Problem);
    expect(told).toEqual([]);
    expect(() => statSync(join(folder, 'data'))).toThrow();
  });

  it('its keys are needed, and the admin key of the environment joins them', async () => {
    const text = `${DEMO}keys: [{ name: app, key: app-key-1 }, { name: other, key: other-key, models: [else] }]`;
    const setup = await withFile(text, { NEXUS_ADMIN_KEY: ADMIN_KEY });
    const statuses = await Promise.all(
      [undefined, 'app-key-1', 'other-key', ADMIN_KEY].map((key) => statusOf(setup, key)),
    );
    expect(statuses).toEqual([401, 200, 403, 200]);
  });

  it('flags come before the environment, and that before the file', async () => {
    const text = `${DEMO}port: 1001\nhost: 127.0.0.3`;
    expect(await withFile(text)).toMatchObject({ port: 1001, host: '127.0.0.3' });
    expect(await withFile(text, { PORT: '1002', HOST: '127.0.0.2' })).toMatchObject({ port: 1002, host: '127.0.0.2' });
    expect(await withFile(text, { PORT: '1002' }, { port: 0 })).toMatchObject({ port: 0 });
  });

  it('what only the hub can check is told with the name of the file', async () => {
    await expect(withFile(`${DEMO}routing: { strategy: cost }`)).rejects.toThrow(
      /nexus\.yaml: .*routing\.strategy is "cost", but there is no price/,
    );
    await expect(withFile('providers: [{ id: d, kind: openai, api_key: "a\\nb", models: [m] }]')).rejects.toThrow(
      Problem,
    );
  });

  it('X7: a key of the file that opens everything has to be strong, too', async () => {
    const withKey = (role: string) => `${DEMO}keys: [{ name: ops, key: admin-password-1, role: ${role} }]`;
    await expect(withFile(withKey('admin'))).rejects.toThrow(
      /nexus\.yaml:2: keys\[0\]\.key: opens everything: expected a key/,
    );
    await expect(withFile(withKey('admin'))).rejects.not.toThrow(/admin-password/);
    await withFile(withKey('user'));
  });

  it("an adapter's complaint is told with file and place", async () => {
    const text = 'providers: [{ id: d, kind: demo }, { id: o, kind: openai, api_key: "a\\nb" }]';
    await expect(withFile(text)).rejects.toThrow(/nexus\.yaml: .*the provider "o": openai: /);
  });

  it.each(['constructor', 'toString', 'hasOwnProperty'])('a model may be called %s', async (model) => {
    const setup = await withFile(`providers: [{ id: d, kind: demo, models: [${model}] }]`, {
      NEXUS_ADMIN_KEY: ADMIN_KEY,
    });
    const answer = await setup.hub.chat.completions.create({ model, messages: [{ role: 'user', content: 'Hello' }] });
    expect(answer.model).toBe(model);
  });

  it('X4: servers may be on private networks, unless the file says no; those it allows may all the same', async () => {
    const at = (url: string, security: string): Promise<Setup> =>
      withFile(
        `providers:\n  - { id: d, kind: demo }\n  - { id: inner, kind: openai-compatible, server_url: "${url}" }\nsecurity: ${security}`,
        { NEXUS_ADMIN_KEY: ADMIN_KEY },
      );
    await at('http://127.0.0.1:8000/v1', '{}');
    await at('http://127.0.0.1:8000/v1', '{ allow_private_upstreams: true }');
    await expect(at('http://127.1:8000/v1', '{ allow_private_upstreams: false }')).rejects.toThrow(
      /nexus\.yaml: .*the provider "inner": openaiCompatible: baseUrl must be .* put "127\.0\.0\.1:8000" into/,
    );
    await at('http://127.1:8000/v1', '{ allow_private_upstreams: false, allowed_upstreams: ["127.0.0.1:8000"] }');
    await at('http://10.1.2.3/v1', '{ allow_private_upstreams: false, allowed_upstreams: [10.1.2.0/24] }');
    await at('http://127.1', '{ allowed_upstreams: [10.1.2.3] }');
    await expect(
      at('http://127.1', '{ allow_private_upstreams: true, allowed_upstreams: [127.0.0.1] }'),
    ).rejects.toThrow(/nexus\.yaml:4: security: allowed_upstreams says nothing beside allow_private_upstreams: true/);
    await expect(
      at('https://a.example', '{ allow_private_upstreams: false, allowed_upstreams: ["a b"] }'),
    ).rejects.toThrow(/nexus\.yaml:4: security\.allowed_upstreams\[0\]: expected a host or a network/);
    expect(told).toEqual([]);
  });

  it('a file that is not there is told', async () => {
    await expect(start({ NEXUS_CONFIG: join(folder, 'none.yaml') })).rejects.toThrow(/none\.yaml: .*does not exist/);
    await expect(start({ NEXUS_CONFIG: join(folder, 'none') })).rejects.toThrow(/none: .*does not exist/);
    await expect(start({ NEXUS_CONFIG: './none.yaml' })).rejects.toThrow(`looked for ${resolve('none.yaml')}`);
    writeFileSync(join(folder, 'some.toml'), '');
    await expect(start({ NEXUS_CONFIG: join(folder, 'some.toml') })).rejects.toThrow(/ends in \.yaml, \.yml or \.json/);
    mkdirSync(join(folder, 'folder.yaml'));
    await expect(start({ NEXUS_CONFIG: join(folder, 'folder.yaml') })).rejects.toThrow(/cannot be read \(EISDIR\)/);
  });
});

describe('the environment', () => {
  it('has a prefix for Redis in braces, and says where that has no effect', async () => {
    const environment = readEnvironment({ REDIS_PREFIX: 'stage-1.eu_west' });
    expect(environment.redisPrefix).toBe('{stage-1.eu_west}:');
    expect(readEnvironment({}).redisPrefix).toBeUndefined();
    const tell = (line: string): unknown => told.push(line);
    expect((await shareState({ environment, source: undefined, logger: silent, tell })).options).toEqual({});
    expect(told).toEqual([expect.stringContaining('REDIS_PREFIX has no effect without REDIS_URL')]);
  });

  it.each([
    [{ PORT: 'http' }, /PORT: expected a port from 0 to 65535, got "http"/],
    [{ PORT: '65536' }, /PORT/],
    [{ REDIS_PREFIX: '{a}:' }, /REDIS_PREFIX: expected a name of .*got "\{a\}:"/],
    [{ REDIS_PREFIX: 'a'.repeat(65) }, /REDIS_PREFIX/],
    [{ NEXUS_ADMIN_KEY: 'CANARY' }, /NEXUS_ADMIN_KEY: expected at least 16 characters/],
    [{ NEXUS_MASTER_KEY: 'CANARY' }, /NEXUS_MASTER_KEY: expected 32 random bytes.*openssl rand -base64 32/],
    [{ NEXUS_MASTER_KEY: 'CANARY'.repeat(8) }, /NEXUS_MASTER_KEY: expected 32 random bytes/],
    [{ NEXUS_MASTER_KEY_PREVIOUS: 'CANARY, CANARY' }, /NEXUS_MASTER_KEY_PREVIOUS: expected 32 random bytes/],
    [{ NEXUS_MASTER_KEY: 'CANARY', NEXUS_MASTER_KEY_FILE: 'CANARY' }, /both set/],
  ])('%o is told', (variables, message) => {
    expect(() => readEnvironment(variables)).toThrow(message);
    expect(() => readEnvironment(variables)).not.toThrow(/CANARY/);
  });

  it.each([
    'admin',
    'sk-1234',
    'changeme',
    '123456',
    'my-admin-key-1234',
    'sk-1234567890123456',
    'change-me-change-me',
    'admin-password-2026',
    'NexusAdminSecretKey!',
    'your-secret-admin-key',
    '1234567890123456',
    'xxxxxxxxxxxxxxxxxxxxxxxx',
    'abababababababababab',
  ])('X7: a weak admin key does not start: %s', (key) => {
    expect(() => readEnvironment({ NEXUS_ADMIN_KEY: key })).toThrow(
      /^NEXUS_ADMIN_KEY: expected .*openssl rand -hex 24$/,
    );
    expect(() => readEnvironment({ NEXUS_ADMIN_KEY: key })).not.toThrow(key);
  });

  it('X7: a strong one does', () => {
    for (const key of [ADMIN_KEY, 'f3b1c09d77e24a5b8c6d', `nxa-${'Zk3_-q9XvB'.repeat(3)}`])
      expect(readEnvironment({ NEXUS_ADMIN_KEY: key }).adminKey).toBe(key);
  });
});
