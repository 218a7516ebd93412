import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';

import { createTransport, isNexusError, NexusError, type Transport, UpstreamBody } from 'nexusai-hub/provider-kit';
import { MockAgent } from 'undici';
import { afterEach, describe, expect, it, vi } from 'vitest';

import { rowOf } from '../../src/errors.ts';
import { decoded } from '../../src/provider-kit/decoded-body.ts';
import { Line } from '../../src/provider-kit/line.ts';
import { type AnswerScript, gate, type UpstreamScript } from '../../src/testing/answer-script.ts';
import { manualClock } from '../../src/testing/manual-clock.ts';
import { scriptedFetch } from '../../src/testing/scripted-fetch.ts';
import { type ScriptedUpstream, scriptedUpstream } from '../../src/testing/scripted-upstream.ts';
import { connectProxyTo } from './connect-proxy.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function upstreamWith(script: UpstreamScript = { sends: ['ok'] }): Promise<ScriptedUpstream> {
  const upstream = await scriptedUpstream(script);
  closers.push(() => upstream.close());
  return upstream;
}

function transportTo(baseUrl: string, options: object = {}): Transport {
  const transport = createTransport({ baseUrl, ...options });
  closers.push(() => transport.close());
  return transport;
}

const never = (): AbortSignal => new AbortController().signal;

async function post(transport: Transport, signal: AbortSignal = never(), path = '/x'): Promise<string> {
  const { body } = await transport.post(path, { body: '{"a":1}', signal });
  return new TextDecoder().decode(await body.bytes(1e9));
}

/** As `post`; undici takes a connection back one turn of the loop after its answer. */
async function postThenRest(transport: Transport): Promise<string> {
  const text = await post(transport);
  await new Promise((resolve) => setImmediate(resolve));
  return text;
}

async function errorOf(pending: Promise<unknown>): Promise<NexusError> {
  try {
    await pending;
  } catch (error) {
    if (isNexusError(error)) return error;
    throw error;
  }
  throw new Error('an error was due');
}

