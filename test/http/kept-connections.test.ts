import { EventEmitter, once } from 'node:events';
import { Agent, createServer, type IncomingMessage, request as ask, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

import { NexusHub } from 'nexusai-hub';
import { nodeHandler } from 'nexusai-hub/http';
import type { ChatCompletion, Provider, RequestRecord } from 'nexusai-hub/ports';
import { afterEach, beforeEach, expect, it } from 'vitest';

import { systemClock } from '../../src/defaults/clock.ts';
import { NodeExchange } from '../../src/http/node-exchange.ts';

const HEADERS = { 'content-type': 'application/json' };
const PATH = '/v1/chat/completions';

let hub: NexusHub;
let records: RequestRecord[];
let asked: { model: string; finish: () => void }[];
let wake: (() => void) | undefined;

/** Answers when it is told to. */
const provider: Provider = {
  kind: 'scripted',
  open: ({ model }) =>
    new Promise((resolve) => {
      asked.push({ model, finish: () => resolve(answerOf(model)) });
      wake?.();
    }),
};

beforeEach(() => {
  records = [];
  asked = [];
  const sink = { record: (record: RequestRecord): unknown => records.push(record) };
  const tokenCounter = { count: () => Promise.resolve({ tokens: 1, exact: false }) };
  hub = new NexusHub({ providers: { main: provider }, statsSinks: [sink], tokenCounter });
});

afterEach(async () => {
  await hub.close({ drainMs: 0 });
});

it('C2: of several requests on one connection the one that is left is stopped, and no earlier one', async () => {
  const server = createServer(nodeHandler(hub)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const send = (model: string): ReturnType<typeof ask> => {
    const request = ask({ port, host: '127.0.0.1', path: PATH, method: 'POST', headers: HEADERS, agent });
    request.end(bodyOf(model));
    return request;
  };
  const sockets = new Set<unknown>();
  for (const model of ['one', 'two']) {
    const request = send(model);
    sockets.add((await once(request, 'socket'))[0]);
    (await nextAsked()).finish();
    const [response] = (await once(request, 'response')) as [NodeJS.ReadableStream];
    expect(await text(response)).toContain(model);
  }
  const third = send('three');
  sockets.add((await once(third, 'socket'))[0]);
  third.on('error', () => undefined);
  await nextAsked();
  third.destroy();
  while (hub.stats.now().inFlight > 0) await new Promise((resolve) => setImmediate(resolve));
  agent.destroy();
  await new Promise((resolve) => server.close(resolve));

  expect(sockets.size).toBe(1);
  expect(records.map(({ model, outcome }) => [model, outcome])).toEqual([
    ['one', 'ok'],
    ['two', 'ok'],
    ['three', 'aborted'],
  ]);
});

/** An exchange on a connection, and how its client leaves. */
function exchangeOn(socket: EventEmitter, httpVersionMajor: number): { exchange: NodeExchange; leave: () => void } {
  const request = Object.assign(new EventEmitter(), { httpVersionMajor, socket }) as unknown as IncomingMessage;
  const response: unknown = new EventEmitter();
  const exchange = new NodeExchange(
    request,
    response as ServerResponse,
    { path: PATH, query: '' },
    { clock: systemClock, stalledMs: 300_000 },
  );
  return { exchange, leave: () => (response as EventEmitter).emit('close') };
}

it('C2: of several requests at once on one connection of HTTP/2 only the one that is left is stopped', () => {
  const socket = new EventEmitter();
  const [left, stays] = [exchangeOn(socket, 2), exchangeOn(socket, 2)];
  left.leave();
  expect([left.exchange.leaving.signal.aborted, stays.exchange.leaving.signal.aborted]).toEqual([true, false]);
});

it('gives the requests of a connection one signal, until one of them is left', () => {
  const socket = new EventEmitter();
  const [first, second] = [exchangeOn(socket, 1), exchangeOn(socket, 1)];
  expect(second.exchange.leaving.signal).toBe(first.exchange.leaving.signal);
  expect(exchangeOn(new EventEmitter(), 1).exchange.leaving.signal).not.toBe(first.exchange.leaving.signal);
  second.leave();
  expect(first.exchange.leaving.signal.aborted).toBe(true);
  expect(exchangeOn(socket, 1).exchange.leaving.signal.aborted).toBe(false);
});

/** The next request that reaches the provider. */
async function nextAsked(): Promise<{ finish: () => void }> {
  for (let next = asked.shift(); ; next = asked.shift()) {
    if (next) return next;
    await new Promise<void>((resolve) => (wake = resolve));
  }
}

function bodyOf(model: string): string {
  return JSON.stringify({ model, messages: [{ role: 'user', content: 'Hello' }] });
}

function answerOf(model: string): ChatCompletion {
  const message = { role: 'assistant' as const, content: `I am ${model}`, refusal: null };
  const choices = [{ index: 0, message, logprobs: null, finish_reason: 'stop' as const }];
  return { id: 'c', object: 'chat.completion', created: 1, model, choices };
}
