import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';

import { afterEach, expect, it } from 'vitest';

import { builtPrograms } from '../built-programs.ts';

const programOf = builtPrograms({ server: new URL('flooded-server.ts', import.meta.url) });

const BODY = Buffer.from(
  JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'x'.repeat(4 * 1024 * 1024) }] }),
);
const SMALL = Buffer.from(JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'Hello' }] }));
const REQUESTS = 100;

const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

async function start(...flags: string[]): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, ['--max-old-space-size=96', programOf('server'), ...flags], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  children.push(child);
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, url: line.toString().trim() };
}

/** A process that ran out of memory ends by a signal, and has no exit code. */
function lives({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null;
}

/** The status of the answer; 0 where there was none. What becomes of the connection after the answer does not matter. */
function statusOf(url: string, body: Buffer, agent: Agent): Promise<number> {
  return new Promise((resolve) => {
    const headers = { 'content-type': 'application/json', 'content-length': body.length };
    const asking = request(`${url}/v1/chat/completions`, { method: 'POST', headers, agent });
    asking.on('response', (response) => {
      resolve(response.statusCode ?? 0);
      response.resume();
    });
    asking.on('error', () => {
      resolve(0);
    });
    asking.end(body);
  });
}

it('a server with a small heap survives a flood of large bodies, with 503s, and answers afterwards', async () => {
  const { child, url } = await start();
  const agent = new Agent({ keepAlive: false });
  const statuses: number[] = [];
  const asking = Array.from({ length: REQUESTS }, async () => statuses.push(await statusOf(url, BODY, agent)));
  // All but those the provider holds have their answer then.
  while (statuses.filter((status) => status === 503).length < REQUESTS / 2 && lives(child))
    await new Promise(setImmediate);
  expect(lives(child)).toBe(true);
  expect(await (await fetch(`${url}/healthz`)).json()).toEqual({ status: 'ok' });
  child.kill('SIGUSR2');
  await Promise.all(asking);
  const counts = (wanted: number): number => statuses.filter((status) => status === wanted).length;
  expect(lives(child)).toBe(true);
  expect(counts(200)).toBeGreaterThan(1);
  expect(counts(503)).toBeGreaterThan(REQUESTS / 2);
  expect(counts(200) + counts(503)).toBe(REQUESTS);

  // It recovers as soon as the garbage is gone; whoever is turned away comes again.
  let after = 0;
  for (let tries = 0; after !== 200 && tries < 10_000; tries++) after = await statusOf(url, SMALL, agent);
  expect(after).toBe(200);
  expect(await statusOf(url, BODY, agent)).toBe(200);
}, 60_000);

it('the same flood ends a server that takes everybody: the test can fail', async () => {
  const { child, url } = await start('--no-shedding');
  const agent = new Agent({ keepAlive: false });
  const exit = once(child, 'exit');
  for (let number = 0; number < REQUESTS; number++) void statusOf(url, BODY, agent);
  const [code, signal] = (await exit) as [number | null, string | null];
  expect([code, signal]).not.toEqual([0, null]);
}, 60_000);