describe('requests', () => {
  it('sends the body, our headers and those of the request, and asks for no compression', async () => {
    const upstream = await upstreamWith();
    const transport = transportTo(`${upstream.url}/v1/?version=2`, { headers: { 'X-Fixed': 'a' } });
    const bytes = new TextEncoder().encode('xx{"long":true}').subarray(2);
    const { body } = await transport.post('/chat?n=1', { body: bytes, headers: { 'x-own': 'b' }, signal: never() });
    await body.bytes(100);
    const [request] = upstream.requests;
    expect(request).toMatchObject({ method: 'POST', path: '/v1/chat?n=1&version=2' });
    expect(new TextDecoder().decode(request!.body)).toBe('{"long":true}');
    expect(request!.headers).toMatchObject({
      'x-fixed': 'a',
      'x-own': 'b',
      'content-type': 'application/json',
      'accept-encoding': 'identity',
    });
  });

  it('hands on a body byte for byte', async () => {
    const bytes = Uint8Array.from({ length: 1000 }, (_, place) => place % 256);
    const upstream = await upstreamWith({ sends: [bytes], headers: { 'x-a': '1' } });
    const { status, headers, body } = await transportTo(upstream.url).get('/models', { signal: never() });
    expect(status).toBe(200);
    expect(headers['x-a']).toBe('1');
    expect(await body.bytes(1000)).toEqual(Buffer.from(bytes));
    expect(upstream.requests[0]!.method).toBe('GET');
  });

  it('uses one connection again and again', async () => {
    const upstream = await upstreamWith();
    const transport = transportTo(upstream.url);
    for (let count = 0; count < 5; count++) expect(await postThenRest(transport)).toBe('ok');
    expect(upstream.acceptedConnections).toBe(1);
  });

  it('opens no more connections than allowed', async () => {
    const upstream = await upstreamWith();
    const transport = transportTo(upstream.url, { connections: 2 });
    await Promise.all(Array.from({ length: 10 }, () => post(transport)));
    expect(upstream.acceptedConnections).toBe(2);
  });

  it('follows no redirect', async () => {
    const upstream = await upstreamWith({ status: 307, headers: { location: '/elsewhere' } });
    const { status, body } = await transportTo(upstream.url).post('/x', { body: '{}', signal: never() });
    body.cancel();
    expect(status).toBe(307);
    expect(upstream.requests).toHaveLength(1);
  });

  it('tells of bytes as they arrive, whole frames or not', async () => {
    const door = gate();
    const upstream = await upstreamWith({ sends: [': k', door, 'eep\n'] });
    const heartbeat = vi.fn();
    const { body } = await transportTo(upstream.url).post('/x', { body: '{}', signal: never(), heartbeat });
    await body.read();
    expect(heartbeat).toHaveBeenCalledTimes(1);
    door.open();
    await body.read();
    expect(heartbeat).toHaveBeenCalledTimes(2);
  });

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ])('undoes %s that nobody asked for', async (encoding, compress) => {
    const text = '你好 '.repeat(10_000);
    const headers = { 'content-encoding': encoding };
    const upstream = await upstreamWith({ headers, sends: [compress(text)] });
    expect(await post(transportTo(upstream.url))).toBe(text);
  });

  it('S4: a compressed body that was cut is interrupted, never complete', async () => {
    const whole = gzipSync('word '.repeat(1000));
    const upstream = await upstreamWith({ headers: { 'content-encoding': 'gzip' }, sends: [whole.subarray(0, 40)] });
    expect(await errorOf(post(transportTo(upstream.url)))).toMatchObject({ code: 'stream_interrupted' });
  });

  it.each(['constructor', '__proto__', 'zstd', 'gzip, toString', 'toString, gzip', Array(9).fill('gzip').join()])(
    'an encoding nobody can undo is malformed_response, and lets the connection go: %s',
    async (encoding) => {
      const upstream = await upstreamWith({ headers: { 'content-encoding': encoding }, sends: ['x'], then: 'hang' });
      expect(await errorOf(post(transportTo(upstream.url)))).toMatchObject({ code: 'malformed_response' });
      await upstream.requests[0]!.left;
    },
  );

  it('S4: a compressed body that broke before anybody read it is interrupted, and nothing else dies of it', async () => {
    class Broken extends UpstreamBody {
      override read = (): Promise<never> => Promise.reject(new Error('reset'));
      override take = (): undefined => undefined;
      override cancel = (): void => {};
    }
    const body = decoded(new Broken(), 'gzip');
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(await errorOf(body.read())).toMatchObject({ code: 'stream_interrupted' });
  });

  it('bounds what it reads into memory', async () => {
    const upstream = await upstreamWith({ sends: ['x'.repeat(2000)], then: 'hang' });
    const { body } = await transportTo(upstream.url).post('/x', { body: '{}', signal: never() });
    expect(await errorOf(Promise.resolve(body.bytes(1000)))).toMatchObject({ code: 'frame_too_large' });
    await upstream.requests[0]!.left;
  });
});

