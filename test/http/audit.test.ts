import { memoryAuditLog, NexusHub, type NexusHubOptions, verifyChain } from 'nexusai-hub';
import { providerKinds } from 'nexusai-hub/adapters/kinds';
import { signRequest } from 'nexusai-hub/client';
import type { AuditLog, LinkedAuditEntry } from 'nexusai-hub/ports';
import { chunkOf, scriptedProvider } from 'nexusai-hub/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { accessOf } from '../../src/http/routes/routes.ts';
import { json, SOCKETS, TRANSPORTS } from './transports.ts';

const CANARY = 'canary-Zx81k20qP';
const ADMIN = { name: 'boss', key: `sk-admin-${CANARY}-0123456789`, role: 'admin' };
const USER = { name: 'app', key: `sk-user-${CANARY}-0123456789-0123456789`, role: 'user' };
const PROMPT = { model: 'm', messages: [{ role: 'user', content: `Tell me of ${CANARY}` }] };

interface Stage {
  readonly hub: NexusHub;
  readonly log: AuditLog;
  all(): Promise<readonly LinkedAuditEntry[]>;
}

const open: NexusHub[] = [];

function stage(options: Partial<NexusHubOptions> = {}, log: AuditLog = memoryAuditLog()): Stage {
  const main = scriptedProvider({
    says: `Of ${CANARY}`,
    usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
  });
  const hub = new NexusHub({
    providers: { main },
    keys: [ADMIN, USER],
    ...options,
    control: { stores: { audit: log }, kinds: providerKinds },
  });
  open.push(hub);
  const all = async (): Promise<readonly LinkedAuditEntry[]> => {
    await hub.audit.settled();
    return log.after(0, 10_000);
  };
  return { hub, log, all };
}

const as = (key: string, more: Record<string, string> = {}): Record<string, string> => ({
  authorization: `Bearer ${key}`,
  ...more,
});

afterEach(async () => {
  for (const hub of open.splice(0)) await hub.close({ drainMs: 0 });
});

