import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';

import { NexusHub } from 'nexusai-hub';
import { type ScriptedProvider, scriptedProvider } from 'nexusai-hub/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { json as jsonRequest, type Served, TRANSPORTS } from './transports.ts';

const CHAT = '/v1/chat/completions';
const KEY = 'sk-right-key';
const AUTHORIZED = { authorization: `Bearer ${KEY}` };
const LIMIT = 100_000;
const LONG_NAME = 'CANARY-'.repeat(1000);
const GOOD = { model: 'm', messages: [{ role: 'user', content: 'CANARY-PROMPT' }] };

const NO_KEY = { code: 'invalid_api_key' };

/** Requests nobody should send, and what they get. */
const BAD: readonly (readonly [name: string, path: string, init: RequestInit, status: number, error: object])[] = [
  ['malformed JSON', CHAT, json('{"model":"m","messages":[{"role":"user","content":"CANARY-PROMPT"'), 400, invalid()],
  ['an empty body', CHAT, json(''), 400, invalid()],
  ['JSON that is no object', CHAT, json('[1]'), 400, invalid()],
  ['a body that is not UTF-8', CHAT, { ...json(''), body: Buffer.from([0x7b, 0xff, 0x7d]) }, 400, invalid()],
  ['20,000 levels', CHAT, json(`{"model":"m","messages":${'['.repeat(20_000)}${']'.repeat(20_000)}}`), 400, invalid()],
  ['messages: [null]', CHAT, json({ model: 'm', messages: [null] }), 400, invalid('messages[0]')],
  ['no messages', CHAT, json({ model: 'm' }), 400, invalid('messages')],
  ['no model', CHAT, json({ messages: GOOD.messages }), 400, invalid('model')],
  ['a very long model', CHAT, json({ ...GOOD, model: LONG_NAME }), 400, invalid('model')],
  ['a very long model to embed', '/v1/embeddings', json({ model: LONG_NAME, input: 'x' }), 400, invalid('model')],
  ['a very long model elsewhere', '/v1/completions', json({ model: LONG_NAME, prompt: 'x' }), 400, invalid('model')],
  ['a member of the wrong type', CHAT, json({ ...GOOD, temperature: 'hot' }), 400, invalid('temperature')],
  ['stream as text', CHAT, json({ ...GOOD, stream: 'yes' }), 400, invalid('stream')],
  ['embeddings without input', '/v1/embeddings', json({ model: 'm' }), 400, invalid('input')],
  ['an unknown model', CHAT, json({ ...GOOD, model: 'other' }), 404, { code: 'model_not_found', param: 'model' }],
  ['GET of a POST path', CHAT, { method: 'GET', headers: AUTHORIZED }, 405, { code: 'method_not_allowed' }],
  ['DELETE of a POST path', CHAT, { method: 'DELETE', headers: AUTHORIZED }, 405, { code: 'method_not_allowed' }],
  ['POST of a GET path', '/v1/models', json({}), 405, { code: 'method_not_allowed' }],
  ['a form', CHAT, typed('application/x-www-form-urlencoded'), 415, { code: 'media_type_unsupported' }],
  ['plain text', CHAT, typed('text/plain;charset=UTF-8'), 415, { code: 'media_type_unsupported' }],
  ['a type that is no type', CHAT, typed('nonsense'), 415, { code: 'media_type_unsupported' }],
  ['an unknown packing', CHAT, packed('compress', Buffer.from('x')), 415, { code: 'media_type_unsupported' }],
  ['a broken gzip', CHAT, packed('gzip', Buffer.from('no gzip')), 400, invalid()],
  ['a gzip bomb', CHAT, packed('gzip', gzipSync(Buffer.alloc(64 << 20))), 413, { code: 'body_too_large' }],
  ['a brotli bomb', CHAT, packed('br', brotliCompressSync(Buffer.alloc(16 << 20))), 413, { code: 'body_too_large' }],
  ['a gzip bomb of an unknown caller', CHAT, stranger(packed('gzip', gzipSync(Buffer.alloc(64 << 20)))), 401, NO_KEY],
  ['what is no gzip of an unknown caller', CHAT, stranger(packed('gzip', Buffer.from('no'))), 401, NO_KEY],
  ['a large body', CHAT, json({ ...GOOD, more: 'x'.repeat(LIMIT) }), 413, { code: 'body_too_large' }],
  ['no key', CHAT, jsonRequest(GOOD), 401, { code: 'invalid_api_key' }],
  ['a wrong key', CHAT, jsonRequest(GOOD, { authorization: 'Bearer sk-CANARY-KEY' }), 401, { code: 'invalid_api_key' }],
  [
    'a key of another scheme',
    CHAT,
    jsonRequest(GOOD, { authorization: `Basic ${KEY}` }),
    401,
    { code: 'invalid_api_key' },
  ],
  ['no key for the models', '/v1/models', { headers: {} }, 401, { code: 'invalid_api_key' }],
];

