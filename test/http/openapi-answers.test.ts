import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { CHANGING_SECTIONS, memoryLedger, NexusHub } from 'nexusai-hub';
import { sqliteBackup, sqliteDatabase } from 'nexusai-hub/adapters/sqlite';
import { type ManualClock, manualClock } from 'nexusai-hub/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { tellingKinds } from '../admin/set-up.ts';
import { STARTING_SECTIONS } from '../../src/control/document/config-schema.ts';
import { ADMIN, DOCUMENT } from './openapi-document.ts';
import type { SeenParts } from './openapi-seen.ts';
import { DescribedHub, descriptionOf } from './openapi-described.ts';

const MASTER_KEY = '3f1c9b7a5d2e8f604b1d7c3a9e5f2b8d6c0a4e7f1b3d5c9a8e2f6b0d4c7a1e53';
/** What providers tell of it: nothing has to be counted before there is a record. */
const USAGE = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 };
const BROKEN = { throws: 'provider_unavailable' } as const;
const MESSAGES = [{ role: 'user', content: 'Hello' }];

let folder: string;
let clock: ManualClock;
let hub: NexusHub;
let api: DescribedHub;
let seen: SeenParts | undefined;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nexusai-hub-openapi-'));
  const file = join(folder, 'nexus.db');
  clock = manualClock(Date.UTC(2026, 4, 31, 12));
  hub = new NexusHub({
    providers: {},
    clock,
    ledger: memoryLedger(),
    cache: {},
    database: sqliteDatabase({ file, thread: false }),
    backups: { database: sqliteBackup({ file, thread: false }), folder: join(folder, 'backups'), everyMs: 'off' },
    control: {
      kinds: tellingKinds([], (id) => (id === 'broken' ? BROKEN : { says: id, usage: USAGE })),
      masterKeys: [MASTER_KEY],
      document: DOCUMENT,
    },
  });
  await hub.ready();
  api = new DescribedHub(hub, ADMIN, await descriptionOf(hub), seen);
  seen = api.seen;
});

afterEach(async () => {
  await hub.close();
  rmSync(folder, { recursive: true });
});

async function talk(model: string, conversation: string): Promise<void> {
  const headers = { 'x-nexus-conversation-id': conversation };
  await api.ask('POST', '/v1/chat/completions', 200, { body: { model, messages: MESSAGES }, headers });
}

/** Names of the operations of these paths. */
function operationsUnder(path: RegExp): string[] {
  const { paths } = api.description;
  const found = Object.entries(paths).filter(([form]) => path.test(form));
  return found.flatMap(([, operations]) => Object.values(operations).map(({ operationId }) => operationId));
}

function expectDone(operations: readonly string[]): void {
  expect(operations.length).toBeGreaterThan(3);
  expect(operations.filter((one) => !api.done.has(one))).toEqual([]);
}