describe.each(TRANSPORTS)('over $name', ({ name, serve }) => {
  it('each request leaves one entry, whatever became of it, and none tells a secret', async () => {
    const { hub, all } = stage();
    const served = await serve(hub, { bodyLimitBytes: 2_000 });
    const ask = async (path: string, init: RequestInit = {}): Promise<void> => {
      const response = await served.fetch(served.url + path, init);
      await response.text();
    };
    const chat = '/v1/chat/completions';
    await ask(chat, json(PROMPT, as(USER.key, { 'x-request-id': 'mine' })));
    await ask(chat, json({ ...PROMPT, stream: true }, as(USER.key)));
    await ask(chat, json(PROMPT));
    await ask(chat, json(PROMPT, as(`sk-wrong-${CANARY}`)));
    await ask(chat, json('{', as(USER.key)));
    await ask(chat, json({ ...PROMPT, padding: 'x'.repeat(3_000) }, as(USER.key)));
    await ask(chat, { headers: as(USER.key) });
    await ask(`/stats?key=${CANARY}`, { headers: as(USER.key) });
    await ask(`/stats?from=${CANARY}`, { headers: as(ADMIN.key) });
    await ask('/healthz');
    await ask(`/circuits/main%2Fm/open`, { method: 'POST', headers: as(ADMIN.key) });
    await ask(`/v1/models/sk-${CANARY}`, { headers: as(USER.key) });
    await ask(chat, { method: 'OPTIONS' });
    // Of a signature that does not count nobody is known.
    const signed = await signRequest({ name: USER.name, key: USER.key }, served.url + chat, json(PROMPT));
    const headers = new Headers(signed.headers);
    headers.set('signature', headers.get('signature')?.replace(/:.{8}/, ':AAAAAAAA') ?? '');
    await ask(chat, { method: 'POST', headers, body: JSON.stringify(PROMPT) });
    const entries = await all();
    const isLocal = name === 'in process';
    expect(
      entries.map(({ kind, action, actor, status, outcome, code }) => [kind, action, actor, status, outcome, code]),
    ).toEqual([
      ['request', `POST ${chat}`, 'app', 200, 'ok', null],
      ['request', `POST ${chat}`, 'app', 200, 'ok', null],
      ['request', `POST ${chat}`, null, 401, 'refused', 'unauthenticated'],
      ['request', `POST ${chat}`, null, 401, 'refused', 'unauthenticated'],
      ['request', `POST ${chat}`, 'app', 400, 'refused', 'request_invalid'],
      ['request', `POST ${chat}`, 'app', 413, 'refused', 'body_too_large'],
      ['request', `GET ${chat}`, null, 405, 'refused', 'method_not_allowed'],
      ['request', 'GET /stats', 'app', 403, 'refused', 'forbidden'],
      ['request', 'GET /stats', 'boss', 400, 'refused', 'request_invalid'],
      ['action', 'circuits.hold', 'boss', null, 'ok', null],
      ['request', 'POST /circuits/*', 'boss', 200, 'ok', null],
      ['request', 'GET /v1/models/*', 'app', 404, 'refused', 'model_not_found'],
      ['request', `OPTIONS ${chat}`, null, 204, 'ok', null],
      ['request', `POST ${chat}`, null, 401, 'refused', 'unauthenticated'],
    ]);
    expect(entries[0]).toMatchObject({ requestId: 'mine', role: 'user', target: chat, details: null });
    expect(entries.every(({ address }) => (isLocal ? address === null : /127\.0\.0\.1|::1/.test(address ?? '')))).toBe(
      true,
    );
    expect(entries[9]?.requestId).toMatch(/^req_/);
    expect(entries[9]?.requestId).toBe(entries[10]?.requestId);
    expect(entries[9]).toMatchObject({ target: 'main/m', details: '{"before":{"held":null},"after":{"held":"open"}}' });
    // X1, X3.
    expect(JSON.stringify(entries)).not.toContain(CANARY);
    await served.close();
  });
});

describe('every change', () => {
  it('tells which request asked for it, and where that came from', async () => {
    const { hub, all } = stage();
    const [transport] = SOCKETS;
    const served = await transport!.serve(hub);
    const changes: readonly (readonly [action: string, method: string, path: string, body?: object])[] = [
      ['keys.create', 'POST', '/keys', { name: 'x' }],
      ['keys.update', 'PATCH', '/keys/ID', { rpm: 5 }],
      ['keys.rotate', 'POST', '/keys/ID/rotate', {}],
      ['keys.delete', 'DELETE', '/keys/ID'],
      ['providers.create', 'POST', '/providers', { id: 'more', kind: 'demo', models: ['d'] }],
      ['models.create', 'POST', '/provider_models', { provider_id: 'more', name: 'e' }],
      ['config.apply', 'PUT', '/config', { limits: { requests_per_second: 50 } }],
      ['config.rollback', 'POST', '/config/rollback', {}],
      ['vault.rotate', 'POST', '/vault/rotate'],
      ['circuits.hold', 'POST', '/circuits/main%2Fm/auto'],
    ];
    // There is a circuit once it was asked for.
    await (await served.fetch(`${served.url}/v1/chat/completions`, json(PROMPT, as(USER.key)))).text();
    let keyId = '';
    for (const [action, method, path, body] of changes) {
      const init = body ? json(body) : {};
      const headers = { ...(init.headers as object), ...as(ADMIN.key, { 'x-request-id': `of-${action}` }) };
      const response = await served.fetch(served.url + path.replace('ID', keyId), { ...init, method, headers });
      const text = await response.text();
      expect([action, response.ok, text]).toEqual([action, true, text]);
      if (action === 'keys.create') keyId = (JSON.parse(text) as { readonly id: string }).id;
    }
    const actions = (await all()).filter(({ kind }) => kind === 'action');
    expect(actions.map(({ action, actor, requestId }) => [action, actor, requestId])).toEqual(
      changes.map(([action]) => [action, 'boss', `of-${action}`]),
    );
    for (const { address } of actions) expect(address).toMatch(/127\.0\.0\.1|::1/);
    await hub.admin.keys.create({ name: 'own program' });
    expect((await all()).at(-1)).toMatchObject({
      action: 'keys.create',
      actor: 'process',
      requestId: null,
      address: null,
    });
    await served.close();
  });
});

