import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';

import { NexusHub } from 'nexusai-hub';
import { providerKinds } from 'nexusai-hub/adapters/kinds';
import { sqliteBackup, sqliteDatabase } from 'nexusai-hub/adapters/sqlite';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { accessOf } from '../../src/http/routes/routes.ts';

/** Every secret of the system, each to be known again wherever it turns up. */
const CANARIES = {
  providerKey: 'sk-CANARY1providerkey7f3a9c2e51',
  second: 'CANARY2-one-of-several-keys-8d1b',
  header: 'CANARY3-header-value-4c7e',
  callerKey: 'CANARY4-key-of-a-caller-5e9d2b',
  adminKey: 'CANARY5-admin-key-b41f7c93d2',
  wrongKey: 'CANARY6-a-key-nobody-has-19af',
  rotated: 'sk-CANARY7rotatedkey0b6d8f2a44',
  inUrl: 'CANARY8-password-of-a-url',
};
const MASTER_KEY = '3f1c9b7a5d2e8f604b1d7c3a9e5f2b8d6c0a4e7f1b3d5c9a8e2f6b0d4c7a1e53';

let folder: string;
let upstream: Server;
let hub: NexusHub;
const logged: unknown[] = [];
const answers: string[] = [];
const shownOnce = new Set<string>();

/** A provider that tells whatever it was sent, in the words of its error. */
function tellTale(): Server {
  let calls = 0;
  return createServer((request, response) => {
    calls += 1;
    request.resume();
    const status = [401, 429, 500, 200, 400, 403][calls % 6] ?? 500;
    const told = JSON.stringify({ error: { message: `You sent ${JSON.stringify(request.headers)}`, code: 'x' } });
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(status === 200 ? told.slice(0, 60) : told);
  });
}

