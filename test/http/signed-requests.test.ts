import { once } from 'node:events';
import { createServer } from 'node:http';

import express from 'express';
import fc from 'fast-check';
import { NexusHub } from 'nexusai-hub';
import { nexusExpress } from 'nexusai-hub/adapters/express';
import { nexusNode } from 'nexusai-hub/adapters/node';
import { signingFetch, signRequest } from 'nexusai-hub/client';
import { scriptedProvider } from 'nexusai-hub/testing';
import OpenAI from 'openai';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { json, overSocket, type Served, TRANSPORTS } from './transports.ts';

const CHAT = '/v1/chat/completions';
const BODY = { model: 'm', messages: [{ role: 'user' as const, content: 'Hello' }] };
const SIGNER = { name: 'signer', key: 'CANARY-a-key-that-is-long-enough-to-sign' };
const EITHER = { name: 'either', key: 'CANARY-another-key-that-is-long-enough' };

/** What was signed, to be sent as often and changed as much as one likes. */
interface Sent {
  readonly url: string;
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body: Buffer | undefined;
}

async function sentBy(signer: typeof SIGNER, url: string, init?: RequestInit): Promise<Sent> {
  const request = await signRequest(signer, url, init);
  const body = request.body === null ? undefined : Buffer.from(await request.arrayBuffer());
  return { url: request.url, method: request.method, headers: Object.fromEntries(request.headers), body };
}

let hub: NexusHub;
let callers: (string | undefined)[];
const provider = scriptedProvider({ says: 'Hi' }, { models: ['m'] });

beforeEach(() => {
  callers = [];
  hub = new NexusHub({
    providers: { main: provider },
    keys: [{ ...SIGNER, signature: 'required' }, EITHER],
    tokenCounter: { count: () => Promise.resolve({ tokens: 1, exact: false }) },
    statsSinks: [{ record: ({ callerId }) => callers.push(callerId) }],
  });
});
afterEach(() => hub.close({ drainMs: 0 }));

function asked(): number {
  return provider.calls.length;
}

describe.each(TRANSPORTS)('$name', (transport) => {
  let served: Served;
  beforeEach(async () => {
    served = await transport.serve(hub);
  });
  afterEach(() => served.close());

  const send = async ({ url, ...init }: Sent): Promise<{ status: number; text: string }> => {
    const response = await served.fetch(url, init as RequestInit);
    return { status: response.status, text: await response.text() };
  };

  it('takes what is signed, once, and only as it was signed', async () => {
    const sent = await sentBy(SIGNER, served.url + CHAT, json(BODY));
    const before = asked();
    const changed = { ...sent, body: Buffer.from(String(sent.body).replace('Hello', 'Jello')) };
    const elsewhere = await sentBy(SIGNER, `${served.url}/v1/embeddings`, json(BODY));
    expect(await send({ ...elsewhere, url: served.url + CHAT })).toMatchObject({ status: 401 });
    expect(asked()).toBe(before);

    expect(await send(sent)).toMatchObject({ status: 200, text: expect.stringContaining('Hi') });
    expect(await send(sent)).toMatchObject({ status: 401, text: expect.stringContaining('nonce was seen before') });
    expect(await send(changed)).toMatchObject({ status: 401 });
    expect(asked()).toBe(before + 1);
    expect(callers).toEqual(['signer']);
  });

  it('says that the body differs, or is not signed', async () => {
    const sent = await sentBy(SIGNER, served.url + CHAT, json(BODY));
    const changed = { ...sent, body: Buffer.from(String(sent.body).replace('Hello', 'Jello')) };
    expect(await send(changed)).toMatchObject({ status: 401, text: expect.stringContaining('content-digest tells') });
    const bare = await sentBy(SIGNER, served.url + CHAT, { method: 'POST' });
    expect(await send({ ...bare, body: Buffer.from(JSON.stringify(BODY)) })).toMatchObject({ status: 401 });
  });

  it('asks for a signature where the key must sign, and takes either where it may', async () => {
    const bearer = async ({ key }: typeof SIGNER): Promise<Response> =>
      served.fetch(`${served.url}/v1/models`, { headers: { authorization: `Bearer ${key}` } });
    const refused = await bearer(SIGNER);
    const text = await refused.text();
    expect([refused.status, text]).toEqual([401, expect.stringContaining('takes signed requests only')]);
    expect(text).not.toContain('CANARY');
    expect((await bearer(EITHER)).status).toBe(200);
    expect((await send(await sentBy(EITHER, `${served.url}/v1/models?x=1`))).status).toBe(200);
    expect((await send(await sentBy(SIGNER, `${served.url}/v1/models`))).status).toBe(200);
  });

  it('serves the OpenAI SDK with a fetch that signs, whole and streamed', async () => {
    const fetch = signingFetch(SIGNER, (request) => served.fetch(request));
    const client = new OpenAI({ baseURL: `${served.url}/v1`, apiKey: SIGNER.key, fetch, maxRetries: 0 });
    const whole = await client.chat.completions.create(BODY);
    expect(whole.choices[0]?.message.content).toBe('Hi');
    let said = '';
    for await (const chunk of await client.chat.completions.create({ ...BODY, stream: true }))
      said += chunk.choices[0]?.delta.content ?? '';
    expect(said).toBe('Hi');
  });
});