describe.each(TRANSPORTS)('$name refuses', (transport) => {
  let main: ScriptedProvider;
  let hub: NexusHub;
  let served: Served;

  beforeAll(async () => {
    main = scriptedProvider({ says: 'Hi' }, { models: ['m'] });
    hub = new NexusHub({ providers: { main }, keys: [{ name: 'app', key: KEY }] });
    served = await transport.serve(hub, { bodyLimitBytes: LIMIT });
  });
  afterAll(async () => {
    await served.close();
    await hub.close({ drainMs: 0 });
  });

  it.each(BAD)('%s', async (_name, path, init, status, error) => {
    const response = await served.fetch(`${served.url}${path}`, init);
    const text = await response.text();
    expect([response.status, text]).toEqual([status, expect.any(String)]);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(response.headers.get('x-request-id')).toMatch(/^req_/);
    expect(JSON.parse(text)).toEqual({
      error: { message: expect.any(String), type: expect.any(String), param: null, ...error, code: expect.any(String) },
    });
    expect(JSON.parse(text)).toMatchObject({ error });
    expect(text).not.toMatch(/CANARY|at .*\.ts:/);
    expect(main.calls).toHaveLength(0);
    if (status === 401) expect(response.headers.get('www-authenticate')).toMatch(/^Bearer/);
    if (status === 405) expect(response.headers.get('allow')).toMatch(/OPTIONS$/);
  });

  it('but takes gzip, deflate, brotli, and JSON under other names', async () => {
    const bytes = Buffer.from(JSON.stringify(GOOD));
    const good = [
      packed('gzip', gzipSync(bytes)),
      packed('x-gzip', gzipSync(bytes)),
      packed('deflate', deflateSync(bytes)),
      packed('BR', brotliCompressSync(bytes)),
      packed('identity', bytes),
      typed('application/json; charset=utf-8'),
      typed('APPLICATION/vnd.api+json'),
    ];
    for (const [place, init] of good.entries()) {
      const response = await served.fetch(`${served.url}${CHAT}`, init);
      expect([place, response.status]).toEqual([place, 200]);
      expect(JSON.parse(await response.text())).toMatchObject({ object: 'chat.completion' });
    }
    expect(main.calls.map(({ request }) => request.messages)).toEqual(good.map(() => GOOD.messages));
  });

  it('a body without a type only from pages', async () => {
    const bytes = Buffer.from(JSON.stringify(GOOD));
    const statusOf = async (headers: Record<string, string>): Promise<number> => {
      const response = await served.fetch(`${served.url}${CHAT}`, {
        method: 'POST',
        headers: { ...AUTHORIZED, ...headers },
        body: bytes,
      });
      await response.text();
      return response.status;
    };
    expect(await statusOf({})).toBe(200);
    expect(await statusOf({ origin: 'https://elsewhere.example' })).toBe(415);
  });
});

/** A JSON request with the right key. */
function json(body: unknown): RequestInit {
  return jsonRequest(body, AUTHORIZED);
}

/** The same request, without its key. */
function stranger({ headers, ...init }: RequestInit): RequestInit {
  const { authorization: _key, ...others } = Object.fromEntries(new Headers(headers));
  return { ...init, headers: others };
}

function typed(type: string): RequestInit {
  return { method: 'POST', headers: { ...AUTHORIZED, 'content-type': type }, body: JSON.stringify(GOOD) };
}

function packed(encoding: string, body: Uint8Array<ArrayBuffer>): RequestInit {
  const headers = { ...AUTHORIZED, 'content-type': 'application/json', 'content-encoding': encoding };
  return { method: 'POST', headers, body };
}

function invalid(param: string | null = null): object {
  return { type: 'invalid_request_error', code: 'request_invalid', param };
}
