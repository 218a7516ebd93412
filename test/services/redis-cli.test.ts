import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { builtPrograms } from '../built-programs.ts';
import { startCommandLine, type Started } from './command-line.ts';
import { hasRedis, type RedisServer, startRedis } from './redis-server.ts';
import { until } from './waiting.ts';

const CONFIG = `providers: [{ id: d, kind: demo }]
keys: [{ name: app, key: key-of-the-app, rpm: 5 }]
`;
/** A machine with much else to do does not answer within 20 ms. */
const PATIENT = `${CONFIG}limits: { redis_within_ms: 1000 }\n`;

/** For those that talk: an admin who looks, and patience with conversations, too. */
const TALKING = `providers: [{ id: d, kind: demo }]
keys: [{ name: app, key: key-of-the-app }, { name: ops, key: key-of-the-admin, role: admin }]
limits: { redis_within_ms: 1000 }
sessions: { store_within_ms: 1000 }
`;

let folder: string;
const programOf = builtPrograms({ main: new URL('../../cli/main.ts', import.meta.url) });
const running: Started[] = [];

/** The command line with a Redis. */
function run(redisUrl: string, config = CONFIG, prefix = ''): Started {
  const file = join(folder, 'nexus.yaml');
  writeFileSync(file, config);
  const started = startCommandLine({
    folder,
    parameters: ['--config', file],
    variables: { REDIS_URL: redisUrl, REDIS_PREFIX: prefix },
    program: [programOf('main')],
  });
  running.push(started);
  return started;
}

/** The answer, with its body in hand. */
async function ask(url: string, messages: readonly object[] = [{ role: 'user', content: 'Hello' }]): Promise<Response> {
  const headers = { 'content-type': 'application/json', authorization: 'Bearer key-of-the-app' };
  const body = JSON.stringify({ model: 'demo', max_tokens: 1, messages });
  const response = await fetch(`${url}/v1/chat/completions`, { method: 'POST', headers, body });
  return new Response(await response.arrayBuffer(), response);
}

describe.skipIf(!hasRedis)('nexusai-hub with REDIS_URL', { timeout: 60_000 }, () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis('--requirepass', 'hidden');
    folder = mkdtempSync(join(tmpdir(), 'nexusai-hub-redis-cli-'));
  });
  afterEach(async () => {
    for (const { child, ended } of running.splice(0)) {
      child.kill('SIGKILL');
      await ended;
    }
  });
  afterAll(async () => {
    await redis.stop();
    rmSync(folder, { recursive: true });
  });
  const address = (): string => redis.url.replace('//', '//:hidden@');

  it('L1: two servers admit together what the key may have, and say that they are connected', async () => {
    const servers = [run(address(), PATIENT), run(address(), PATIENT)];
    const urls = await Promise.all(servers.map((server) => server.firstLine()));
    for (const { output } of servers) {
      expect(output.err).toContain(`Redis (127.0.0.1:${redis.port}) is connected`);
      expect(output.err).not.toMatch(/hidden|WARNING: Redis/);
    }
    const statuses = [];
    for (let time = 0; time < 8; time++) statuses.push((await ask(urls[time % 2]!)).status);
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429, 429, 429]);
    const [first] = servers;
    first?.child.kill('SIGTERM');
    expect(await first?.ended).toBe(0);
  });

  it('N6: a conversation that began at one server goes on at another, and /stats of each tells of both', async () => {
    const servers = [run(address(), TALKING, 'talking'), run(address(), TALKING, 'talking')];
    const [one = '', other = ''] = await Promise.all(servers.map((server) => server.firstLine()));
    const opener = { role: 'user', content: 'Who are you?' };
    const first = await ask(one, [opener]);
    const answer = ((await first.json()) as { choices: [{ message: object }] }).choices[0].message;
    const second = await ask(other, [opener, answer, { role: 'user', content: 'And your name?' }]);
    const [begun, goneOn] = [first, second].map((response) => response.headers.get('x-nexus-conversation-id'));
    expect(goneOn).toBe(begun);
    const headers = { authorization: 'Bearer key-of-the-admin' };
    for (const url of [one, other])
      await until(async () => {
        const stats = (await (await fetch(`${url}/stats`, { headers })).json()) as Record<string, unknown>;
        return isDeepStrictEqual(
          [stats['active_sessions'], stats['scope']],
          [1, { sums: 'ledger', live: 'all', processes: 2 }],
        );
      }, `${url} tells of both`);
  });

  it('K8: what one server was answered another gives again, where the file asks for a cache', async () => {
    const config = `${PATIENT.replace(', rpm: 5', '')}cache: { within_ms: 1000 }\n`;
    const servers = [run(address(), config, 'cached'), run(address(), config, 'cached')];
    const [one = '', other = ''] = await Promise.all(servers.map((server) => server.firstLine()));
    const askWhole = async (url: string, wish: object): Promise<string | null> => {
      const headers = { 'content-type': 'application/json', authorization: 'Bearer key-of-the-app', ...wish };
      const body = JSON.stringify({ model: 'demo', messages: [{ role: 'user', content: 'Hello' }] });
      const response = await fetch(`${url}/v1/chat/completions`, { method: 'POST', headers, body });
      await response.text();
      return response.headers.get('x-nexus-cache');
    };
    expect(await askWhole(one, {})).toBe('miss');
    const wish = { 'x-nexus-cache': 'only-if-cached' };
    await until(async () => (await askWhole(other, wish)) === 'hit', 'the other gives it again');
  });

  it('L1: servers with different prefixes share nothing, and each keeps to its own keys', async () => {
    const servers = [run(address(), PATIENT, 'blue'), run(address(), PATIENT, 'green')];
    for (const url of await Promise.all(servers.map((server) => server.firstLine())))
      for (let time = 0; time < 6; time++) expect((await ask(url)).status).toBe(time < 5 ? 200 : 429);
    const keys = (await redis.cli('-a', 'hidden', '--no-auth-warning', 'keys', '{*}:rate:caller*')).trim().split('\n');
    const started = keys.filter((key) => !key.startsWith('{nexus}:')).map((key) => key.replace(/:.*/, ''));
    expect(started.sort()).toEqual(['{blue}', '{green}']);
  });

  it('L7: starts without Redis, says so, does what it was told, and shares when it is there', async () => {
    await redis.kill();
    const server = run(address(), `${CONFIG}limits: { when_redis_is_away: closed, redis_within_ms: 1000 }\n`);
    const url = await server.firstLine();
    await server.says('WARNING: Redis');
    expect(server.output.err).toMatch(/WARNING: Redis \(127\.0\.0\.1:\d+\) does not answer.*"closed"/);
    expect((await ask(url)).status).toBe(503);
    await redis.restart();
    await until(async () => (await ask(url)).status === 200, 'it lets in again');
    // What it said: gone, and back again; nothing for each request, and no password.
    expect(server.output.err.match(/"message":"limits/g)).toHaveLength(2);
    expect(server.output.err).not.toContain('hidden');
  });

  it.each([
    ['http://:hidden@localhost', /^REDIS_URL: .*must be a redis:\/\//m],
    ['nonsense-hidden', /^REDIS_URL: .*must be a redis:\/\//m],
  ])('a wrong one ends it with one clear message: %s', async (url, message) => {
    const { ended, output } = run(url);
    expect(await ended).toBe(1);
    expect(output.err).toMatch(message);
    expect(output.err).not.toMatch(/hidden|\n\s+at /);
  });
});