describe('connections that fail', () => {
  /** Asks twice over one connection, which the second time breaks without an answer `afterMs` of the line's time. */
  async function askedTwice(afterMs: number, third: AnswerScript): Promise<[ScriptedUpstream, Promise<string>]> {
    const clock = manualClock();
    const breaks = { silent: true, sends: [() => clock.advance(afterMs)], then: 'break' } as const;
    const upstream = await upstreamWith([{ sends: ['first'] }, breaks, third]);
    const line = new Line(upstream.url, { baseUrl: upstream.url }, clock);
    closers.push(() => line.close());
    const ask = async (): Promise<string> => {
      const { body } = await line.ask({ method: 'POST', path: '/x', body: '{"a":1}' }, never(), undefined);
      return new TextDecoder().decode(await body.bytes(1e9));
    };
    expect(await ask()).toBe('first');
    await new Promise((resolve) => setImmediate(resolve)); // See `postThenRest`.
    return [upstream, ask()];
  }

  it.each([0, 50])('repeats a request once when its kept connection turns out dead, after %d ms', async (afterMs) => {
    const [upstream, answer] = await askedTwice(afterMs, { sends: ['second'] });
    expect(await answer).toBe('second');
    expect(upstream.requests).toHaveLength(3);
    expect(upstream.acceptedConnections).toBe(2);
  });

  it('repeats it once only', async () => {
    const [upstream, answer] = await askedTwice(0, { silent: true, then: 'break' });
    expect(await errorOf(answer)).toMatchObject({ code: 'provider_unavailable' });
    expect(upstream.requests).toHaveLength(3);
  });

  it.each([51, 200, 60_000])('does not repeat what the server had for %d ms: it may be paid for', async (afterMs) => {
    const [upstream, answer] = await askedTwice(afterMs, { sends: ['paid for twice'] });
    const error = await errorOf(answer);
    expect(error).toMatchObject({ code: 'provider_unavailable' });
    expect(rowOf(error)).toMatchObject({ askAgain: true });
    expect(upstream.requests).toHaveLength(2);
    expect(upstream.acceptedConnections).toBe(1);
  });

  it('does not repeat on a connection that was new: the server may have worked on it', async () => {
    const upstream = await upstreamWith({ silent: true, then: 'break' });
    expect(await errorOf(post(transportTo(upstream.url)))).toMatchObject({ code: 'provider_unavailable' });
    expect(upstream.requests).toHaveLength(1);
  });

  it.each(['break', 'end'] as const)('does not repeat once an answer began (%s)', async (then) => {
    const upstream = await upstreamWith([{ sends: ['first'] }, { sends: ['beg'], then }]);
    const transport = transportTo(upstream.url);
    await postThenRest(transport);
    expect(await errorOf(post(transport))).toMatchObject({ code: 'stream_interrupted' });
    expect(upstream.requests).toHaveLength(2);
  });

  it('a refused connection is provider_unavailable, without the host in its message', async () => {
    const upstream = await scriptedUpstream();
    await upstream.close();
    const error = await errorOf(post(transportTo(upstream.url)));
    expect(error).toMatchObject({ code: 'provider_unavailable', message: expect.stringContaining('refused') });
    expect(error.message).not.toContain('127.0.0.1');
    expect(error.cause).toBeInstanceOf(Error);
  });

  it('TLS that does not come about is provider_unavailable', async () => {
    const upstream = await upstreamWith();
    const error = await errorOf(post(transportTo(upstream.url.replace('http:', 'https:'))));
    expect(error).toMatchObject({ code: 'provider_unavailable', message: expect.stringContaining('TLS') });
  });

  it('an unknown host is provider_unavailable', async () => {
    const error = await errorOf(post(transportTo('http://nowhere.invalid')));
    expect(error).toMatchObject({ code: 'provider_unavailable', message: expect.stringContaining('DNS') });
  });
});

describe('cancelling', () => {
  const reason = new NexusError('cancelled', 'the caller left');

  it('C3: closes the connection while there is no answer yet', async () => {
    const upstream = await upstreamWith({ holdHead: new Promise(() => {}) });
    const abort = new AbortController();
    const pending = errorOf(post(transportTo(upstream.url), abort.signal));
    const request = await upstream.nextRequest();
    abort.abort(reason);
    expect(await pending).toBe(reason);
    await request.left;
  });

  it('C1: closes the connection in the middle of a body', async () => {
    const upstream = await upstreamWith({ sends: ['some'], then: 'hang' });
    const abort = new AbortController();
    const { body } = await transportTo(upstream.url).post('/x', { body: '{}', signal: abort.signal });
    await body.read();
    const pending = errorOf(body.read());
    abort.abort(reason);
    expect(await pending).toBe(reason);
    await upstream.requests[0]!.left;
  });

  it('drops what is held and not read', async () => {
    const upstream = await upstreamWith({ sends: ['some', 'more'], then: 'hang' });
    const abort = new AbortController();
    const { body } = await transportTo(upstream.url).post('/x', { body: '{}', signal: abort.signal });
    await body.read();
    abort.abort(reason);
    expect(await errorOf(body.read())).toBe(reason);
  });

  it('does not even connect when it is too late already', async () => {
    const upstream = await upstreamWith();
    expect(await errorOf(post(transportTo(upstream.url), AbortSignal.abort(reason)))).toBe(reason);
    expect(upstream.acceptedConnections).toBe(0);
  });

  it('drops a request that still waits for a connection', async () => {
    const upstream = await upstreamWith({ holdHead: new Promise(() => {}) });
    const transport = transportTo(upstream.url, { connections: 1 });
    const first = new AbortController();
    const second = new AbortController();
    const pending = [errorOf(post(transport, first.signal)), errorOf(post(transport, second.signal))];
    await upstream.nextRequest();
    second.abort(reason);
    expect(await pending[1]).toBe(reason);
    upstream.play({ sends: ['ok'] });
    first.abort(reason);
    await pending[0];
    expect(await post(transport)).toBe('ok');
    expect(upstream.requests).toHaveLength(2);
  });

  it('leaves no listener on the signal when the answer is over', async () => {
    const upstream = await upstreamWith();
    const { signal } = new AbortController();
    const added = vi.spyOn(signal, 'addEventListener');
    const removed = vi.spyOn(signal, 'removeEventListener');
    await post(transportTo(upstream.url), signal);
    expect(added.mock.calls.length).toBeGreaterThan(0);
    expect(removed.mock.calls.length).toBeGreaterThanOrEqual(added.mock.calls.length);
  });

  it('closing drops what still runs', async () => {
    const upstream = await upstreamWith({ holdHead: new Promise(() => {}) });
    const transport = createTransport({ baseUrl: upstream.url });
    const pending = errorOf(post(transport));
    await upstream.nextRequest();
    await transport.close();
    expect(await pending).toMatchObject({ code: 'provider_unavailable' });
    await upstream.idle();
  });
});

