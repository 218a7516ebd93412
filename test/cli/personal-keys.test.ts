import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, it } from 'vitest';

import { builtPrograms } from '../built-programs.ts';
import { json } from '../http/transports.ts';
import { startCommandLine, type Started } from '../services/command-line.ts';

const ADMIN_KEY = '0f6c1b9a-of-a-test-e27d';
const programOf = builtPrograms({ main: new URL('../../cli/main.ts', import.meta.url) });

let folder: string;
const running: Started[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nexusai-hub-server-keys-'));
});
afterEach(async () => {
  for (const { child, ended } of running.splice(0)) {
    child.kill('SIGKILL');
    await ended;
  }
  rmSync(folder, { recursive: true });
});

function run(): Started {
  const started = startCommandLine({ folder, variables: { NEXUS_ADMIN_KEY: ADMIN_KEY }, program: [programOf('main')] });
  running.push(started);
  return started;
}

const as = (key: string): Record<string, string> => ({ authorization: `Bearer ${key}` });

async function models(url: string, key: string): Promise<number> {
  const response = await fetch(`${url}/v1/models`, { headers: as(key) });
  await response.text();
  return response.status;
}

it('X3: keys of the server outlive it, and stand in none of its files', { timeout: 90_000 }, async () => {
  const first = run();
  let url = await first.firstLine();
  const made = await fetch(`${url}/keys`, json({ name: 'app' }, as(ADMIN_KEY)));
  expect(made.status).toBe(201);
  const { id, secret } = (await made.json()) as { id: string; secret: string };
  const signed = await fetch(`${url}/keys/${id}`, { headers: as(ADMIN_KEY) });
  expect(await signed.json()).toMatchObject({ id, name: 'app', signature: 'allowed' });
  expect([await models(url, secret), await models(url, ADMIN_KEY), await models(url, 'wrong')]).toEqual([
    200, 200, 401,
  ]);
  first.child.kill('SIGTERM');
  await first.ended;

  const second = run();
  url = await second.firstLine();
  expect([await models(url, secret), await models(url, ADMIN_KEY)]).toEqual([200, 200]);
  const rotated = await fetch(`${url}/keys/${id}/rotate`, json({}, as(ADMIN_KEY)));
  const { secret: next } = (await rotated.json()) as { secret: string };
  expect([await models(url, secret), await models(url, next)]).toEqual([401, 200]);
  await fetch(`${url}/keys/${id}`, { method: 'DELETE', headers: as(ADMIN_KEY) });
  expect(await models(url, next)).toBe(401);
  second.child.kill('SIGTERM');
  await second.ended;

  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());
  expect(files.length).toBeGreaterThan(0);
  const texts = [
    ...files.map((path) => readFileSync(path, 'latin1')),
    ...running.map(({ output }) => output.out + output.err),
  ];
  for (const text of texts) for (const one of [secret, next]) expect(text.includes(one.slice(8, -4))).toBe(false);
});
