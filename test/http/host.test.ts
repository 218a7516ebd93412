import { NexusHub } from 'nexusai-hub';
import { createFetch } from 'nexusai-hub/http';
import { scriptedProvider } from 'nexusai-hub/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type Served, SOCKETS } from './transports.ts';
import { wireTo } from './wire.ts';

const hub = new NexusHub({ providers: { main: scriptedProvider({ says: 'Hi' }, { models: ['m'] }) } });

const LOOPBACK = ['localhost', 'LOCALHOST:8001', '127.0.0.1', '127.0.0.1:8001', '127.8.9.10:1', '[::1]', '[::1]:8001'];
const ELSEWHERE = [
  'evil.example',
  'evil.example:8001',
  'localhost.evil.example',
  '127.0.0.1.evil.example',
  'evil.example/localhost',
  'user@evil.example',
  '128.0.0.1',
  '0.0.0.0',
  '[::2]:8001',
  'localhost:8001:evil',
  '',
];

async function answerTo(url: string, host: string, method = 'GET'): Promise<string> {
  const client = await wireTo(url);
  client.send(`${method} /v1/models HTTP/1.1\r\nhost: ${host}\r\norigin: http://${host}\r\nconnection: close\r\n\r\n`);
  return client.closed();
}

describe.each(SOCKETS)('a hub without keys over $name', (transport) => {
  let served: Served;
  beforeAll(async () => {
    served = await transport.serve(hub, { hosts: 'loopback' });
  });
  afterAll(() => served.close());

  it('answers to the names of the machine itself', async () => {
    for (const host of LOOPBACK)
      expect([host, await answerTo(served.url, host)]).toEqual([host, expect.stringMatching(/^HTTP\/1\.1 200 /)]);
  });

  it('refuses a page that has its own name point here, before and after it asks', async () => {
    for (const method of ['GET', 'OPTIONS'])
      for (const host of ELSEWHERE) {
        const answer = await answerTo(served.url, host, method);
        expect([host, answer]).toEqual([host, expect.stringMatching(/^HTTP\/1\.1 403 .*"code":"forbidden"/s)]);
        expect(answer).toMatch(/localhost, 127\.0\.0\.1 and \[::1\] only.*give it keys/);
      }
  });
});

describe('hosts', () => {
  it('may be named, and go by the URL where there is no header', async () => {
    const handle = createFetch(hub, { hosts: ['hub.example', '[fd00::1]'] });
    const statusOf = async (url: string): Promise<number> => (await handle(url)).status;
    expect(await statusOf('https://HUB.example:8443/v1/models')).toBe(200);
    expect(await statusOf('http://[fd00::1]/v1/models')).toBe(200);
    expect(await statusOf('http://hub.example.evil/v1/models')).toBe(403);
    expect(await statusOf('http://localhost/v1/models')).toBe(403);
  });

  it('are any where none are named', async () => {
    expect((await hub.fetch('http://evil.example/v1/models')).status).toBe(200);
  });

  it.each(['hub.example:80', 'http://hub.example', ''])('%j is no name', (host) => {
    expect(() => createFetch(hub, { hosts: [host] })).toThrow(/HTTP options: hosts/);
  });
});