it('any other body than the signed one is refused', async () => {
  const change = fc.record({ at: fc.nat(), put: fc.nat({ max: 255 }), cut: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(change, async ({ at, put, cut }) => {
      const sent = await sentBy(SIGNER, `http://hub.example${CHAT}`, json(BODY));
      const body = Buffer.from(sent.body ?? '');
      const place = at % body.length;
      fc.pre(cut || body[place] !== put);
      body[place] = put;
      const init = { ...sent, body: cut ? body.subarray(0, place) : body };
      expect((await hub.fetch(sent.url, init)).status).toBe(401);
    }),
    { numRuns: 100 },
  );
});

it('digests long bodies, too', async () => {
  const long = { ...BODY, messages: [{ role: 'user', content: 'x'.repeat(1_000_000) }] };
  const { url, ...init } = await sentBy(SIGNER, `http://hub.example${CHAT}`, json(long));
  expect((await hub.fetch(url, { ...init, body: String(init.body).replace('xx', 'xy') })).status).toBe(401);
  expect((await hub.fetch(await signRequest(SIGNER, url, json(long)))).status).toBe(200);
});

it('goes by the path that was asked for, wherever it is mounted', async () => {
  const app = express().use('/ai', nexusExpress(hub));
  const server = createServer(nexusNode(hub, { prefix: '/ai' }));
  const mounted = await overSocket(app);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  for (const url of [mounted.url, `http://127.0.0.1:${port}`]) {
    const response = await fetch(await signRequest(SIGNER, `${url}/ai${CHAT}`, json(BODY)));
    expect([url, response.status, await response.text()]).toEqual([url, 200, expect.stringContaining('Hi')]);
  }
  await mounted.close();
  server.close();
  server.closeAllConnections();
});

it('tells whoever runs the hub that a body was parsed before it', async () => {
  const served = await overSocket(express().use(express.json()).use(nexusExpress(hub)));
  const response = await fetch(await signRequest(SIGNER, served.url + CHAT, json(BODY)));
  expect([response.status, await response.text()]).toEqual([400, expect.stringContaining('Mount the hub before')]);
  await served.close();
});

it('refuses at construction a key that could not sign what it has to', () => {
  const make = (key: object): NexusHub =>
    new NexusHub({ providers: { main: provider }, keys: [{ ...SIGNER, signature: 'required', ...key }] });
  expect(() => make({ key: 'CANARY-short' })).toThrow(
    /^NexusHub options: keys\[0\]\.key: expected 32 characters to sign/,
  );
  expect(() => make({ name: '杭州' })).toThrow(/^NexusHub options: keys\[0\]\.name: expected printable ASCII/);
});

it('a signature counts as a key where a web page sends a form', async () => {
  const form = new FormData();
  form.append('model', 'm');
  const init = { method: 'POST', body: form, headers: { origin: 'https://page.example' } };
  const url = 'http://hub.example/v1/audio/transcriptions';
  const response = await hub.fetch(await signRequest(SIGNER, url, init));
  expect(await response.text()).not.toContain('must come with a key');
  expect(response.status).not.toBe(401);
});