async function send(method: string, path: string, key?: string, body?: unknown): Promise<Response> {
  const response = await hub.fetch(`http://hub${path}`, {
    method,
    headers: {
      'content-type': 'application/json',
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.clone().text();
  const heads = JSON.stringify([...response.headers]);
  answers.push(`${method} ${path} ${heads} ${text}`);
  return response;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'canary-'));
  upstream = tellTale();
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
  const server_url = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}/v1`;
  const file = join(folder, 'nexus.db');
  const log =
    (level: string) =>
    (...told: unknown[]): unknown =>
      logged.push([level, ...told]);
  hub = new NexusHub({
    providers: {},
    database: sqliteDatabase({ file, thread: false }),
    backups: { database: sqliteBackup({ file, thread: false }), folder: join(folder, 'backups'), everyMs: 'off' },
    logger: { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') },
    logging: { prompts: true },
    audit: { requests: 'all', content: true },
    explain: true,
    control: {
      kinds: providerKinds,
      masterKeys: [MASTER_KEY],
      document: {
        providers: [
          {
            id: 'main',
            kind: 'openai-compatible',
            server_url,
            api_key: CANARIES.providerKey,
            headers: { 'x-own': CANARIES.header },
            models: ['m'],
          },
          {
            id: 'many',
            kind: 'openai-compatible',
            server_url,
            api_keys: [{ name: 'a', key: CANARIES.second }],
            models: ['m', 'n'],
          },
        ],
        keys: [
          { name: 'app', key: CANARIES.callerKey },
          { name: 'root', key: CANARIES.adminKey, role: 'admin' },
        ],
        security: { allow_private_upstreams: true },
        routing: { backoff_ms: 0, deadline_ms: 2_000 },
      },
    },
  });
  await hub.ready();
});

afterAll(async () => {
  await hub.close();
  upstream.close();
  rmSync(folder, { recursive: true });
});

it('X1, X3: no secret is in any answer, log, error, audit entry, export, backup or file', async () => {
  const { adminKey, callerKey, wrongKey, rotated, inUrl } = CANARIES;
  const said = 'sk-CANARY9saidbyacaller5b7e1f90';
  const chat = { model: 'm', messages: [{ role: 'user', content: `My key is ${said}` }] };
  for (let round = 0; round < 12; round++) {
    await send('POST', '/v1/chat/completions', callerKey, { ...chat, stream: round % 2 === 0 });
    await hub.chat.completions
      .create({ model: 'n', messages: [] as never })
      .catch((cause: unknown) => logged.push(cause));
    await hub.embeddings.create({ model: 'm', input: 'Hi' }).catch((cause: unknown) => logged.push(cause));
  }
  // Everything that is wrong, with a secret in it.
  await send('POST', '/v1/chat/completions', wrongKey, chat);
  await send('POST', '/v1/chat/completions', callerKey, `{"model": "m", "api_key": "${rotated}" oops`);
  await send('POST', '/providers', adminKey, { id: 'x', kind: 'nope', api_key: rotated });
  await send('POST', '/providers', adminKey, {
    id: 'x',
    kind: 'openai',
    api_key: `${rotated}\nline`,
    server_url: `https://u:${inUrl}@a.example`,
  });
  await send('PUT', '/config', adminKey, { keys: [{ name: 'weak', key: rotated, role: 'nobody' }] });
  await send('PUT', '/config', callerKey, { providers: [{ id: 'main', api_key: rotated }] });
  await send('PUT', '/providers/main', adminKey, { api_key: rotated });
  await send('POST', '/providers/main/test', adminKey, {});
  await send('POST', '/config/preview', adminKey, { providers: [{ id: 'many', api_keys: [rotated] }] });
  const made = await send('POST', '/keys', adminKey, { name: 'personal' });
  const { secret, id } = (await made.json()) as { secret: string; id: string };
  shownOnce.add(secret);
  answers.pop();
  await send('GET', '/v1/models', secret);
  await send('PATCH', `/keys/${id}`, adminKey, { disabled: true });
  await send('GET', '/v1/models', secret);
  await send('POST', '/vault/rotate', adminKey, {});
  await send('POST', '/backups', adminKey);
  for (const key of [undefined, wrongKey, callerKey, adminKey])
    for (const { method, path } of accessOf())
      if (
        !path.includes('session') &&
        path !== '/stats/live' &&
        !(method === 'DELETE' && key === adminKey) &&
        path !== '/keys'
      )
        await send(
          method,
          path.replace('*', 'main/m').replace('{id}', 'main'),
          key,
          method === 'GET' ? undefined : chat,
        );
  for (const path of ['/export/stats', '/export/conversations', '/export/audit'])
    for (const format of ['csv', 'json', 'jsonl']) await send('GET', `${path}?format=${format}`, adminKey);
  await send('GET', '/audit?limit=1000', adminKey);
  await hub.close();

  expect(answers.length).toBeGreaterThan(200);
  expect(logged.length).toBeGreaterThan(5);
  const files = filesIn(folder).map((file) => [file, readFileSync(file, 'latin1')] as const);
  expect(files.some(([file]) => file.includes('backups'))).toBe(true);
  const places: (readonly [string, string])[] = [
    ...answers.map((text) => [text.slice(0, 60), text] as const),
    ...logged.map((value) => ['log', inspect(value, { depth: 20, maxStringLength: 100_000 })] as const),
    ...files,
  ];
  const hits = places.flatMap(([place, text]) => {
    const secrets = [...Object.values(CANARIES), ...shownOnce, MASTER_KEY];
    return secrets.filter((found) => text.includes(found)).map((found) => [place, found]);
  });
  expect(hits).toEqual([]);
  // What a caller says is kept as it was said, where that is kept, and masked where it is logged.
  const told = places.filter(([, text]) => text.includes(said)).map(([place]) => place);
  expect(told.filter((place) => place === 'log' || place.includes('/audit'))).toEqual([]);
  expect(told.some((place) => place.includes('nexus.db'))).toBe(true);
}, 60_000);

function filesIn(path: string): string[] {
  return readdirSync(path).flatMap((name) => {
    const file = join(path, name);
    return statSync(file).isDirectory() ? filesIn(file) : [file];
  });
}
