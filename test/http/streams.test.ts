import { Socket } from 'node:net';

import { NexusHub } from 'nexusai-hub';
import { openaiCompatible } from 'nexusai-hub/adapters/openai-compatible';
import type { ChatChunk } from 'nexusai-hub/ports';
import { chunkOf, type ManualClock, manualClock, scriptedProvider, type StreamStep } from 'nexusai-hub/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';

import { type AnswerScript, gate } from '../../src/testing/answer-script.ts';
import { scriptedUpstream } from '../../src/testing/scripted-upstream.ts';
import { readEvents } from './events.ts';
import { json, type Served, SOCKETS, TRANSPORTS } from './transports.ts';
import { postText, type WireClient, wireTo } from './wire.ts';

const CHAT = '/v1/chat/completions';
const STREAM = { model: 'm', messages: [{ role: 'user', content: 'Hello' }], stream: true };
const closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

describe.each(TRANSPORTS)('$name', (transport) => {
  const words = Array.from({ length: 60 }, (_item, place) => `词${place} `);

  it.each([
    ['is reset', 'break', 'stream_interrupted'],
    ['is closed without its end', 'end', 'stream_interrupted'],
    ['ends without a terminator', 'finish', 'stream_interrupted'],
  ] as const)(
    'S4, S12: an upstream that %s ends the stream with an error, never with [DONE]',
    async (_name, then, code) => {
      const { served } = await serveUpstream(transport, { sends: words.slice(0, 40).map(event), then });
      const { text, error, done } = readEvents(await (await served.fetch(`${served.url}${CHAT}`, json(STREAM))).text());
      // A reset takes along what the kernel had not handed out yet.
      if (then === 'break') expect(words.join('')).toContain(text);
      else expect(text).toBe(words.slice(0, 40).join(''));
      expect(text).toMatch(/^词0 /);
      expect([error?.code, done]).toEqual([code, false]);
    },
  );

  it("S5: an error inside the upstream stream is the client's error", async () => {
    const broken = 'data: {"error":{"message":"out of memory","type":"server_error","code":"oom"}}\n\n';
    const { served } = await serveUpstream(transport, { sends: [...words.slice(0, 5).map(event), broken] });
    const { text, error, done } = readEvents(await (await served.fetch(`${served.url}${CHAT}`, json(STREAM))).text());
    expect(text).toBe(words.slice(0, 5).join(''));
    expect([error?.type, done]).toEqual(['upstream_error', false]);
  });

  it('hands out every piece as it comes', async () => {
    const second = gate();
    const { served } = await serveUpstream(transport, {
      sends: [event('one '), second, event('two '), finish, 'data: [DONE]\n\n'],
    });
    const response = await served.fetch(`${served.url}${CHAT}`, json(STREAM));
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    while (!text.includes('one ')) text += (await reader.read()).value ?? '';
    expect(text).not.toContain('two ');
    second.open();
    for (let read = await reader.read(); !read.done; read = await reader.read()) text += read.value;
    expect(readEvents(text)).toMatchObject({ text: 'one two ', done: true });
  });

  it('unchanged events leave as the text they came as', async () => {
    const odd = event('x').replace('"created":1', '"created":1, "odd" : 1.50');
    const { served } = await serveUpstream(transport, { sends: [odd, finish, 'data: [DONE]\n\n'] });
    const body = await (await served.fetch(`${served.url}${CHAT}`, json(STREAM))).text();
    expect(body).toBe(`${odd}${finish}data: [DONE]\n\n`);
  });

  it('D1: a stream over the deadline of a closing hub ends with an error event', async () => {
    const { served, hub } = await serveUpstream(transport, { sends: [event('one ')], then: 'hang' });
    const response = await served.fetch(`${served.url}${CHAT}`, json(STREAM));
    const [body] = await Promise.all([response.text(), hub.close({ drainMs: 20 })]);
    expect(readEvents(body)).toMatchObject({ text: 'one ', done: false, error: { code: 'closing' } });
  });
});

describe.each(TRANSPORTS)('silence over $name', (transport) => {
  it('gets a comment every 15 seconds, by one timer', async () => {
    const clock = manualClock();
    const [first, second] = [gate(), gate()];
    const { served } = await serveScripted(
      transport,
      [
        says('one '),
        { waitsFor: first.opened },
        { yields: chunkOf({ content: 'two ' }) },
        { waitsFor: second.opened },
        { yields: chunkOf({ finish: 'stop' }) },
      ],
      clock,
    );
    const response = await served.fetch(`${served.url}${CHAT}`, json(STREAM));
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    const until = async (part: string): Promise<void> => {
      while (!text.includes(part)) text += (await reader.read()).value ?? '';
    };
    await until('one ');
    const reading = until(': keep-alive\n\n');
    await clock.advance(14_999);
    expect(clock.pending).toBe(1);
    await clock.advance(1);
    await reading;

    const more = until('two ');
    first.open();
    await more;
    const last = until(': keep-alive\n\ndata: {');
    await clock.advance(15_000);
    second.open();
    await last;
    for (let read = await reader.read(); !read.done; read = await reader.read()) text += read.value;
    expect(readEvents(text)).toMatchObject({ text: 'one two ', done: true, comments: 2 });
    expect(clock.pending).toBe(0);
  });

  it('before the first content stays silent: the answer may still become an error', async () => {
    const clock = manualClock();
    const start = gate();
    const { served } = await serveScripted(
      transport,
      [{ waitsFor: start.opened }, { throws: 'provider_unavailable' }],
      clock,
    );
    const pending = served.fetch(`${served.url}${CHAT}`, json(STREAM));
    await clock.advance(60_000);
    start.open();
    expect((await pending).status).toBe(502);
  });
});