describe('what is answered is as /openapi.json says', () => {
  it('for calls and models', async () => {
    await talk('m', 'talk');
    await api.ask('POST', '/v1/chat/completions', 200, { body: { model: 'm', messages: MESSAGES, stream: true } });
    await api.ask('GET', '/v1/models');
    await api.ask('GET', '/v1/models/m');
    await api.ask('GET', '/v1/models/none', 404);
    await api.ask('POST', '/v1/chat/completions', 404, { body: { model: 'none', messages: MESSAGES } });
    await api.ask('POST', '/v1/chat/completions', 400, { body: { model: 'm' } });
    await api.ask('POST', '/explain', 200, { body: { model: 'm', messages: MESSAGES } });
    await api.ask('POST', '/explain?operation=embeddings', 200, { body: { model: 'n', input: 'Hello' } });
    await api.ask('POST', '/explain', 200, { body: { model: 'none', messages: MESSAGES } });
    expectDone(['createChatCompletion', 'listModels', 'getModel', 'explain']);
  });

  it('for providers and their models', async () => {
    await api.ask('GET', '/providers?limit=1');
    const made = { id: 'spare', kind: 'telling', models: ['s', { name: 't', tier: 2 }] };
    await api.ask('POST', '/providers', 201, { body: made, headers: { 'idempotency-key': 'one' } });
    await api.ask('POST', '/providers', 201, { body: made, headers: { 'idempotency-key': 'one' } });
    const other = { ...made, id: 'other' };
    await api.ask('POST', '/providers', 422, { body: other, headers: { 'idempotency-key': 'one' } });
    await api.ask('POST', '/providers', 409, { body: made });
    await api.ask('POST', '/providers', 400, { body: { kind: 'telling' } });
    await api.ask('POST', '/providers', 415, { body: made, headers: { 'content-type': 'text/plain' } });
    await api.ask('POST', '/providers', 413, { body: { id: 'x'.repeat(1_100_000) } });
    await api.ask('GET', '/providers/spare');
    await api.ask('GET', '/providers/none', 404);
    await api.ask('PUT', '/providers/spare', 200, { body: { rate_limit: 5, models: ['s', 'u'] } });
    await api.ask('PATCH', '/providers/spare', 200, {
      body: { rate_limit: null, models: { u: null, v: { tier: 2 } } },
    });
    await api.ask('PUT', '/providers/spare', 412, { body: { rate_limit: 5 }, headers: { 'if-match': '"other"' } });
    await api.ask('GET', '/providers/spare/models');
    await api.ask('POST', '/providers/spare/test', 200, { body: { model: 's' } });
    await api.ask('POST', '/providers', 201, { body: { id: 'broken', kind: 'telling' } });
    await api.ask('POST', '/providers/broken/test', 200, { body: { model: 's' } });
    await api.ask('GET', '/provider_models?after=main');
    await api.ask('POST', '/provider_models', 201, {
      body: { provider_id: 'spare', name: 'a/b', upstream_model: 'b' },
    });
    await api.ask('GET', '/provider_models/spare%2Fa%2Fb');
    await api.ask('PUT', '/provider_models/spare%2Fa%2Fb', 200, { body: { weight: 3 } });
    await api.ask('PATCH', '/provider_models/spare%2Fa%2Fb', 200, { body: { upstream_model: null } });
    await api.ask('DELETE', '/provider_models/spare%2Fa%2Fb');
    await api.ask('DELETE', '/providers/spare');
    expectDone(operationsUnder(/^\/provider/));
  });

  it('for the configuration', async () => {
    await talk('m', 'talk');
    await clock.advance(2_000);
    await api.ask('GET', '/config');
    const change = {
      providers: { main: { rate_limit: 7, api_key: null, models: { m: null, o: {} } }, many: null },
      keys: { app: { rpm: null } },
      routing: { hedge: null, max_attempts: 2 },
      fallbacks: null,
    };
    const preview = await api.ask('POST', '/config/preview', 200, { body: change });
    expect(preview['affected_requests']).toHaveLength(1);
    await api.ask('POST', '/keys', 201, { body: { name: 'looks', role: 'looker' } });
    const gone = await api.ask('POST', '/config/preview', 200, { body: { roles: { looker: null } } });
    expect(gone['keys_without_role']).toHaveLength(1);
    await api.ask('PUT', '/config', 200, { body: change });
    await api.ask('POST', '/config/preview', 200, { body: { to: 1 } });
    await api.ask('POST', '/config/preview', 404, { body: { to: 99 } });
    const listed = [{ id: 'main', rate_limit: null, models: [{ name: 'o', weight: 2 }, 'p'] }];
    await api.ask('PUT', '/config?mode=merge', 200, {
      body: { providers: listed, keys: [{ name: 'app', tpm: 1e6 }] },
    });
    await api.ask('PUT', '/config', 412, { body: {}, headers: { 'if-match': '"0"' } });
    await api.ask('POST', '/config/rollback', 200, { body: { to: 1 } });
    await api.ask('POST', '/config/rollback', 200, {});
    await api.ask('POST', '/config/rollback', 404, { body: { to: 99 } });
    await api.ask('GET', '/config/history?limit=2&after=4');
    expectDone(operationsUnder(/^\/config/));
  });

  it('takes no section that cannot be changed, and says so', async () => {
    for (const section of STARTING_SECTIONS) {
      await api.ask('PUT', '/config', 400, { body: { [section]: {} } });
      expect(api.complaint('ConfigChange', { [section]: {} })).toContain(section);
    }
    for (const section of CHANGING_SECTIONS)
      expect([section, api.complaint('ConfigChange', { [section]: 7 })?.includes('Unrecognized')]).toEqual([
        section,
        false,
      ]);
  });

  it('takes a page of any size it says, and no greater one', async () => {
    const sizes = Object.entries(api.description.paths).flatMap(([path, { get }]) => {
      const limit = get?.parameters.find((one) => 'name' in one && one.name === 'limit');
      return limit && 'schema' in limit ? [[path, Number(limit.schema['maximum'])] as const] : [];
    });
    expect(sizes.length).toBeGreaterThan(8);
    await talk('m', 'main');
    await clock.advance(2_000);
    for (const [path, most] of sizes) {
      const place = path.replace('{id}', 'main');
      await api.ask('GET', `${place}?limit=${String(most)}`);
      await api.ask('GET', `${place}?limit=${String(most + 1)}`, 400);
    }
  });

  it('changes nothing that is not as If-Match says, wherever it says that it reads it', async () => {
    const { id: key } = await api.ask<{ id: string }>('POST', '/keys', 201, { body: { name: 'one' } });
    await api.ask('PUT', '/config', 200, { body: { timeouts: { idle_ms: 1000 } } });
    const headers = { 'if-match': '"another"' };
    const conditional = Object.entries(api.description.paths).flatMap(([path, methods]) =>
      Object.entries(methods).flatMap(([method, { parameters }]) =>
        parameters.some((one) => '$ref' in one && one.$ref.endsWith('/IfMatch')) ? [[method, path] as const] : [],
      ),
    );
    expect(conditional.length).toBeGreaterThan(9);
    for (const [method, path] of conditional) {
      const id = path.startsWith('/keys') ? key : path.startsWith('/providers') ? 'main' : 'main%2Fm';
      await api.ask(method.toUpperCase(), path.replace('{id}', id), 412, { body: {}, headers });
    }
  });

  it('for personal keys and sessions', async () => {
    const fields = {
      name: 'ci',
      owner: 'team',
      models: ['m'],
      providers: ['main'],
      rpm: 60,
      budget_usd: { day: 1 },
      expires_at: 2e9,
    };
    const { id } = await api.ask<{ id: string }>('POST', '/keys', 201, { body: fields });
    await api.ask('GET', '/keys?limit=10');
    await api.ask('GET', `/keys/${id}`);
    await api.ask('PATCH', `/keys/${id}`, 200, {
      body: { rpm: null, allowed_addresses: ['10.0.0.0/8'], disabled: true },
    });
    await api.ask('POST', `/keys/${id}/rotate`, 200, { body: { overlap_ms: 1000 } });
    await api.ask('GET', `/keys/${id}`);
    await api.ask('POST', `/keys/${id}/rotate`, 200, {});
    await api.ask('GET', '/keys/none', 404);
    await api.ask('DELETE', `/keys/${id}`);
    const { secret } = await api.ask<{ secret: string }>('POST', '/keys', 201, { body: { name: 'us', models: ['m'] } });
    for (const headers of [{}, { authorization: `Bearer ${secret}` }]) {
      await api.ask('POST', '/session', 201, { headers });
      await api.ask('GET', '/session', 200, { headers });
    }
    await api.ask('DELETE', '/session');
    await api.ask('GET', '/keys', 401, { headers: { authorization: 'Bearer nobody' } });
    expectDone(operationsUnder(/^\/(keys|session)/));
  });

  it('for what was done: audit, figures, conversations, files', async () => {
    await talk('m', 'talk');
    await talk('m', 'other');
    await talk('m', 'other');
    await api.ask('POST', '/v1/chat/completions', 404, { body: { model: 'none', messages: MESSAGES } });
    await api.ask('PUT', '/providers/main', 200, { body: { rate_limit: 5 } });
    await clock.advance(2_000);
    await api.ask('GET', '/audit?outcome=ok&limit=5');
    await api.ask('GET', '/audit?from=2026-01-01&q=provider');
    await api.ask('GET', '/audit/verify');
    const noted = await api.ask('GET', `/audit/verify?sequence=1&hash=${'0'.repeat(64)}`);
    expect(noted['valid']).toBe(false);
    await api.ask('GET', '/stats');
    await api.ask('GET', '/stats?model=m&from=2026-01-01');
    const usage = await api.ask<{ data: unknown[] }>('GET', '/stats/usage?group_by=model,provider,key,day');
    expect(usage.data).not.toEqual([]);
    await api.ask('GET', '/stats/usage?group_by=nothing', 400);
    await api.ask('GET', '/stats/live');
    const page = await api.ask<{ data: unknown[]; next: string }>('GET', '/conversations?limit=1');
    expect(page.data).toHaveLength(1);
    await api.ask('GET', `/conversations?after=${encodeURIComponent(page.next)}&q=Hello`);
    const other = await api.ask<{ messages: unknown[]; attempts: unknown[] }>('GET', '/conversations/other?limit=100');
    expect([other.messages.length > 1, other.attempts.length]).toEqual([true, 2]);
    await api.ask('POST', '/conversations/other/split', 200, { body: { at: 1 } });
    await api.ask('POST', '/conversations/other/merge', 200, { body: { from: 'talk' } });
    await api.ask('POST', '/conversations/other/end', 200, {});
    for (const what of ['stats', 'audit', 'conversations'])
      for (const format of ['csv', 'json', 'jsonl']) await api.ask('GET', `/export/${what}?format=${format}`);
    expectDone(operationsUnder(/^\/(audit|stats|conversations|export)/));
  });

  it('for the machinery: circuits, vault, backups, health', async () => {
    await talk('m', 'talk');
    const { data } = await api.ask<{ data: { id: string }[] }>('GET', '/circuits');
    const circuit = `/circuits/${encodeURIComponent(data[0]?.id ?? '')}`;
    for (const verb of ['open', 'close', 'auto']) await api.ask('POST', `${circuit}/${verb}`);
    await api.ask('POST', '/circuits/none/open', 404);
    await api.ask('GET', '/vault');
    await api.ask('POST', '/vault/rotate', 202);
    await api.ask('GET', '/vault');
    const { id } = await api.ask<{ id: string }>('POST', '/backups');
    await api.ask('GET', '/backups');
    await api.ask('POST', `/backups/${id}/verify`);
    await api.ask('POST', '/backups/none/verify', 404);
    await api.ask('GET', '/healthz');
    await api.ask('GET', '/readyz');
    await api.ask('GET', '/openapi.json');
    expectDone(operationsUnder(/^\/(circuits|vault|backups|healthz|readyz|openapi)/));
  });

  it('with something in every list, and in whatever may be null', () => {
    expect(seen?.empty).toEqual([]);
  });
});