describe('every path', () => {
  it('leaves exactly one entry for each request, of whoever asks', async () => {
    const { hub, all } = stage({ audit: { probes: true } });
    let seen = 0;
    for (const { method, path, permission } of accessOf())
      for (const key of [undefined, 'nobody', USER.key, ADMIN.key]) {
        const headers = { 'content-type': 'application/json', ...(key === undefined ? {} : as(key)) };
        const body =
          method === 'GET' || method === 'DELETE'
            ? {}
            : { body: JSON.stringify({ ...PROMPT, input: 'Hi', prompt: 'Hi' }) };
        const url = `http://hub${path.replace(/\*|\{\w+\}/g, 'any')}`;
        const leaving = new AbortController();
        const response = await hub.fetch(url, { method, headers, ...body, signal: leaving.signal });
        // Live figures have no end.
        if (path === '/stats/live') await response.body?.cancel();
        else await response.text();
        for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
        const fresh = (await all()).slice(seen);
        seen += fresh.length;
        const requests = fresh.filter(({ kind }) => kind === 'request');
        expect([method, path, key, requests.map(({ action }) => action)]).toEqual([
          method,
          path,
          key,
          [`${method} ${path}`],
        ]);
        expect(requests[0]).toMatchObject({
          status: response.status,
          actor: permission === 'none' ? null : key === USER.key ? 'app' : key === ADMIN.key ? 'boss' : null,
        });
      }
    expect(
      await verifyChain({
        head: () => hub.admin.audit.verify().then(({ head }) => head),
        after: async (...asked) => (await all()).slice(asked[0], asked[0] + asked[1]),
      }),
    ).toMatchObject({ broken: undefined });
  });

  it('has none that could change or remove it', () => {
    const own = accessOf().filter(({ path }) => path.includes('audit'));
    expect(own.map(({ method, path, permission }) => [method, path, permission])).toEqual([
      ['GET', '/audit', 'audit.read'],
      ['GET', '/audit/verify', 'audit.read'],
      ['GET', '/export/audit', 'audit.export'],
    ]);
  });
});

describe.each(TRANSPORTS)('a stream over $name', ({ serve }) => {
  it('is written when it is over: whole, broken, or left', async () => {
    const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
    const { hub, all } = stage({
      providers: {
        main: scriptedProvider([
          { says: 'Hello', usage },
          { streams: [{ yields: chunkOf({ content: 'Hello' }) }, { throws: 'stream_interrupted' }] },
          { streams: [{ yields: chunkOf({ content: 'Hello' }) }, { hangs: 'until aborted' }] },
        ]),
      },
    });
    const served = await serve(hub);
    const leaving = new AbortController();
    const ask = (signal?: AbortSignal): Promise<Response> =>
      served.fetch(`${served.url}/v1/chat/completions`, {
        ...json({ ...PROMPT, stream: true }, as(USER.key)),
        ...(signal && { signal }),
      });
    const written = async (count: number): Promise<unknown[]> => {
      for (;;) {
        const entries = await all();
        if (entries.length >= count) return entries.map(({ status, outcome, code }) => [status, outcome, code]);
        await new Promise(setImmediate);
      }
    };
    const whole = await ask();
    await whole.text();
    expect(await written(1)).toEqual([[200, 'ok', null]]);
    await (await ask()).text();
    expect((await written(2)).at(-1)).toEqual([200, 'failed', 'stream_interrupted']);
    const left = await ask(leaving.signal);
    await left.body?.getReader().read();
    leaving.abort();
    expect((await written(3)).at(-1)).toEqual([200, 'cancelled', 'cancelled']);
    await served.close();
  });
});

