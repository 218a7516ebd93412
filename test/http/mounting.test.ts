import { createServer } from 'node:http';

import express5 from 'express';
import express4 from 'express4';
import Fastify from 'fastify';
import { NexusHub } from 'nexusai-hub';
import { nexusExpress } from 'nexusai-hub/adapters/express';
import { nexusFastify } from 'nexusai-hub/adapters/fastify';
import { nexusNode } from 'nexusai-hub/adapters/node';
import { createFetch } from 'nexusai-hub/http';
import { scriptedProvider } from 'nexusai-hub/testing';
import { afterEach, describe, expect, it } from 'vitest';

import { json, overSocket, type Served } from './transports.ts';

const CHAT = '/v1/chat/completions';
const GOOD = { model: 'm', messages: [{ role: 'user', content: 'Hello' }] };
const hub = new NexusHub({ providers: { main: scriptedProvider({ says: 'Hi' }, { models: ['m'] }) } });

let served: Served;
afterEach(() => served.close());

async function post(path: string, body: unknown = GOOD): Promise<[status: number, text: string]> {
  const response = await served.fetch(`${served.url}${path}`, json(body));
  return [response.status, await response.text()];
}

describe.each([
  ['5', express5],
  ['4', express4],
])('Express %s', (_name, express) => {
  it('takes the body as a parser before it left it', async () => {
    served = await overSocket(
      express()
        .use(express.json({ limit: '40mb' }))
        .use(nexusExpress(hub)),
    );
    expect((await post(CHAT))[0]).toBe(200);
    expect((await post(CHAT, { ...GOOD, messages: [null] }))[0]).toBe(400);
    expect((await post(CHAT, { ...GOOD, stream: true }))[1]).toContain('data: [DONE]');
  });

  it.each(['text', 'raw'] as const)('takes what express.%s() left', async (parser) => {
    served = await overSocket(
      express()
        .use(express[parser]({ type: '*/*' }))
        .use(nexusExpress(hub)),
    );
    expect((await post(CHAT))[0]).toBe(200);
    expect((await post(CHAT, '{"model"'))[0]).toBe(400);
  });

  it('leaves the body of other paths to whoever comes after it', async () => {
    const app = express().use(nexusExpress(hub), express.json());
    app.post('/other', (request, response) => {
      response.json(request.body);
    });
    served = await overSocket(app);
    expect((await post(CHAT))[0]).toBe(200);
    expect(await post('/other', { a: 1 })).toEqual([200, '{"a":1}']);
    expect((await post('/nowhere'))[0]).toBe(404);
  });

  it('stands under a path, beside routes of the application', async () => {
    const app = express();
    app.get('/ai/own', (_request, response) => {
      response.send('own');
    });
    app.use('/ai', nexusExpress(hub));
    served = await overSocket(app);
    expect((await post(`/ai${CHAT}`))[0]).toBe(200);
    expect((await post(CHAT))[0]).toBe(404);
    expect(await (await served.fetch(`${served.url}/ai/own`)).text()).toBe('own');
  });

  it('answers one who asks for the type of a body nobody read', async () => {
    served = await overSocket(express().use(express.json()).use(nexusExpress(hub)));
    const response = await served.fetch(`${served.url}${CHAT}`, {
      method: 'POST',
      body: new URLSearchParams({ a: 'b' }),
    });
    expect(response.status).toBe(415);
  });
});

describe('Fastify', () => {
  it('stands under a prefix, keeps hooks and their headers, and leaves other routes and parsers alone', async () => {
    const app = Fastify({ forceCloseConnections: true });
    app.addHook('onRequest', async (request, reply) => {
      reply.header('x-application', 'mine');
      if (request.headers['x-blocked'] !== undefined) await reply.code(403).send('blocked');
    });
    app.post('/own', (request) => request.body);
    await app.register(nexusFastify, { hub, prefix: '/ai', logLevel: 'warn' });
    const url = await app.listen({ port: 0, host: '127.0.0.1' });
    served = { url, fetch, close: () => app.close() };

    const response = await fetch(`${url}/ai${CHAT}`, json(GOOD));
    expect([response.status, response.headers.get('x-application')]).toEqual([200, 'mine']);
    expect((await response.json()) as object).toMatchObject({ object: 'chat.completion' });
    expect((await fetch(`${url}/ai${CHAT}`, json(GOOD, { 'x-blocked': 'yes' }))).status).toBe(403);
    expect(await post('/own', { a: 1 })).toEqual([200, '{"a":1}']);
    expect((await post(CHAT))[0]).toBe(404);
    expect((await post('/ai/v1/nothing'))[0]).toBe(404);
  });
});

