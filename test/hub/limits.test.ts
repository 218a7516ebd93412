import { describe, expect, it } from 'vitest';
import { answerInfo, memoryQuota, NexusHub } from 'nexusai-hub';
import type { KeyOptions, NexusHubOptions } from 'nexusai-hub';
import type { Bound, Provider, Quota } from 'nexusai-hub/ports';
import type { Script } from 'nexusai-hub/testing';
import { chunkOf, gate, manualClock, scriptedProvider } from 'nexusai-hub/testing';

const KEY = 'sk-canary-1234';
const MESSAGES = [{ role: 'user', content: 'Hello' }];
const SAYS: Script = { says: 'Hi', usage: { prompt_tokens: 10, completion_tokens: 10, total_tokens: 20 } };

/** A hub with one key, and a way to ask it as that key. */
function hubWith(
  key: Partial<KeyOptions>,
  options: Partial<NexusHubOptions> = {},
  script: Script = SAYS,
): { hub: NexusHub; ask: (body?: object, path?: string) => Promise<Response> } {
  const hub = new NexusHub({
    providers: { main: scriptedProvider(script) },
    keys: [{ name: 'app', key: KEY, ...key }],
    clock: manualClock(),
    ...options,
  });
  const ask = (body: object = {}, path = 'chat/completions'): Promise<Response> =>
    hub.fetch(`http://hub/v1/${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${KEY}` },
      body: JSON.stringify({ model: 'm', messages: MESSAGES, ...body }),
    });
  return { hub, ask };
}

async function statusOf(pending: Promise<Response>): Promise<number> {
  const response = await pending;
  await response.text();
  return response.status;
}