describe.each(SOCKETS)('a slow reader over $name', (transport) => {
  it('slows the provider down, and is dropped when it takes nothing at all', async () => {
    const { client, hub, clock, yielded } = await fillUp(transport);
    expect(yielded()).toBeLessThan(400);
    expect(hub.stats.now().inFlight).toBe(1);
    await clock.advance(600_000);
    while (hub.stats.now().inFlight > 0) await new Promise((resolve) => setImmediate(resolve));
    client.socket.resume();
    expect(await client.closed()).not.toContain('[DONE]');
    expect(clock.pending).toBe(0);
  });

  it('that leaves while it is waited for leaves nothing behind', async () => {
    const { client, hub, clock } = await fillUp(transport);
    client.socket.resetAndDestroy();
    while (hub.stats.now().inFlight > 0) await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(0);
    expect(clock.pending).toBe(0);
  });
});

it('S14: each event leaves at once, without waiting for an acknowledgement', async () => {
  const setNoDelay = vi.spyOn(Socket.prototype, 'setNoDelay');
  const gates = Array.from({ length: 50 }, gate);
  const steps = gates.flatMap((door): StreamStep[] => [
    { waitsFor: door.opened },
    { yields: chunkOf({ content: 'x' }) },
  ]);
  const { served } = await serveScripted(SOCKETS[0]!, [
    says('start'),
    ...steps,
    { yields: chunkOf({ finish: 'stop' }) },
  ]);
  const response = await served.fetch(`${served.url}${CHAT}`, json(STREAM));
  const reader = response.body!.getReader();
  await reader.read();
  for (const door of gates) {
    door.open();
    await reader.read();
  }
  // Nagle's algorithm and delayed acknowledgements together would take 40 ms for each.
  const { calls, contexts } = setNoDelay.mock;
  const port = Number(new URL(served.url).port);
  expect(calls.filter((_call, place) => (contexts[place] as Socket).localPort === port)).toEqual([[true]]);
  while (!(await reader.read()).done);
});

/** Has a client ask for an endless stream and take nothing of it, until the provider is no longer read. */
async function fillUp(transport: (typeof TRANSPORTS)[number]): Promise<{
  client: WireClient;
  hub: NexusHub;
  clock: ManualClock;
  yielded: () => number;
}> {
  const clock = manualClock();
  const piece = 'x'.repeat(65_536);
  let yielded = 0;
  const endless: StreamStep[] = Array.from({ length: 2_000 }, () => ({
    get yields(): ChatChunk {
      yielded++;
      return yielded === 1 ? chunkOf({ role: 'assistant', content: piece }) : chunkOf({ content: piece });
    },
  }));
  const { served, hub } = await serveScripted(transport, endless, clock);
  const client = await wireTo(served.url);
  client.socket.pause();
  client.send(postText(CHAT, JSON.stringify(STREAM)));
  // Nothing tells that a socket has filled up but that nothing goes on for many rounds of the loop.
  for (let [quiet, before] = [0, 0]; quiet < 300; quiet = yielded > 0 && yielded === before ? quiet + 1 : 0) {
    before = yielded;
    await new Promise((resolve) => setImmediate(resolve));
  }
  return { client, hub, clock, yielded: () => yielded };
}

async function serveUpstream(
  transport: (typeof TRANSPORTS)[number],
  script: AnswerScript,
): Promise<{ served: Served; hub: NexusHub }> {
  const upstream = await scriptedUpstream(script);
  const main = openaiCompatible({ baseUrl: upstream.url, models: ['m'] });
  const hub = new NexusHub({ providers: { main }, routing: { maxAttempts: 1 } });
  return { served: await serve(transport, hub, () => upstream.close()), hub };
}

async function serveScripted(
  transport: (typeof TRANSPORTS)[number],
  streams: readonly StreamStep[],
  clock?: ReturnType<typeof manualClock>,
): Promise<{ served: Served; hub: NexusHub }> {
  const main = scriptedProvider({ streams }, { models: ['m'] });
  const hub = new NexusHub({ providers: { main }, routing: { maxAttempts: 1 } });
  const served = await transport.serve(hub, clock ? { clock } : {});
  closing.push(
    () => served.close(),
    () => hub.close({ drainMs: 0 }),
  );
  return { served, hub };
}

async function serve(
  transport: (typeof TRANSPORTS)[number],
  hub: NexusHub,
  after: () => Promise<void>,
): Promise<Served> {
  const served = await transport.serve(hub);
  closing.push(
    () => served.close(),
    () => hub.close({ drainMs: 0 }),
    after,
  );
  return served;
}

function says(content: string): StreamStep {
  return { yields: chunkOf({ role: 'assistant', content }) };
}

const finish = `data: ${JSON.stringify(chunk({}, 'stop'))}\n\n`;

/** An event with a piece of text; the first of a stream brings the role as well. */
function event(content: string, place = 0): string {
  return `data: ${JSON.stringify(chunk(place === 0 ? { role: 'assistant', content } : { content }, null))}\n\n`;
}

function chunk(delta: object, finish_reason: string | null): object {
  const choices = [{ index: 0, delta, finish_reason }];
  return { id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices };
}
