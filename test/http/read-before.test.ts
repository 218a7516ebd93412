import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { PassThrough, Readable } from 'node:stream';

import express5 from 'express';
import express4 from 'express4';
import { NexusHub } from 'nexusai-hub';
import { nexusExpress } from 'nexusai-hub/adapters/express';
import { nexusNode } from 'nexusai-hub/adapters/node';
import { scriptedProvider } from 'nexusai-hub/testing';
import { describe, expect, it } from 'vitest';

import { systemClock } from '../../src/defaults/clock.ts';
import { NodeExchange } from '../../src/http/node-exchange.ts';
import { json, overSocket, type Served } from './transports.ts';
import { postText, wireTo } from './wire.ts';

const CHAT = '/v1/chat/completions';
const GOOD = { model: 'm', messages: [{ role: 'user', content: 'Hello' }] };
const hub = new NexusHub({ providers: { main: scriptedProvider({ says: 'Hi' }, { models: ['m'] }) } });
const TOLD: unknown = {
  error: expect.objectContaining({
    code: 'request_invalid',
    message: expect.stringContaining('already read by something before the hub') as string,
  }) as object,
};

async function answer({ url, fetch, close }: Served): Promise<[status: number, body: unknown]> {
  try {
    const response = await fetch(`${url}${CHAT}`, json(GOOD));
    return [response.status, await response.json()];
  } finally {
    await close();
  }
}

async function readWhole(request: IncomingMessage): Promise<void> {
  for await (const _piece of request);
}

describe('a body that a middleware has read and kept is told', () => {
  it('over Node', async () => {
    const handler = nexusNode(hub);
    const listener = (request: IncomingMessage, response: ServerResponse): void => {
      void readWhole(request).then(() => {
        handler(request, response);
      });
    };
    expect(await answer(await overSocket(listener))).toEqual([400, TOLD]);
  });

  it('over Node, when it was only begun', async () => {
    const handler = nexusNode(hub);
    const listener = (request: IncomingMessage, response: ServerResponse): void => {
      request.once('data', () => {
        request.pause();
        handler(request, response);
      });
    };
    expect(await answer(await overSocket(listener))).toEqual([400, TOLD]);
  });

  it.each([
    ['5', express5],
    ['4', express4],
  ])('over Express %s', async (_name, express) => {
    const app = express()
      .use((request, _response, next) => {
        void readWhole(request).then(() => {
          next();
        });
      })
      .use(nexusExpress(hub));
    expect(await answer(await overSocket(app))).toEqual([400, TOLD]);
  });

  it('in process', async () => {
    const url = `http://hub${CHAT}`;
    const used = new Request(url, json(GOOD));
    await used.json();
    const begun = new Request(url, json(GOOD));
    await begun.body!.getReader().read();
    const locked = new Response(JSON.stringify(GOOD)).body!;
    locked.getReader();
    const stream = Readable.from([JSON.stringify(GOOD)]);
    for await (const _piece of stream);
    const init = { ...json(GOOD), duplex: 'half' } as const;
    const answers = [
      await hub.fetch(used),
      await hub.fetch(used, { headers: { 'x-request-id': 'a' } }),
      await hub.fetch(begun),
      await hub.fetch(url, { ...init, body: locked }),
      await hub.fetch(url, { ...init, body: stream }),
    ];
    for (const [place, response] of answers.entries())
      expect([place, response.status, await response.json()]).toEqual([place, 400, TOLD]);
    expect((await hub.fetch(used, { body: JSON.stringify(GOOD) })).status).toBe(200);
  });
});

it('C3: a body whose client left before anybody asked for it is not waited for', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
  // Of the first body everything has come, of the second only a part.
  for (const length of [10, 100]) {
    const arriving = once(server, 'request');
    const client = await wireTo(url);
    client.send(postText(CHAT, '0123456789', { 'content-length': String(length) }));
    const [request, response] = (await arriving) as [IncomingMessage, ServerResponse];
    const exchange = new NodeExchange(
      request,
      response,
      { path: CHAT, query: '' },
      { clock: systemClock, stalledMs: 300_000 },
    );
    client.socket.resetAndDestroy();
    await new Promise((resolve) => request.once('close', resolve));
    await expect(exchange.body(1_000)).rejects.toMatchObject({ code: 'cancelled' });
  }
  server.close();
});

describe('requests of other classes', () => {
  const headers = new Map([['content-type', 'application/json']]);
  const url = `http://hub${CHAT}`;

  it.each<[string, () => object]>([
    ['undici', () => new Response(JSON.stringify(GOOD)).body!],
    ['node-fetch', () => Readable.from([Buffer.from(JSON.stringify(GOOD))]).pipe(new PassThrough())],
  ])('of the shape of %s are taken', async (_name, body) => {
    const foreign = { url, method: 'POST', headers, body: body(), signal: null } as unknown as Request;
    expect((await hub.fetch(foreign)).status).toBe(200);
  });

  it('of the npm package undici are taken, with and without more', async () => {
    const { Request: Foreign } = await import('undici');
    const foreign = (): Request => {
      const made: unknown = new Foreign(url, { ...json(GOOD), body: JSON.stringify(GOOD) } as object);
      return made as Request;
    };
    expect((await hub.fetch(foreign())).status).toBe(200);
    const named = await hub.fetch(foreign(), {
      headers: { 'content-type': 'application/json', 'x-request-id': 'mine' },
    });
    expect([named.status, named.headers.get('x-request-id')]).toEqual([200, 'mine']);
    const controller = new AbortController();
    controller.abort(new Error('gone'));
    await expect(hub.fetch(foreign(), { signal: controller.signal })).rejects.toThrow('gone');
  });
});