describe('L4: every limit that can be configured is held', () => {
  it.each<[string, Partial<KeyOptions>, Partial<NexusHubOptions>]>([
    ['requests a second of the hub', {}, { limits: { requestsPerSecond: 2 } }],
    ['requests a minute of a key', { requestsPerMinute: 2 }, {}],
    ['tokens a minute of a key', { tokensPerMinute: 40 }, {}],
  ])('%s', async (_limit, key, options) => {
    const { ask } = hubWith(key, options);
    expect([await statusOf(ask()), await statusOf(ask()), await statusOf(ask())]).toEqual([200, 200, 429]);
  });

  it('requests of a key at once, streams to their end', async () => {
    const held = gate();
    const { ask } = hubWith({ maxConcurrent: 1 }, {}, { first: [{ waitsFor: held.opened }], then: SAYS });
    const running = ask({ stream: true });
    const refused = await ask();
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(await refused.json()).toMatchObject({ error: { message: expect.stringContaining('1 requests running') } });
    held.open();
    const streaming = await running;
    expect(await statusOf(ask())).toBe(429);
    await streaming.text();
    expect(await statusOf(ask())).toBe(200);
  });

  const PRICES = { models: { m: { input: 100, output: 100 } } };
  it.each(['day', 'month'] as const)(
    'L2: money of a key per %s: of 50 at once 3 get in, one after the other',
    async (window) => {
      const budgetUsd = { [window]: 3 * 20 * 100e-6 };
      const { ask, hub } = hubWith({ budgetUsd }, { prices: PRICES });
      const statuses = await Promise.all(Array.from({ length: 50 }, () => statusOf(ask())));
      expect(statuses.filter((status) => status === 200).length).toBe(3);
      expect(hub.stats.now().costNanoUsd).toBe(6_000_000);
      const refused = await ask();
      expect(refused.headers.get('x-should-retry')).toBe('false');
      const body = { error: { type: 'insufficient_quota', code: 'budget_exhausted' } };
      expect(await refused.json()).toMatchObject(body);
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(3_600);
    },
  );

  it('K4: money of a key, of a model without a price', async () => {
    const { ask } = hubWith({ budgetUsd: { day: 1 } });
    expect([await statusOf(ask()), await statusOf(ask())]).toEqual([200, 403]);
    const other = hubWith({ budgetUsd: { day: 1 } }, { limits: { unpriced: 'allow' } });
    expect([await statusOf(other.ask()), await statusOf(other.ask())]).toEqual([200, 200]);
  });

  it.each([
    ['a price of 0', 200, { prices: { models: { m: { input: 0, output: 0 } } } }],
    ['no price, where that is allowed', 200, { limits: { unpriced: 'allow' as const } }],
    ['no price', 403, {}],
    ['a price for the tokens it does not tell', 403, { prices: { models: { m: { input: 1, output: 1 } } } }],
  ])('K4: money of a key, of answers that tell no tokens and have %s', async (_price, status, options) => {
    const moderating: Provider = {
      ...scriptedProvider(SAYS),
      forward: async () => ({ contentType: 'application/json', body: new TextEncoder().encode('{"results":[]}') }),
    };
    const providers = { main: moderating };
    const { ask, hub } = hubWith({ budgetUsd: { month: 0.01 } }, { providers, ...options });
    const statuses = new Set<number>();
    for (let asked = 0; asked < 60; asked++) statuses.add(await statusOf(ask({ input: 'x' }, 'moderations')));
    expect([...statuses].at(-1)).toBe(status);
    expect(hub.stats.now().costNanoUsd).toBe(0);
    expect(await statusOf(ask({ model: 'other' }))).toBe(200);
  });

  it('requests a second of a provider', async () => {
    const { ask } = hubWith({}, { flow: { byProvider: { main: { requestsPerSecond: 1 } } } });
    expect([await statusOf(ask()), await statusOf(ask())]).toEqual([200, 503]);
  });

  it('C4: a place is given back by a request that fails, and by one whose client leaves', async () => {
    const { ask, hub } = hubWith({ maxConcurrent: 1 }, {}, { throws: 'provider_rejected' });
    expect([await statusOf(ask()), await statusOf(ask())]).toEqual([400, 400]);
    await hub.close();
    const other = hubWith({ maxConcurrent: 1 }, {}, { streams: [{ hangs: 'until aborted' }] });
    const controller = new AbortController();
    const left = other.hub.fetch('http://hub/v1/chat/completions', {
      method: 'POST',
      headers: { authorization: `Bearer ${KEY}` },
      body: JSON.stringify({ model: 'm', messages: MESSAGES, stream: true }),
      signal: controller.signal,
    });
    await new Promise(setImmediate);
    controller.abort();
    await expect(left).rejects.toThrow();
    expect(await statusOf(other.ask({ model: '' }))).toBe(400);
    expect(other.hub.stats.now().inFlight).toBe(0);
  });

  it('a priority reaches whoever has places to give', async () => {
    const seen: number[] = [];
    const flowControl: NexusHubOptions['flowControl'] = {
      enter(_target, { priority }) {
        seen.push(priority);
        return { release: () => undefined };
      },
    };
    const { ask, hub } = hubWith({ priority: -7 }, { flowControl });
    await statusOf(ask());
    await hub.chat.completions.create({ model: 'm', messages: [{ role: 'user', content: 'Hello' }] });
    expect(seen).toEqual([-7, 0]);
  });
});

describe('L10: a stream that passes what its key has left', () => {
  const LONG: Script = {
    streams: Array.from({ length: 100 }, () => ({ yields: chunkOf({ content: 'some words. ' }) })),
  };

  it('is cut off where the owner says so, and charged for what came', async () => {
    const tokenCounter = { count: async (text: string) => ({ tokens: Math.ceil(text.length / 4), exact: false }) };
    const { ask } = hubWith({ tokensPerMinute: 100 }, { limits: { cutStreams: true }, tokenCounter }, LONG);
    const events = await (await ask({ stream: true })).text();
    expect(events).toContain('"code":"budget_exhausted"');
    expect(events).not.toContain('[DONE]');
    expect(events.split('some words').length).toBeLessThan(40);
    await new Promise(setImmediate);
    const next = await ask();
    expect([next.status, next.headers.get('x-ratelimit-remaining-tokens')]).toEqual([429, '0']);
  });

  it('goes on where he does not', async () => {
    const { ask } = hubWith({ tokensPerMinute: 100 }, {}, LONG);
    expect((await (await ask({ stream: true })).text()).split('some words').length).toBe(101);
  });
});

