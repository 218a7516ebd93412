import { NexusHub, type NexusHubOptions } from 'nexusai-hub';
import { demo } from 'nexusai-hub/adapters/demo';
import { completionOf, type Script, type ScriptedProvider, scriptedProvider } from 'nexusai-hub/testing';
import { afterEach, describe, expect, it } from 'vitest';

import { readEvents } from './events.ts';
import { json, type Served, type Transport, TRANSPORTS } from './transports.ts';

const MESSAGES = [{ role: 'user', content: 'Hello' }];
const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

describe.each(TRANSPORTS)('$name', (transport) => {
  it('answers a chat with the completion and tells how it came about', async () => {
    const { served } = await serve(transport, { says: 'Hi 你好', usage: usage(3, 2) });
    const response = await served.fetch(`${served.url}/v1/chat/completions`, json({ model: 'm', messages: MESSAGES }));
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(response.headers.get('x-request-id')).toMatch(/^req_[\da-f-]{36}$/);
    expect(response.headers.get('x-nexus-conversation-id')).toBeTruthy();
    expect(response.headers.get('x-nexus-provider')).toBe('main');
    expect(response.headers.get('x-nexus-attempts')).toBe('1');
    expect(Number(response.headers.get('x-nexus-overhead-ms'))).toBeGreaterThanOrEqual(0);
    expect(await response.json()).toEqual(completionOf('Hi 你好', 'm', usage(3, 2)));
  });

  it('S12: streams events that follow the grammar, with [DONE] last', async () => {
    const { served } = await serve(transport, { says: 'Hi 你好' });
    const response = await served.fetch(
      `${served.url}/v1/chat/completions`,
      json({ model: 'm', messages: MESSAGES, stream: true }),
    );
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('no-cache, no-store, no-transform');
    expect(response.headers.get('x-accel-buffering')).toBe('no');
    expect(response.headers.get('x-nexus-provider')).toBe('main');
    expect(response.headers.get('content-encoding')).toBeNull();
    expect(readEvents(await response.text())).toMatchObject({ text: 'Hi 你好', done: true, error: undefined });
  });

  it('answers under the path without a version too', async () => {
    const { served } = await serve(transport, { says: 'Hi' });
    for (const path of ['/chat/completions', '/chat/completions?api-version=1', '/v1/chat/completions?x#y']) {
      const response = await served.fetch(`${served.url}${path}`, json({ model: 'm', messages: MESSAGES }));
      expect([path, response.status]).toEqual([path, 200]);
    }
  });

  it('S8, S9: the usage of a stream is recorded always and shown when asked for', async () => {
    const { served, hub } = await serve(transport, { says: 'Hi', usage: usage(3, 2) });
    const ask = async (more: object): Promise<ReturnType<typeof readEvents>> => {
      const body = { model: 'm', messages: MESSAGES, stream: true, ...more };
      return readEvents(await (await served.fetch(`${served.url}/v1/chat/completions`, json(body))).text());
    };
    const hidden = await ask({});
    expect(hidden.chunks.filter((chunk) => chunk.usage)).toEqual([]);
    const shown = await ask({ stream_options: { include_usage: true } });
    expect(shown.chunks.at(-1)).toMatchObject({ choices: [], usage: { total_tokens: 5 } });
    expect(hub.stats.now().tokens.total).toBe(10);
  });

  it('passes embeddings through, base64 too', async () => {
    const hub = new NexusHub({ providers: { demo: demo() } });
    const served = await serveHub(transport, hub);
    const body = { model: 'demo', input: ['one', 'two'], encoding_format: 'base64' };
    const response = await served.fetch(`${served.url}/v1/embeddings`, json(body));
    expect(response.status).toBe(200);
    const answer = (await response.json()) as { object: string; data: { embedding: string }[] };
    expect(answer.object).toBe('list');
    expect(answer.data.map(({ embedding }) => typeof embedding)).toEqual(['string', 'string']);
  });

  it('lists models, and one of them, also with slashes in its name', async () => {
    const { served } = await serve(transport, { says: 'Hi' }, { models: { m: 'main', 'org/model:1': 'main' } });
    const list = (await (await served.fetch(`${served.url}/v1/models`)).json()) as {
      object: string;
      data: { id: string }[];
    };
    expect(list.object).toBe('list');
    expect(list.data.map(({ id }) => id).sort()).toEqual(['m', 'org/model:1']);
    for (const path of ['/v1/models/org/model:1', '/v1/models/org%2Fmodel%3A1', '/models/m']) {
      const response = await served.fetch(`${served.url}${path}`);
      expect([path, response.status]).toEqual([path, 200]);
      expect(await response.json()).toMatchObject({ object: 'model', owned_by: 'main' });
    }
    const missing = await served.fetch(`${served.url}/v1/models/nothing`);
    expect(missing.status).toBe(404);
    expect(await missing.json()).toMatchObject({ error: { code: 'model_not_found', param: 'model' } });
  });

  it('answers HEAD like GET without a body, and OPTIONS with the methods', async () => {
    const { served } = await serve(transport, { says: 'Hi' });
    for (const path of ['/v1/models', '/healthz', '/readyz']) {
      const response = await served.fetch(`${served.url}${path}`, { method: 'HEAD' });
      expect([path, response.status, await response.text()]).toEqual([path, 200, '']);
    }
    const options = await served.fetch(`${served.url}/v1/chat/completions`, { method: 'OPTIONS' });
    expect([options.status, options.headers.get('allow')]).toEqual([204, 'POST, OPTIONS']);
    expect(options.headers.get('access-control-allow-origin')).toBeNull();
  });

  it('D1: is alive but not ready once the hub closes, and refuses new requests', async () => {
    const { served, hub } = await serve(transport, { says: 'Hi' });
    const statusOf = async (path: string): Promise<number> => (await served.fetch(`${served.url}${path}`)).status;
    expect([await statusOf('/healthz'), await statusOf('/readyz')]).toEqual([200, 200]);
    await hub.close();
    expect([await statusOf('/healthz'), await statusOf('/readyz')]).toEqual([200, 503]);
    const refused = await served.fetch(`${served.url}/v1/chat/completions`, json({ model: 'm', messages: MESSAGES }));
    expect(refused.status).toBe(503);
    expect(await refused.json()).toMatchObject({ error: { code: 'closing' } });
  });

  it('keeps a plain request id and conversation id of the caller, and makes its own for others', async () => {
    const { served, main } = await serve(transport, { says: 'Hi' });
    const ask = (headers: Record<string, string>): Promise<Response> =>
      served.fetch(`${served.url}/v1/chat/completions`, json({ model: 'm', messages: MESSAGES }, headers));
    const kept = await ask({ 'x-request-id': 'mine-1', 'x-nexus-conversation-id': 'talk-1' });
    expect(kept.headers.get('x-request-id')).toBe('mine-1');
    expect(kept.headers.get('x-nexus-conversation-id')).toBe('talk-1');
    expect(main.calls[0]?.context.requestId).toBe('mine-1');
    const replaced = await ask({ 'x-request-id': 'x'.repeat(129) });
    expect(replaced.headers.get('x-request-id')).toMatch(/^req_/);
    const refused = await ask({ 'x-nexus-conversation-id': 'with blank' });
    expect([refused.status, await refused.json()]).toMatchObject([
      400,
      { error: { param: 'x-nexus-conversation-id' } },
    ]);
  });

  it.each([
    ['authorization', 'Bearer sk-right-key'],
    ['authorization', 'bearer  sk-right-key '],
    ['api-key', 'sk-right-key'],
    ['x-api-key', 'sk-right-key'],
  ])('knows a caller by %s: %s', async (name, value) => {
    const { served } = await serve(transport, { says: 'Hi' }, { keys: [{ name: 'app', key: 'sk-right-key' }] });
    const request = json({ model: 'm', messages: MESSAGES }, { [name]: value });
    const response = await served.fetch(`${served.url}/v1/chat/completions`, request);
    expect(response.status).toBe(200);
    await response.text();
  });

  it('an error before the answer has its own status, body and headers', async () => {
    const failing: Script = { first: [{ throws: 'provider_unavailable' }], then: { says: 'never' } };
    const { served, main } = await serve(transport, failing, { routing: { maxAttempts: 1 } });
    const request = json({ model: 'm', messages: MESSAGES, stream: true });
    const response = await served.fetch(`${served.url}/v1/chat/completions`, request);
    expect(response.status).toBe(502);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(response.headers.get('x-should-retry')).toBe('false');
    expect(response.headers.get('x-nexus-provider')).toBe('main');
    expect(response.headers.get('x-request-id')).toBe(main.calls[0]?.context.requestId);
    expect(await response.json()).toMatchObject({ error: { type: 'upstream_error', code: 'provider_unavailable' } });
  });

  it('tells when to come back, in whole seconds and in milliseconds', async () => {
    const keys = [{ name: 'app', key: 'sk-right-key', requestsPerMinute: 1 }];
    const { served } = await serve(transport, { says: 'Hi' }, { keys });
    const request = json({ model: 'm', messages: MESSAGES }, { authorization: 'Bearer sk-right-key' });
    await (await served.fetch(`${served.url}/v1/chat/completions`, request)).text();
    const response = await served.fetch(`${served.url}/v1/chat/completions`, request);
    const [seconds, ms] = ['retry-after', 'retry-after-ms'].map((name) => Number(response.headers.get(name)));
    expect(response.status).toBe(429);
    expect(ms).toBeGreaterThan(50_000);
    expect(ms).toBeLessThanOrEqual(60_000);
    expect(seconds).toBe(Math.ceil(ms! / 1000));
    // The hub has not repeated anything: whether to do so is the client's to decide.
    expect(response.headers.get('x-should-retry')).toBeNull();
    expect(await response.json()).toMatchObject({ error: { code: 'rate_limit_exceeded' } });
  });
});

async function serve(
  transport: Transport,
  script: Script,
  options: Partial<NexusHubOptions> = {},
): Promise<{ served: Served; hub: NexusHub; main: ScriptedProvider }> {
  const main = scriptedProvider(script);
  const hub = new NexusHub({ providers: { main }, models: { m: 'main' }, ...options });
  return { served: await serveHub(transport, hub), hub, main };
}

async function serveHub(transport: Transport, hub: NexusHub): Promise<Served> {
  const served = await transport.serve(hub);
  closing.push(
    () => served.close(),
    () => hub.close({ drainMs: 0 }),
  );
  return served;
}

function usage(
  prompt: number,
  completion: number,
): { prompt_tokens: number; completion_tokens: number; total_tokens: number } {
  return { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion };
}
