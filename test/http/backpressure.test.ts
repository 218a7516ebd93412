import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { type ClientRequest, createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { NexusHub } from 'nexusai-hub';
import { openaiCompatible } from 'nexusai-hub/adapters/openai-compatible';
import { type ManualClock, manualClock, scriptedProvider } from 'nexusai-hub/testing';
import { afterEach, describe, expect, it } from 'vitest';

import { json, type Served, TRANSPORTS } from './transports.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const MIB = 1024 * 1024;
/** Over Node as much as it takes to be sure, over the others enough to tell. */
const offeredOver = (transport: string): number => (transport === 'Node' ? 96 : 64) * MIB;
/** What the kernel may hold on two connections of loopback, and a little for the hub. */
const ON_THE_WAY = 32 * MIB;

const closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const event = (delta: object, finish: string | null = null): string =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;

/** What is offered, and asked for: the same piece again and again, so that only what is on the way takes memory. */
const KINDS = [
  {
    kind: 'chat',
    path: '/v1/chat/completions',
    body: { model: 'm', messages: [{ role: 'user', content: 'Hello' }], stream: true },
    type: 'text/event-stream',
    first: event({ role: 'assistant', content: 'x' }),
    piece: event({ content: '言'.repeat(20_000) }),
    last: `${event({}, 'stop')}data: [DONE]\n\n`,
  },
  {
    kind: 'speech',
    path: '/v1/audio/speech',
    body: { model: 'm', input: 'Hello', voice: 'alloy' },
    type: 'audio/mpeg',
    first: 'ID3',
    piece: Buffer.alloc(64 * 1024, 'sound'),
    last: 'end',
  },
] as const;

interface Upstream {
  readonly url: string;
  /** Bytes the kernel took of it so far. */
  readonly written: number;
  /** Resolves when its caller has left. */
  readonly left: Promise<unknown>;
  readonly sha256: string;
}

/** A server that offers as much as there is, as quickly as it is taken. */
async function generous({ type, first, piece, last }: (typeof KINDS)[number], offered: number): Promise<Upstream> {
  const bytes = Buffer.from(piece);
  const count = Math.ceil(offered / bytes.length);
  let socket: Socket | undefined;
  let leave = (): void => undefined;
  const left = new Promise<void>((resolve) => (leave = resolve));
  const offer = async (_request: IncomingMessage, response: ServerResponse): Promise<void> => {
    socket = response.socket ?? undefined;
    response.on('close', leave);
    response.writeHead(200, { 'content-type': type });
    response.write(first);
    for (let number = 0; number < count && !response.destroyed; number++)
      if (!response.write(bytes)) await Promise.race([once(response, 'drain'), left]);
    response.end(last);
  };
  const server = createServer((asked, response) => {
    asked.resume();
    void offer(asked, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const hash = createHash('sha256').update(first);
  for (let number = 0; number < count; number++) hash.update(bytes);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    left,
    get written() {
      return (socket?.bytesWritten ?? 0) - (socket?.writableLength ?? 0);
    },
    sha256: hash.update(last).digest('hex'),
  };
}

/** A client that takes the head of the answer and nothing more until it is told to. */
async function lazyClient(served: Served, { path, body }: (typeof KINDS)[number]): Promise<() => Promise<string>> {
  const sha256 = async (pieces: AsyncIterable<Uint8Array>): Promise<string> => {
    const hash = createHash('sha256');
    for await (const piece of pieces) hash.update(piece);
    return hash.digest('hex');
  };
  if (served.url === 'http://hub') {
    const { body: stream } = await served.fetch(served.url + path, json(body));
    return () => sha256(stream!);
  }
  const asking = request(served.url + path, { method: 'POST', headers: { 'content-type': 'application/json' } });
  asking.end(JSON.stringify(body));
  const [response] = (await once(asking, 'response')) as [IncomingMessage];
  response.pause();
  closing.unshift(async () => response.destroy());
  return () => sha256(response);
}

/** Nothing tells that all has come to a stop but that nothing goes on for many rounds of the loop. */
async function stalled(upstream: Upstream): Promise<void> {
  for (let [quiet, before] = [0, -1]; quiet < 500; quiet = upstream.written === before ? quiet + 1 : 0) {
    before = upstream.written;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function memoryInUse(): Promise<number> {
  // What a collection sets free of buffers is given back after it.
  for (let round = 0; round < 3; round++) {
    collectGarbage();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

describe('W3: a client that does not take a whole answer', () => {
  const says = 'x'.repeat(24 * MIB);
  const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };

  /** A client whose answer lies in the hub for the most part. */
  async function waitingClient(): Promise<{ asking: ClientRequest; response: IncomingMessage; clock: ManualClock }> {
    const clock = manualClock();
    const hub = new NexusHub({ providers: { main: scriptedProvider({ says, usage }) }, clock });
    const served = await TRANSPORTS.find(({ name }) => name === 'Node')!.serve(hub, { stalledMs: 60_000 });
    const asking = request(`${served.url}/v1/chat/completions`, { method: 'POST' });
    asking.on('error', () => undefined);
    closing.unshift(
      async () => asking.destroy(),
      () => served.close(),
      () => hub.close({ drainMs: 0 }),
    );
    asking.end(JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'Hello' }] }));
    const [response] = (await once(asking, 'response')) as [IncomingMessage];
    response.on('error', () => undefined);
    response.pause();
    await rounds(500);
    return { asking, response, clock };
  }

  async function rounds(count: number): Promise<void> {
    for (let round = 0; round < count; round++) await new Promise((resolve) => setImmediate(resolve));
  }

  it('is given up after stalledMs', { timeout: 60_000 }, async () => {
    const { response, clock } = await waitingClient();
    await clock.advance(59_999);
    const timers = clock.pending;
    await clock.advance(1);
    response.resume();
    await new Promise<void>((resolve) => void response.once('close', resolve));
    expect(response.complete).toBe(false);
    expect(clock.pending).toBeLessThan(timers);
  });

  it('is not while it takes some of it, and leaves nothing behind', { timeout: 60_000 }, async () => {
    const { response, clock } = await waitingClient();
    let taken = 0;
    const take = async (bytes: number): Promise<void> => {
      const until = taken + bytes;
      while (taken < until) {
        taken += (response.read() as Buffer | null)?.length ?? 0;
        await rounds(1);
      }
      await rounds(500);
    };
    for (let minute = 0; minute < 2; minute++) {
      await take(6 * MIB);
      await clock.advance(60_000);
    }
    const timers = clock.pending;
    response.resume();
    await once(response, 'end');
    expect(response.complete).toBe(true);
    while (clock.pending >= timers) await rounds(1);
  });
});

describe.each(TRANSPORTS)('W3: a client of $name that reads slowly', (transport) => {
  it.each(KINDS)(
    'slows its provider: much $kind is not taken in advance, and arrives intact when it reads on',
    { timeout: 60_000 },
    async (kind) => {
      const upstream = await generous(kind, offeredOver(transport.name));
      const main = openaiCompatible({ baseUrl: upstream.url, models: ['m'] });
      const hub = new NexusHub({ providers: { main }, routing: { maxAttempts: 1 } });
      const served = await transport.serve(hub);
      closing.unshift(
        () => served.close(),
        () => hub.close({ drainMs: 0 }),
      );
      const before = await memoryInUse();
      const readOn = await lazyClient(served, kind);
      await stalled(upstream);
      expect(upstream.written).toBeLessThan(ON_THE_WAY);
      expect((await memoryInUse()) - before).toBeLessThan(12 * MIB);
      expect(hub.stats.now().inFlight).toBe(1);

      expect(await readOn()).toBe(upstream.sha256);
      while (hub.stats.now().inFlight > 0) await new Promise((resolve) => setImmediate(resolve));
      expect((await memoryInUse()) - before).toBeLessThan(16 * MIB);
    },
  );

  it.each(KINDS)('is given up after unreadMs, and its provider with it: $kind', { timeout: 60_000 }, async (kind) => {
    const upstream = await generous(kind, offeredOver(transport.name));
    const main = openaiCompatible({ baseUrl: upstream.url, models: ['m'] });
    const clock = manualClock();
    const hub = new NexusHub({
      providers: { main },
      timeouts: { unreadMs: 60_000 },
      clock,
      // Tiktoken takes many seconds for the megabytes that were read, and what it says is of no interest here.
      tokenCounter: { count: () => Promise.resolve({ tokens: 1, exact: false }) },
    });
    const served = await transport.serve(hub);
    closing.unshift(
      () => served.close(),
      () => hub.close({ drainMs: 0 }),
    );
    await lazyClient(served, kind);
    await stalled(upstream);
    await clock.advance(59_000);
    expect(hub.stats.now().inFlight).toBe(1);
    await clock.advance(1_000);
    expect(hub.stats.now().inFlight).toBe(0);
    await upstream.left;
  });
});