describe('a quota of the owner', () => {
  it('L1: makes limits hold for several hubs together', async () => {
    const quota = memoryQuota(manualClock());
    const hubs = [1, 2, 3, 4].map(() => hubWith({ requestsPerMinute: 10 }, { quota }));
    const statuses = await Promise.all(hubs.flatMap(({ ask }) => Array.from({ length: 5 }, () => statusOf(ask()))));
    expect(statuses.filter((status) => status === 200).length).toBe(10);
    const paced = [1, 2].map(() => hubWith({}, { quota, flow: { requestsPerSecond: 3 } }));
    const others = await Promise.all(paced.flatMap(({ ask }) => Array.from({ length: 3 }, () => statusOf(ask()))));
    expect(others.filter((status) => status === 200).length).toBe(3);
  });

  it('L6: gets all back that it gave to a caller who had left by then', async () => {
    const memory = memoryQuota(manualClock());
    const held = gate();
    const quota: Quota = {
      take: async (bounds) => {
        await held.opened;
        return memory.take(bounds);
      },
      rebuild: (budget, used) => memory.rebuild(budget, used),
    };
    const { hub } = hubWith({ maxConcurrent: 1, tokensPerMinute: 1_000 }, { quota });
    const controller = new AbortController();
    const left = hub.fetch('http://hub/v1/chat/completions', {
      method: 'POST',
      headers: { authorization: `Bearer ${KEY}` },
      body: JSON.stringify({ model: 'm', messages: MESSAGES }),
      signal: controller.signal,
    });
    await new Promise(setImmediate);
    controller.abort();
    await expect(left).rejects.toThrow();
    held.open();
    await new Promise(setImmediate);
    const tokens: Bound = { kind: 'rate', key: 'caller:app:tokens', limit: 1_000, perMs: 60_000, units: 0 };
    const slots: Bound = { kind: 'slots', key: 'caller:app', limit: 1 };
    expect(memory.take([tokens, slots])).toMatchObject({ levels: [{ remaining: 1_000 }, { remaining: 0 }] });
  });

  it('L6: gets all back from a request that left before anybody was asked', async () => {
    const quota = memoryQuota(manualClock());
    const flowControl: NexusHubOptions['flowControl'] = { enter: () => new Promise(() => undefined) };
    const { hub } = hubWith({ tokensPerMinute: 1_000 }, { quota, flowControl });
    const controller = new AbortController();
    const left = hub.fetch('http://hub/v1/chat/completions', {
      method: 'POST',
      headers: { authorization: `Bearer ${KEY}` },
      body: JSON.stringify({ model: 'm', messages: MESSAGES }),
      signal: controller.signal,
    });
    await new Promise(setImmediate);
    const tokens: Bound = { kind: 'rate', key: 'caller:app:tokens', limit: 1_000, perMs: 60_000, units: 0 };
    const remaining = (): number | undefined => quota.take([tokens]).levels[0]?.remaining;
    expect(remaining()).toBeLessThan(1_000);
    controller.abort();
    await expect(left).rejects.toThrow();
    expect(remaining()).toBe(1_000);
  });

  it('may answer later, and is closed with the hub', async () => {
    const asked: Bound[][] = [];
    let isClosed = false;
    const memory = memoryQuota(manualClock());
    const quota: Quota = {
      take: async (bounds) => {
        asked.push([...bounds]);
        return memory.take(bounds);
      },
      rebuild: (budget, used) => memory.rebuild(budget, used),
      close: () => {
        isClosed = true;
      },
    };
    const { ask, hub } = hubWith({ requestsPerMinute: 1, maxConcurrent: 3 }, { quota });
    expect([await statusOf(ask()), await statusOf(ask())]).toEqual([200, 429]);
    expect(asked[0]?.map(({ kind }) => kind)).toEqual(['rate', 'rate', 'slots']);
    await hub.close();
    expect(isClosed).toBe(true);
  });
});

