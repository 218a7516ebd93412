import { createServer, type Server } from 'node:net';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { buildPrograms, type ProcessName } from '../../bench/build.ts';
import type { Bundle } from '../../bench/bundle.ts';
import { HttpBench, QUICK } from '../../bench/http-scenarios.ts';
import { type LoadOrder, runLoad } from '../../bench/load.ts';
import { Processes } from '../../bench/processes.ts';
import { eventsOf, modelOf, tagOf } from '../../bench/wire.ts';

const LIMIT_MS = 5_000;

describe('the processes of a run', () => {
  let programs: Bundle<ProcessName>;
  beforeAll(async () => {
    programs = await buildPrograms();
  });
  afterAll(() => programs.remove());

  it('start, answer the load through both gateways without a fault, and end', async () => {
    const processes = new Processes(programs);
    const told: string[] = [];
    const bench = await HttpBench.start(processes, { ...QUICK, rounds: 1, forMs: 50 }, (line) => told.push(line));
    const rows = [...(await bench.run('plain')), ...(await bench.run('stream'))];
    const worker = processes.start('mock-provider', 'others');
    await worker.ask('port', null);
    await processes.stopAll();
    expect(rows.map(({ failed = 0 }) => failed)).toEqual([0, 0, 0, 0, 0]);
    for (const { baseline, ours } of rows) {
      expect(baseline).toBeGreaterThan(0);
      expect(ours).toBeGreaterThan(0);
    }
    // Both scenarios are asked of the same two, warmed up once.
    const inTurn = ['  tried', '  round 1 of 1'];
    expect(told).toEqual(['  warmed up', ...inTurn, ...inTurn, ...inTurn]);
    await expect(worker.ask('port', null)).rejects.toThrow();
  }, 20_000);

  it.each([true, false])('give the usage in a stream only to whoever asks for it: %s', async (asked) => {
    const processes = new Processes(programs);
    const port = await processes.start('mock-provider', 'others').ask('port', null);
    const body = JSON.stringify({ model: 'stream-3-1', stream: true, stream_options: { include_usage: asked } });
    const response = await fetch(`http://127.0.0.1:${port}/v1/chat/completions`, { method: 'POST', body });
    const text = await response.text();
    await processes.stopAll();
    expect(text.includes('"usage"')).toBe(asked);
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
  });

  it('say why a question has no answer: the verb is unknown, or the process is gone', async () => {
    const processes = new Processes(programs);
    const worker = processes.start('bare-proxy', 'measured', ['http://127.0.0.1:9']);
    await expect(worker.ask('micro', { forMs: 1 })).rejects.toThrow('does not know "micro"');
    const slow = processes.start('load-generator', 'others');
    const pending = expect(slow.ask('usage', null)).rejects.toThrow('has ended');
    await processes.stopAll();
    await pending;
    expect(() => processes.start('bare-proxy', 'measured')).toThrow('over');
  }, 20_000);
});

describe('the load generator', () => {
  const shape = { pieces: 3, paceMs: 0 };
  const order: Omit<LoadOrder, 'port'> = {
    model: modelOf(shape),
    connections: 2,
    promptBytes: 0,
    forMs: undefined,
    spreadMs: 0,
    limitMs: LIMIT_MS,
  };
  const body = eventsOf(tagOf(0), shape.pieces, false).join('');
  const head = (length: number): string => `HTTP/1.1 200 OK\r\ncontent-length: ${length}\r\n\r\n`;

  it.each([
    ['a whole answer', head(body.length) + body, 'stays', undefined],
    ['a cut one', head(body.length) + body.slice(0, 200), 'leaves', 'closed in the middle'],
    ['one that hangs', head(body.length) + body.slice(0, 200), 'stays', 'not complete within 200 ms'],
    ['one without its end mark', head(body.length - 14) + body.slice(0, -14), 'stays', 'no end mark'],
    ['a refusal', 'HTTP/1.1 503 Full\r\ncontent-length: 4\r\n\r\nfull', 'stays', 'The status is 503: full'],
    ['no HTTP', 'hello\r\n\r\n', 'stays', 'not HTTP/1.1'],
  ])('counts %s for what it is', async (_what, bytes, then, failure) => {
    const { server, port } = await listening(bytes, then === 'leaves');
    const limitMs = failure?.includes('200 ms') ? 200 : LIMIT_MS;
    const result = await runLoad({ ...order, port, limitMs });
    await new Promise((resolve) => server.close(resolve));
    expect(result.answers).toBe(failure === undefined ? 2 : 0);
    expect(result.failed).toBe(failure === undefined ? 0 : 2);
    if (failure !== undefined) expect(result.firstFailure).toContain(failure);
  });

  it.each([undefined, 0])('asks once on every connection, however little time there is: %s', async (forMs) => {
    const { server, port } = await listening(head(body.length) + body, false);
    const result = await runLoad({ ...order, port, connections: 5, forMs });
    await new Promise((resolve) => server.close(resolve));
    expect(result).toMatchObject({ answers: 5, failed: 0 });
  });

  it('ends in time, also while connections are still to come', async () => {
    const { server, port } = await listening(head(body.length) + body, false);
    const result = await runLoad({ ...order, port, connections: 20, forMs: 60_000, spreadMs: 400, limitMs: 100 });
    await new Promise((resolve) => server.close(resolve));
    expect(result.seconds).toBeLessThan(20);
  });

  it('counts a server that is not there', async () => {
    const { server, port } = await listening('', true);
    await new Promise((resolve) => server.close(resolve));
    expect(await runLoad({ ...order, port })).toMatchObject({ answers: 0, failed: 2 });
  });
});

/** A server that gives this answer to whoever sends something, and leaves after it if told so. */
async function listening(bytes: string, leaves: boolean): Promise<{ server: Server; port: number }> {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.once('data', () => {
      if (leaves) socket.end(bytes);
      else socket.write(bytes);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server does not listen on a port.');
  return { server, port: address.port };
}
