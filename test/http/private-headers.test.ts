import { memoryLedger, NexusHub } from 'nexusai-hub';
import { hubPathsOf } from 'nexusai-hub/http';
import { scriptedProvider } from 'nexusai-hub/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { json, type Served, TRANSPORTS } from './transports.ts';
import { wireTo } from './wire.ts';

const ADMIN = { authorization: 'Bearer sk-ops-canary' };
const KEYS = [{ name: 'ops', key: 'sk-ops-canary', role: 'admin' as const }];
const CHAT = { model: 'm', messages: [{ role: 'user', content: 'Hello' }] };

describe.each(TRANSPORTS)('$name', (transport) => {
  let hub: NexusHub;
  let served: Served;

  beforeAll(async () => {
    const main = scriptedProvider({ says: 'Hi' }, { models: ['m'] });
    hub = new NexusHub({ providers: { main }, keys: KEYS, ledger: memoryLedger() });
    served = await transport.serve(hub);
  });
  afterAll(async () => {
    await served.close();
    await hub.close({ drainMs: 0 });
  });

  const isPrivate = (response: Response): boolean =>
    response.headers.get('x-content-type-options') === 'nosniff' &&
    /\bno-store\b/.test(response.headers.get('cache-control') ?? '');

  it.each([
    ['an answer', '/v1/chat/completions', json(CHAT, ADMIN)],
    ['a stream', '/v1/chat/completions', json({ ...CHAT, stream: true }, ADMIN)],
    ['an error', '/v1/chat/completions', json(CHAT)],
    ['a path that is not there', '/v1/nothing', { headers: ADMIN }],
    ['an export', '/export/stats', { headers: ADMIN }],
    ['statistics', '/stats', { headers: ADMIN }],
    ['models', '/v1/models', { headers: ADMIN }],
  ])('%s is kept by nobody, and taken for nothing else', async (_name, path, init) => {
    const response = await served.fetch(`${served.url}${path}`, init);
    // Express has a page of its own for what is nobody's.
    if (path === '/v1/nothing' && !response.headers.get('x-request-id')) return;
    expect(isPrivate(response)).toBe(true);
    await response.text();
  });

  it('so is whatever any path answers to GET and to POST', async () => {
    for (const path of hubPathsOf({}).filter((one) => one !== '/stats/live'))
      for (const method of ['GET', 'POST']) {
        const response = await served.fetch(`${served.url}${path}`, { method, headers: ADMIN });
        expect([path, method, isPrivate(response)]).toEqual([path, method, true]);
        await response.text();
      }
  });

  it('an id of a caller comes back only where it fits into a header', async () => {
    const ask = async (id: string): Promise<Response> =>
      served.fetch(`${served.url}/healthz`, { headers: { 'x-request-id': id } });
    expect((await ask('mine:1')).headers.get('x-request-id')).toBe('mine:1');
    for (const id of ['a b', 'a\tset-cookie: b', '\u00e9', 'a'.repeat(129), 'a\u0085b'])
      expect((await ask(id)).headers.get('x-request-id')).toMatch(/^req_[\da-f-]{36}$/);
    const named = { ...ADMIN, 'x-nexus-conversation-id': 'a b' };
    expect((await served.fetch(`${served.url}/v1/chat/completions`, json(CHAT, named))).status).toBe(400);
  });
});

describe('the server of our own', () => {
  it('says nothing of what it is made of, also to what is no valid HTTP, and no id can split its answer', async () => {
    const hub = new NexusHub({ providers: { main: scriptedProvider({ says: 'Hi' }) } });
    const node = TRANSPORTS.find(({ name }) => name === 'Node')!;
    const served = await node.serve(hub);
    const response = await served.fetch(`${served.url}/healthz`);
    expect([...response.headers.keys()].filter((name) => /^(?:x-powered-by|server|via)$/.test(name))).toEqual([]);
    await response.text();
    for (const id of ['a\rset-cookie: b=c', 'a\nset-cookie: b=c', 'a\r\nset-cookie: b=c', 'a\0b']) {
      const wire = await wireTo(served.url);
      wire.send(`GET /healthz HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\nx-request-id: ${id}\r\n\r\n`);
      const [head = ''] = (await wire.closed()).split('\r\n\r\n');
      expect(head).toMatch(/^HTTP\/1\.1 (?:400|200) /);
      expect(head).toContain('x-content-type-options: nosniff');
      expect(head).not.toMatch(/^set-cookie/im);
    }
    await served.close();
    await hub.close();
  });
});
