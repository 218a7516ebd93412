import { NexusHub } from 'nexusai-hub';
import { nexusServer } from 'nexusai-hub/adapters/node';
import { manualClock, type ScriptedProvider, scriptedProvider } from 'nexusai-hub/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type Served, SOCKETS } from './transports.ts';
import { postText, type WireClient, wireTo } from './wire.ts';

const CHAT = '/v1/chat/completions';
const KEY = { authorization: 'Bearer sk-right-key' };
const GOOD = JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'Hello' }] });
const BODY = 'x'.repeat(1_000_000);
const TEN_GB = String(10 * 2 ** 30);

describe.each(SOCKETS)('$name', (transport) => {
  let main: ScriptedProvider;
  let hub: NexusHub;
  let served: Served;
  const clock = manualClock();

  beforeAll(async () => {
    main = scriptedProvider({ says: 'Hi' }, { models: ['m'] });
    hub = new NexusHub({ providers: { main }, keys: [{ name: 'app', key: 'sk-right-key' }] });
    served = await transport.serve(hub, { clock });
  });
  afterAll(async () => {
    await served.close();
    await hub.close({ drainMs: 0 });
  });

  it('refuses 10 GB by the head alone, and then lets the connection go', async () => {
    const client = await wireTo(served.url);
    client.send(postText(CHAT, '', { ...KEY, 'content-length': TEN_GB }));
    const answer = await client.until('}}');
    expect(answer).toMatch(/^HTTP\/1\.1 413 .*"code":"body_too_large"/s);
    await clock.advance(2_000);
    await client.closed();
    expect(main.calls).toHaveLength(0);
  });

  it('refuses 10 GB of a caller it does not know with 401', async () => {
    const client = await wireTo(served.url);
    client.send(postText(CHAT, '', { 'content-length': TEN_GB }));
    expect(await client.until('}}')).toMatch(/^HTTP\/1\.1 401 /);
    client.socket.destroy();
  });

  /** A client that was refused by the head of its request, and has all of the body still to send. */
  async function refused(connection: 'close' | 'keep-alive'): Promise<WireClient> {
    const client = await wireTo(served.url);
    client.send(postText(CHAT, '', { connection, 'content-length': String(BODY.length) }));
    expect(await client.until('}}')).toMatch(/^HTTP\/1\.1 401 /);
    return client;
  }

  it('lets a client it refuses send all before it closes, so that it comes to read why', async () => {
    const client = await refused('close');
    const errors: Error[] = [];
    client.socket.on('error', (error) => errors.push(error));
    // Whatever the server does to the connection on its own, it has done by then.
    for (let count = 0; count < 5; count++) await (await served.fetch(`${served.url}/healthz`)).text();
    expect(client.socket.readableEnded).toBe(false);
    client.send(BODY);
    await client.closed();
    expect(errors).toEqual([]);
  });

  it('leaves a connection to its next request when all of a refused one has come', async () => {
    const client = await refused('keep-alive');
    client.send(BODY + postText(CHAT, GOOD, KEY));
    await client.until('"finish_reason"');
    await clock.advance(2_000);
    client.send(postText('/nothing', GOOD, KEY));
    await client.until('HTTP/1.1 404');
    client.socket.destroy();
  });

  it('stops taking a body of unknown length at the limit, and still tells why', async () => {
    const client = await wireTo(served.url);
    const piece = `100000\r\n${'x'.repeat(0x100000)}\r\n`;
    client.send(
      postText(CHAT, '', { ...KEY, 'transfer-encoding': 'chunked', 'content-length': '' }).replace(
        'content-length: \r\n',
        '',
      ),
    );
    for (let count = 0; count < 40; count++) client.send(piece);
    expect(await client.until('}}')).toMatch(/^HTTP\/1\.1 413 /);
    client.socket.destroy();
  });

  it('takes two requests on one connection', async () => {
    const client = await wireTo(served.url);
    client.send(postText(CHAT, GOOD, KEY));
    await client.until('"finish_reason"');
    client.send(postText('/nothing', GOOD, KEY) + postText(CHAT, GOOD, { ...KEY, connection: 'close' }));
    const answers = (await client.closed()).match(/HTTP\/1\.1 \d{3}/g);
    expect(answers).toEqual(['HTTP/1.1 200', 'HTTP/1.1 404', 'HTTP/1.1 200']);
  });
});

describe('a server of our own', () => {
  let main: ScriptedProvider;
  let hub: NexusHub;
  let url: string;
  const server = (): ReturnType<typeof nexusServer> => nexusServer(hub);
  let running: ReturnType<typeof nexusServer>;

  beforeAll(async () => {
    main = scriptedProvider({ says: 'Hi' }, { models: ['m'] });
    hub = new NexusHub({ providers: { main }, keys: [{ name: 'app', key: 'sk-right-key' }] });
    running = server();
    await new Promise<void>((resolve) => running.listen(0, '127.0.0.1', resolve));
    const address = running.address();
    url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
  });
  afterAll(async () => {
    running.close();
    running.closeAllConnections();
    await hub.close({ drainMs: 0 });
  });

  it('says 100 Continue when the body is wanted', async () => {
    const client = await wireTo(url);
    const [head, body] = postText(CHAT, GOOD, { ...KEY, expect: '100-continue', connection: 'close' }).split(
      '\r\n\r\n',
    );
    client.send(`${head!}\r\n\r\n`);
    expect(await client.until('\r\n\r\n')).toBe('HTTP/1.1 100 Continue\r\n\r\n');
    client.send(body!);
    expect(await client.closed()).toMatch(/100 Continue\r\n\r\nHTTP\/1\.1 200 OK/);
  });

  it.each([
    ['too large', { ...KEY, 'content-length': TEN_GB }, 413],
    ['of an unknown caller', { 'content-length': '100' }, 401],
    ['of another type', { ...KEY, 'content-type': 'text/plain' }, 415],
    ['for a path that is not there', { ...KEY }, 404],
  ])('does not say 100 Continue for a body %s', async (_name, headers, status) => {
    const client = await wireTo(url);
    client.send(
      postText(status === 404 ? '/nothing' : CHAT, '', { 'content-length': '100', ...headers, expect: '100-continue' }),
    );
    expect(await client.until('}}')).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    client.socket.destroy();
  });

  it.each([
    ['huge headers', `GET / HTTP/1.1\r\nhost: x\r\nx-huge: ${'x'.repeat(100_000)}\r\n\r\n`, 431],
    ['what is no HTTP', 'HELLO\r\n\r\n', 400],
    ['two lengths', `POST ${CHAT} HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n`, 400],
  ])('answers %s in the shape of OpenAI', async (_name, text, status) => {
    const client = await wireTo(url);
    client.send(text);
    const answer = await client.closed();
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(JSON.parse(answer.split('\r\n\r\n')[1]!)).toMatchObject({
      error: { type: 'invalid_request_error', code: 'request_invalid', param: null },
    });
  });

  it('bounds how long a client may take over its head and body', () => {
    expect(running.headersTimeout).toBeLessThanOrEqual(30_000);
    expect(running.requestTimeout).toBeGreaterThan(running.headersTimeout);
    expect(running.requestTimeout).toBeLessThanOrEqual(600_000);
    expect(running.keepAliveTimeout).toBeGreaterThan(60_000);
  });
});