describe('who reads it', () => {
  it('needs a permission that neither user, viewer nor operator have', async () => {
    const roles = { auditor: ['audit.read'] } as const;
    const keys = [
      ADMIN,
      ...['user', 'viewer', 'operator', 'auditor'].map((role) => ({ name: role, key: `key-of-${role}-0`, role })),
    ];
    const { hub } = stage({ roles, keys });
    const statusOf = async (path: string, key: string): Promise<number> =>
      (await hub.fetch(`http://hub${path}`, { headers: as(key) })).status;
    for (const role of ['user', 'viewer', 'operator'])
      for (const path of ['/audit', '/audit/verify', '/export/audit'])
        expect([role, path, await statusOf(path, `key-of-${role}-0`)]).toEqual([role, path, 403]);
    expect(
      await Promise.all(['/audit', '/audit/verify', '/export/audit'].map((path) => statusOf(path, 'key-of-auditor-0'))),
    ).toEqual([200, 200, 403]);
  });

  it('finds by what it asks for, page by page', async () => {
    const { hub } = stage();
    for (let number = 0; number < 5; number++)
      await (
        await hub.fetch('http://hub/v1/models', {
          headers: as(number % 2 ? ADMIN.key : USER.key, { 'x-request-id': `r${number}` }),
        })
      ).text();
    const ask = async (
      query: string,
    ): Promise<{
      data: { sequence: number; request_id: string }[];
      has_more: boolean;
      next: string | null;
      error?: { param: string };
    }> => (await hub.fetch(`http://hub/audit?${query}`, { headers: as(ADMIN.key) })).json() as never;
    const first = await ask('actor=app&limit=2');
    expect([first.data.map(({ request_id }) => request_id), first.has_more, first.next]).toEqual([
      ['r4', 'r2'],
      true,
      '3',
    ]);
    const second = await ask(`actor=app&limit=2&after=${first.next}`);
    expect([second.data.map(({ request_id }) => request_id), second.has_more, second.next]).toEqual([
      ['r0'],
      false,
      null,
    ]);
    expect((await ask('q=R3')).data).toHaveLength(1);
    expect((await ask('status=200&outcome=ok&action=GET%20/v1/models')).data).toHaveLength(5);
    expect((await ask('from=2020-01-01&to=2020-01-02')).data).toEqual([]);
    for (const [query, param] of [
      ['limit=0', 'limit'],
      ['outcome=bad', 'outcome'],
      ['status=x', 'status'],
      ['from=x', 'from'],
      ['after=x', 'after'],
      ['after=0', 'after'],
      ['what=1', 'what'],
      ['from=2&to=1', 'to'],
    ] as const)
      expect([query, (await ask(query)).error?.param]).toEqual([query, param]);
  });

  it('is told of the first link that does not hold', async () => {
    const kept = memoryAuditLog();
    const log: AuditLog = Object.assign(Object.create(kept) as AuditLog, {
      append: (...asked: Parameters<AuditLog['append']>) => kept.append(...asked),
      head: () => kept.head(),
      page: (...asked: Parameters<AuditLog['page']>) => kept.page(...asked),
      remove: (...asked: Parameters<AuditLog['remove']>) => kept.remove(...asked),
      after: async (sequence: number, limit: number) =>
        (await kept.after(sequence, limit)).map((entry) =>
          entry.sequence === 2 ? { ...entry, actor: 'somebody' } : entry,
        ),
    });
    const { hub } = stage({}, log);
    for (let number = 0; number < 3; number++)
      await (await hub.fetch('http://hub/v1/models', { headers: as(USER.key) })).text();
    const verify = async (query = ''): Promise<unknown> =>
      (await hub.fetch(`http://hub/audit/verify${query}`, { headers: as(ADMIN.key) })).json();
    expect(await verify()).toMatchObject({
      object: 'audit.verification',
      valid: false,
      broken: { sequence: 2, problem: 'changed' },
      checked: 1,
      head: { sequence: 3 },
    });
    expect(await verify('?from=3')).toMatchObject({ valid: true, broken: null, checked: 2, from: { sequence: 2 } });
    const { last } = await kept.head();
    expect(await verify(`?from=3&sequence=3&hash=${'0'.repeat(64)}`)).toMatchObject({
      broken: { sequence: 3, problem: 'changed' },
    });
    expect(await verify(`?from=3&to=3&sequence=${last.sequence}&hash=${last.hash}`)).toMatchObject({ valid: true });
    expect(await verify(`?from=3&sequence=99&hash=${last.hash}`)).toMatchObject({
      broken: { sequence: 99, problem: 'missing' },
    });
    expect(await verify('?sequence=3')).toMatchObject({ error: { param: 'hash' } });
    expect(await verify('?from=3&to=2')).toMatchObject({ error: { param: 'to' } });
    expect(await verify('?from=99999')).toMatchObject({ error: { code: 'request_invalid', param: 'from' } });
  });

  it('takes all of it along as a file that holds by itself', async () => {
    const { hub } = stage();
    for (let number = 0; number < 3; number++)
      await (await hub.fetch('http://hub/v1/models', { headers: as(USER.key) })).text();
    const response = await hub.fetch('http://hub/export/audit?format=jsonl', { headers: as(ADMIN.key) });
    expect(response.headers.get('content-disposition')).toMatch(/filename="nexus-audit-.*\.jsonl"/);
    const lines = (await response.text())
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { sequence: number; hash: string; previous_hash: string });
    expect(lines.map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
    expect(lines[1]?.previous_hash).toBe(lines[0]?.hash);
    const csv = await (await hub.fetch('http://hub/export/audit', { headers: as(ADMIN.key) })).text();
    expect(csv.split('\r\n')[0]).toMatch(/^sequence,id,at,kind,actor,.*,details,previous_hash,hash$/);
  });
});