describe('other ways to travel', () => {
  it('an undici dispatcher of the user, which stays open', async () => {
    const agent = new MockAgent();
    agent.disableNetConnect();
    agent.get('http://server.test').intercept({ path: '/v1/x', method: 'POST' }).reply(201, 'mocked').times(2);
    const transport = createTransport({ baseUrl: 'http://server.test/v1', dispatcher: agent });
    expect(await post(transport)).toBe('mocked');
    await transport.close();
    expect(await post(transport)).toBe('mocked');
    await agent.close();
  });

  it('a fetch of the user: bytes, faults and cancelling', async () => {
    const faults = [{ sends: ['a', 'b'] }, { silent: true, then: 'break' }, { sends: ['a'], then: 'break' }] as const;
    const { fetch } = scriptedFetch([...faults]);
    const transport = transportTo('http://server.test', { fetch });
    expect(await post(transport)).toBe('ab');
    expect(await errorOf(post(transport))).toMatchObject({ code: 'provider_unavailable' });
    expect(await errorOf(post(transport))).toMatchObject({ code: 'stream_interrupted' });
  });

  it('C1, C3: a fetch of the user is cancelled before and after its head', async () => {
    const reason = new NexusError('cancelled', 'the caller left');
    for (const script of [{ holdHead: new Promise(() => {}) }, { sends: ['a'], then: 'hang' as const }]) {
      const scripted = scriptedFetch(script);
      const abort = new AbortController();
      const pending = errorOf(post(transportTo('http://server.test', { fetch: scripted.fetch }), abort.signal));
      const request = await scripted.nextRequest();
      abort.abort(reason);
      expect(await pending).toBe(reason);
      await request.left;
    }
  });

  it('C1: a fetch that does not heed the signal is cancelled all the same', async () => {
    const reason = new NexusError('cancelled', 'the caller left');
    const scripted = scriptedFetch({ sends: ['a'], then: 'hang' });
    const deaf: typeof fetch = (input, init) => scripted.fetch(input, { ...init, signal: null });
    const abort = new AbortController();
    const transport = transportTo('http://server.test', { fetch: deaf });
    const { body } = await transport.post('/x', { body: '{}', signal: abort.signal });
    await body.read();
    const pending = errorOf(body.read());
    abort.abort(reason);
    expect(await pending).toBe(reason);
    expect(await errorOf(body.read())).toBe(reason);
  });

  it('goes through the proxy the environment names, and past it where NO_PROXY says so', async () => {
    const upstream = await upstreamWith();
    const { url: proxyUrl, asked, close } = await connectProxyTo(Number(new URL(upstream.url).port));
    closers.push(close);
    for (const name of ['http_proxy', 'https_proxy', 'HTTPS_PROXY', 'no_proxy', 'NO_PROXY']) vi.stubEnv(name, '');
    vi.stubEnv('http_proxy', undefined);
    vi.stubEnv('HTTP_PROXY', proxyUrl);

    expect(await post(transportTo('http://server.test'))).toBe('ok');
    expect(asked).toEqual(['server.test:80']);
    vi.stubEnv('no_proxy', '127.0.0.1');
    expect(await post(transportTo(upstream.url))).toBe('ok');
    expect(await post(transportTo(upstream.url, { proxy: false }))).toBe('ok');
    expect(asked).toHaveLength(1);
    expect(await post(transportTo('http://other.test', { proxy: proxyUrl }))).toBe('ok');
    expect(asked).toEqual(['server.test:80', 'other.test:80']);
  });
});