describe('Fastify beside routes of the application', () => {
  it('register rejects where one has the same path', async () => {
    const app = Fastify();
    app.get('/healthz', () => 'own');
    await expect(app.register(nexusFastify, { hub })).rejects.toThrow(
      /\/healthz.*already declared|already declared.*\/healthz/,
    );
    served = { url: '', fetch, close: () => app.close() };
  });

  it('register rejects wrong options', async () => {
    const app = Fastify();
    served = { url: '', fetch, close: () => app.close() };
    await expect(app.register(nexusFastify, { hub, bodyLimitBytes: 0 })).rejects.toThrow(/bodyLimitBytes/);
  });

  it('stands at the root without their paths, when told so', async () => {
    const app = Fastify({ forceCloseConnections: true });
    app.get('/healthz', () => 'own');
    app.get('/models', () => 'own');
    app.get('/models/:id', () => 'own');
    await app.register(nexusFastify, { hub, health: false, unversioned: false });
    const url = await app.listen({ port: 0, host: '127.0.0.1' });
    served = { url, fetch, close: () => app.close() };
    for (const path of ['/healthz', '/models', '/models/m'])
      expect(await (await fetch(`${url}${path}`)).text()).toBe('own');
    expect((await fetch(`${url}/v1/models/m`)).status).toBe(200);
    expect((await post(CHAT))[0]).toBe(200);
    expect((await post('/chat/completions'))[0]).toBe(404);
    expect((await fetch(`${url}/readyz`)).status).toBe(404);
  });
});

describe('Node', () => {
  it('passes on the paths it is told to leave', async () => {
    const middleware = nexusNode(hub, { health: false, unversioned: false });
    served = await overSocket((request, response) => {
      middleware(request, response, () => response.end('next'));
    });
    const textOf = async (path: string): Promise<string> => (await served.fetch(`${served.url}${path}`)).text();
    for (const path of ['/healthz', '/readyz', '/models', '/models/m', '/chat/completions', '/responses'])
      expect([path, await textOf(path)]).toEqual([path, 'next']);
    expect(await textOf('/v1/models/m')).toContain('"id":"m"');
  });

  it('names the paths there are to who asks for another', async () => {
    served = await overSocket((request, response) => {
      nexusNode(hub, { prefix: '/ai', health: false })(request, response);
    });
    const [, text] = await post('/ai/v1/chat/completion');
    expect(text).toContain('/ai/v1/chat/completions, /ai/v1/embeddings, ');
    expect(text).toContain('/ai/v1/models/*');
    expect(text).not.toMatch(/healthz|[ ]\/chat/);
  });

  it('stands under a prefix, and answers what is beside it', async () => {
    served = await overSocket(createServerListener());
    expect((await post(`/ai${CHAT}`))[0]).toBe(200);
    for (const path of [CHAT, '/aix/v1/models', '/ai', '/', '/ai/v1/models/'])
      expect([path, ...(await post(path))]).toEqual([path, 404, expect.stringContaining('path_unknown')]);
  });

  it('passes on what is not its own where there is a next', async () => {
    const middleware = nexusNode(hub);
    served = await overSocket((request, response) => {
      middleware(request, response, () => response.end('next'));
    });
    expect(await post('/other')).toEqual([200, 'next']);
    expect((await post(CHAT))[0]).toBe(200);
  });

  it('takes paths in their absolute form', async () => {
    served = await overSocket(createServer(nexusNode(hub)).listeners('request')[0] as never);
    const { get } = await import('node:http');
    const { hostname, port } = new URL(served.url);
    const status = await new Promise((resolve) => {
      get({ hostname, port, path: 'http://hub.example/v1/models?a=b', agent: false }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
    });
    expect(status).toBe(200);
  });
});

describe('fetch', () => {
  it('stands under a prefix and takes requests in every form', async () => {
    const handle = createFetch(hub, { prefix: '/api/ai/' });
    served = { url: 'http://app', fetch: handle, close: () => Promise.resolve() };
    const body = JSON.stringify(GOOD);
    const url = `http://app/api/ai${CHAT}`;
    const headers = { 'content-type': 'application/json' };
    const forms: (readonly [string | URL | Request, RequestInit?])[] = [
      [url, { method: 'post', headers, body }],
      [new URL(url), { method: 'POST', headers: Object.entries(headers), body: Buffer.from(body) }],
      [new Request(url, { method: 'POST', headers, body })],
      [new Request(url, { headers }), { method: 'POST', body }],
      [url, { method: 'POST', headers, body: new Blob([body]) }],
      [url, { method: 'POST', headers, body: new Response(body).body, duplex: 'half' }],
    ];
    for (const [place, form] of forms.entries()) expect([place, (await handle(...form)).status]).toEqual([place, 200]);
    expect((await handle(`http://app${CHAT}`, { method: 'POST', headers, body })).status).toBe(404);
  });
});

it.each<[object, RegExp]>([
  [{ prefix: 'ai' }, /prefix/],
  [{ bodyLimitBytes: 0 }, /bodyLimitBytes/],
  [{ keepAliveMs: 3e9 }, /keepAliveMs/],
  [{ cors: ['app.example.com'] }, /cors/],
  [{ stalled: 1 }, /stalled/],
])('wrong options are told at once: %o', (options, message) => {
  served = { url: '', fetch, close: () => Promise.resolve() };
  expect(() => nexusNode(hub, options)).toThrow(TypeError);
  expect(() => nexusNode(hub, options)).toThrow(message);
});

function createServerListener(): ReturnType<typeof nexusNode> {
  const handler = nexusNode(hub, { prefix: '/ai' });
  return (request, response) => {
    handler(request, response);
  };
}