describe('a log that is away', () => {
  it('is in no way of a request; what is to be changed is not changed', async () => {
    const kept = memoryAuditLog();
    let isAway = true;
    const log: AuditLog = Object.assign(Object.create(kept) as AuditLog, {
      append: async (...asked: Parameters<AuditLog['append']>) => {
        if (isAway) throw new Error(`connect ECONNREFUSED ${CANARY}`);
        await kept.append(...asked);
      },
      head: () => Promise.reject(new Error(CANARY)),
      page: () => Promise.reject(new Error(CANARY)),
    });
    const { hub } = stage({}, log);
    const ask = async (path: string, init: RequestInit): Promise<[number, string | undefined]> => {
      const response = await hub.fetch(`http://hub${path}`, init);
      const text = await response.text();
      expect(text).not.toContain('ECONNREFUSED');
      return [response.status, (JSON.parse(text) as { error?: { code: string } }).error?.code];
    };
    expect(await ask('/v1/chat/completions', json(PROMPT, as(USER.key)))).toEqual([200, undefined]);
    expect(await ask('/circuits/main%2Fm/open', { method: 'POST', headers: as(ADMIN.key) })).toEqual([
      503,
      'audit_unavailable',
    ]);
    expect((await hub.circuits.list()).map(({ held }) => held)).toEqual([undefined, undefined]);
    expect(await ask('/audit', { headers: as(ADMIN.key) })).toEqual([503, 'audit_unavailable']);
    expect(await ask('/audit/verify', { headers: as(ADMIN.key) })).toEqual([503, 'audit_unavailable']);
    expect(hub.audit.report()).toMatchObject({ state: 'away', lost: 0 });
    isAway = false;
    await hub.close();
    expect(hub.audit.report()).toMatchObject({ lost: 0 });
    const requests = (await kept.after(0, 100)).filter(({ kind }) => kind === 'request');
    expect(requests.map(({ code }) => code)).toEqual([
      null,
      'audit_unavailable',
      'audit_unavailable',
      'audit_unavailable',
    ]);
  });
});
