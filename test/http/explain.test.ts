import { afterEach, describe, expect, it } from 'vitest';
import { NexusHub } from 'nexusai-hub';
import { scriptedProvider } from 'nexusai-hub/testing';
import { json, type Served, TRANSPORTS } from './transports.ts';

const ADMIN = { authorization: 'Bearer sk-ops-canary' };
const USER = { authorization: 'Bearer sk-app-canary' };
const CHAT = { model: 'm', stream: true, messages: [{ role: 'user', content: 'a canary in a prompt' }] };
const open: { hub: NexusHub; served: Served }[] = [];

afterEach(async () => {
  for (const { hub, served } of open.splice(0)) {
    await served.close();
    await hub.close();
  }
});

describe.each(TRANSPORTS)('POST /explain over $name', ({ serve }) => {
  async function serving(
    keys = true,
  ): Promise<{ ask: (path: string, init: RequestInit) => Promise<[number, unknown]> }> {
    const asked: unknown[] = [];
    const provider = {
      ...scriptedProvider({ says: '' }),
      open: (request: unknown) => {
        asked.push(request);
        return Promise.reject(new Error('not to be asked'));
      },
    };
    const hub = new NexusHub({
      providers: { a: provider, b: provider },
      models: {
        m: [
          { provider: 'a', model: 'large' },
          { provider: 'b', weight: 0 },
        ],
      },
      ...(keys
        ? {
            keys: [
              { name: 'ops', key: 'sk-ops-canary', role: 'admin' },
              { name: 'app', key: 'sk-app-canary' },
            ],
          }
        : {}),
    });
    const served = await serve(hub);
    open.push({ hub, served });
    return {
      ask: async (path, init) => {
        const response = await served.fetch(served.url + path, init);
        expect(asked).toEqual([]);
        return [response.status, await response.json()];
      },
    };
  }

  it('tells an admin where a request would go, and repeats none of it', async () => {
    const { ask } = await serving();
    const [status, body] = await ask('/explain', json(CHAT, ADMIN));
    expect([status, body]).toMatchObject([
      200,
      {
        object: 'explanation',
        model: 'm',
        operation: 'chat',
        streamed: true,
        caller: 'ops',
        first: 'a/large',
        refusal: null,
        candidates: [
          { target: 'a/large', verdict: 'asked_first', circuit: 'closed', tier: 1, weight: 1 },
          { target: 'b/m', verdict: 'backs_up', weight: 0 },
        ],
      },
    ]);
    expect(JSON.stringify(body)).not.toContain('canary');
  });

  it('tells why it would be refused, also of other operations', async () => {
    const { ask } = await serving();
    const [status, body] = await ask('/explain?operation=embeddings', json({ model: 'm', input: 'x' }, ADMIN));
    expect([status, body]).toMatchObject([200, { first: null, refusal: { code: 'operation_unsupported' } }]);
    expect((await ask('/explain?operation=dance', json(CHAT, ADMIN)))[0]).toBe(400);
    expect((await ask('/explain', json({ model: 'm', messages: [null] }, ADMIN)))[0]).toBe(400);
  });

  it('tells nobody else', async () => {
    const { ask } = await serving();
    expect((await ask('/explain', json(CHAT, USER)))[0]).toBe(403);
    expect((await ask('/explain', json(CHAT)))[0]).toBe(401);
    const { ask: anybody } = await serving(false);
    expect((await anybody('/explain', json(CHAT)))[0]).toBe(403);
  });
});
