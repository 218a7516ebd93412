import { NexusHub } from 'nexusai-hub';
import type { NexusHubOptions } from 'nexusai-hub';
import type { Authenticator } from 'nexusai-hub/ports';
import { gate, scriptedProvider } from 'nexusai-hub/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { json, type Served, type Transport, TRANSPORTS } from '../http/transports.ts';
import { failureOf, PLAIN } from '../request-path/harness.ts';

const CHAT = '/v1/chat/completions';
const closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const byKey: Authenticator = {
  identify: ({ key }) => ({ id: key ?? 'nobody', role: 'user', priority: Number(key?.split('/')[1] ?? 0) }),
};

/** A hub with so many requests under way that wait for the test. */
async function busy(
  transport: Transport,
  inFlight: number,
  options: Partial<NexusHubOptions> = {},
): Promise<{ hub: NexusHub; served: Served; finish: () => Promise<void> }> {
  const door = gate();
  const main = scriptedProvider({ first: [{ waitsFor: door.opened }], then: { says: 'ok' } }, { models: ['m'] });
  // Exact counts are not the point here, and an encoder takes long to load.
  const tokenCounter = { count: async (text: string) => ({ tokens: text.length, exact: false }) };
  const hub = new NexusHub({ providers: { main }, authenticator: byKey, tokenCounter, ...options });
  const served = await transport.serve(hub);
  closing.push(
    () => served.close(),
    () => hub.close({ drainMs: 0 }),
  );
  const under = Array.from({ length: inFlight }, () => hub.chat.completions.create(PLAIN, { priority: 100 }));
  while (hub.stats.now().inFlight < inFlight) await new Promise(setImmediate);
  const finish = async (): Promise<void> => {
    door.open();
    await Promise.all(under);
  };
  return { hub, served, finish };
}

describe.each(TRANSPORTS)('load shedding over $name', (transport) => {
  it('turns away with 503 and a time to come back, keeps answering the probes, and recovers', async () => {
    const { hub, served, finish } = await busy(transport, 10, { shedding: { maxInFlight: 10 } });
    const refused = await served.fetch(served.url + CHAT, json(PLAIN));
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(await refused.json()).toMatchObject({ error: { code: 'overloaded', type: 'service_unavailable_error' } });
    for (const path of ['/healthz', '/readyz', '/v1/models'])
      expect((await served.fetch(served.url + path)).status).toBe(200);
    expect(hub.stats.now()).toMatchObject({ shed: 1, requests: 0, inFlight: 10 });
    await finish();
    const taken = await served.fetch(served.url + CHAT, json(PLAIN));
    expect(taken.status).toBe(200);
    expect(hub.stats.now()).toMatchObject({ shed: 1, inFlight: 0 });
  });

  it('takes higher keys longer, lets a request lower itself, and never lets it raise itself', async () => {
    const { served, finish } = await busy(transport, 9, { shedding: { maxInFlight: 10 } });
    const ask = async (key: string, priority?: string): Promise<number> => {
      const headers = {
        authorization: `Bearer ${key}`,
        ...(priority === undefined ? {} : { 'x-nexus-priority': priority }),
      };
      const response = await served.fetch(served.url + CHAT, json({ ...PLAIN, model: 'nobody has it' }, headers));
      return response.status;
    };
    // 404: it was let in.
    expect(await ask('normal')).toBe(404);
    expect(await ask('normal', '-1')).toBe(503);
    expect(await ask('low/-1', '50')).toBe(503);
    expect(await ask('high/5', '-1')).toBe(503);
    await finish();
    expect(await ask('normal', '-1')).toBe(404);
  });

  it('counts a request once', async () => {
    const { hub, served, finish } = await busy(transport, 0, { shedding: { maxInFlight: 3 } });
    const under = [1, 2].map(() => served.fetch(served.url + CHAT, json(PLAIN)));
    while (hub.stats.now().inFlight < 2) await new Promise(setImmediate);
    const third = await served.fetch(served.url + CHAT, json({ ...PLAIN, model: 'nobody has it' }));
    expect(third.status).toBe(404);
    await finish();
    for (const response of await Promise.all(under)) expect(response.status).toBe(200);
  });

  it.each(['1.5', 'high', '101', '-101', '', '0x1'])('refuses the priority %j by its rule', async (priority) => {
    const { served } = await busy(transport, 0);
    const response = await served.fetch(served.url + CHAT, json(PLAIN, { 'x-nexus-priority': priority }));
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      error: { param: 'x-nexus-priority', message: expect.stringContaining('from -100 to 100') as string },
    });
  });

  it('leaves nothing counted of requests that fail before their journey', async () => {
    const { hub, served } = await busy(transport, 0, { shedding: { maxInFlight: 2 } });
    const large = JSON.stringify({ ...PLAIN, padding: 'x'.repeat(300_000) });
    for (const body of ['{', '[]', '{}', large.slice(0, -1)])
      for (let round = 0; round < 5; round++)
        expect((await served.fetch(served.url + CHAT, json(body))).status).toBe(400);
    expect(hub.stats.now()).toMatchObject({ shed: 0, inFlight: 0 });
  });
});

describe('load shedding in process', () => {
  it('turns away before the journey begins, by the priority of the call', async () => {
    const { hub, finish } = await busy(TRANSPORTS[0]!, 10, { shedding: { maxInFlight: 10 } });
    expect(await failureOf(hub.chat.completions.create(PLAIN))).toMatchObject({
      code: 'overloaded',
      details: { retryAfterMs: 1_000 },
    });
    const urgent = hub.chat.completions.create(PLAIN, { priority: 1 });
    await finish();
    expect((await urgent).choices[0]?.message.content).toBe('ok');
    expect(hub.stats.now().shed).toBe(1);
  });

  it('asks who it is only where that decides', async () => {
    let asked = 0;
    const authenticator: Authenticator = {
      identify: async (credentials) => {
        asked++;
        return byKey.identify(credentials, new AbortController().signal);
      },
    };
    const { hub, finish } = await busy(TRANSPORTS[0]!, 8, { authenticator, shedding: { maxInFlight: 10 } });
    expect(asked).toBe(8);
    const [ninth, tenth] = [hub.chat.completions.create(PLAIN), hub.chat.completions.create(PLAIN)];
    await finish();
    await Promise.all([ninth, tenth]);
    expect(asked).toBe(11);
  });

  it('takes everybody with shedding: false', async () => {
    const { hub, finish } = await busy(TRANSPORTS[0]!, 20, { shedding: false });
    await finish();
    expect(hub.stats.now()).toMatchObject({ shed: 0, inFlight: 0 });
  });

  it.each([
    [{ maxHeapShare: 2 }, /shedding\.maxHeapShare.*0\.9.*got 2/],
    [{ maxInFlight: 0 }, /shedding\.maxInFlight.*got 0/],
    [{ maxInflight: 5 }, /shedding.*maxInflight/],
    [true, /shedding: expected limits, or false.*got true/],
  ])('refuses the options %j', (shedding, message) => {
    const main = scriptedProvider({ says: 'ok' });
    const make = () => new NexusHub({ providers: { main }, shedding } as NexusHubOptions);
    expect(make).toThrow(message);
  });
});