describe('what callers are told', () => {
  it('headers as OpenAI writes them, on answers and on refusals', async () => {
    const { ask } = hubWith({ requestsPerMinute: 2, tokensPerMinute: 600 });
    const headersOf = ({ headers }: Response): (string | null)[] =>
      ['limit', 'remaining', 'reset'].flatMap((what) =>
        ['requests', 'tokens'].map((of) => headers.get(`x-ratelimit-${what}-${of}`)),
      );
    const first = await ask({ max_tokens: 4 });
    await first.text();
    expect(headersOf(first)).toEqual(['2', '600', '1', '587', '1m0s', '1m0s']);
    const streamed = await ask({ stream: true });
    await streamed.text();
    expect(headersOf(streamed).slice(0, 5)).toEqual(['2', '600', '0', '561', '1m0s']);
    const refused = await ask();
    expect(refused.status).toBe(429);
    expect(headersOf(refused).slice(0, 5)).toEqual(['2', '600', '0', '560', '1m0s']);
    expect(refused.headers.get('retry-after-ms')).toBe('60000');
  });

  it('the same in process', async () => {
    const { hub } = hubWith({});
    const answer = await hub.chat.completions.create({ model: 'm', messages: [{ role: 'user', content: 'Hello' }] });
    expect(answerInfo(answer)?.limits).toEqual([{ what: 'requests', limit: 1_000, remaining: 999, resetMs: 1_000 }]);
  });

  it('nothing where there is no limit', async () => {
    const { ask } = hubWith({}, { limits: { requestsPerSecond: Infinity } });
    const response = await ask();
    await response.text();
    expect([...response.headers.keys()].filter((name) => name.startsWith('x-ratelimit'))).toEqual([]);
  });
});

describe('wrong options', () => {
  it.each<[object, string]>([
    [{ requestsPerMinute: 0 }, 'keys[0].requestsPerMinute: '],
    [{ tokensPerMinute: NaN }, 'keys[0].tokensPerMinute: '],
    [{ maxConcurrent: 0 }, 'keys[0].maxConcurrent: '],
    [{ maxConcurrent: 1.5 }, 'keys[0].maxConcurrent: '],
    [{ budgetUsd: {} }, 'keys[0].budgetUsd: expected day, month or both'],
    [{ budgetUsd: { day: 0 } }, 'keys[0].budgetUsd.day: '],
    [{ budgetUsd: { month: -1 } }, 'keys[0].budgetUsd.month: '],
    [{ budgetUsd: { month: NaN } }, 'keys[0].budgetUsd.month: '],
    [{ budgetUsd: { month: 1e12 } }, 'keys[0].budgetUsd.month: '],
    [{ budgetUsd: { day: 1e-12 } }, 'keys[0].budgetUsd.day: expected 0.000000001 or more'],
    [{ budgetUsd: { day: 10, month: 1 } }, 'keys[0].budgetUsd.day: expected no more than `month` has'],
    [{ requestsPerMinute: 1e300 }, 'keys[0].requestsPerMinute: expected 1000000000000 at most'],
    [{ maxConcurrent: 1e7 }, 'keys[0].maxConcurrent: '],
    [{ budgetUsd: { week: 1 } }, 'keys[0].budgetUsd.week: is not known'],
    [{ priority: 1.5 }, 'keys[0].priority: '],
    [{ priority: 101 }, 'keys[0].priority: '],
  ])('a key with %j is refused', (key, message) => {
    expect(() => hubWith(key)).toThrow(TypeError);
    expect(() => hubWith(key)).toThrow(message);
  });

  it.each<[Record<string, unknown>, string]>([
    [{ limits: { requestsPerSecond: 0 } }, 'limits.requestsPerSecond: '],
    [{ limits: { requestsPerSecond: NaN } }, 'limits.requestsPerSecond: expected a number above 0, or Infinity'],
    [{ limits: { unpriced: 'maybe' } }, 'limits.unpriced: '],
    [{ quota: { take() {} } }, 'quota: expected an object with the function "take" and "rebuild"'],
  ])('%j is refused', (options, message) => {
    expect(() => hubWith({}, options)).toThrow(message);
  });
});
