import { describe, expect, it } from 'vitest';
import { NexusHub } from 'nexusai-hub';
import type { NexusHubOptions } from 'nexusai-hub';
import { chunkOf, scriptedProvider } from 'nexusai-hub/testing';
import { checkBooks } from '../request-path/books.ts';
import { failureOf, harness, PLAIN, readAll, STREAM } from '../request-path/harness.ts';

const providers = { main: scriptedProvider({ says: 'ok' }) };
const listed = scriptedProvider({ says: 'ok' }, { models: ['x', 'y'] });

describe('options', () => {
  it.each<[unknown, string]>([
    [{}, 'providers: '],
    [{ providers: {} }, 'providers: expected at least one provider'],
    [{ providers: { main: {} } }, 'providers.main: expected an object with the function "open"'],
    [{ providers: { 'a b': providers.main } }, 'providers["a b"]: expected letters, digits'],
    [{ providers, modles: {} }, 'modles: is not known. Check its spelling, or leave it out.'],
    [
      { providers, models: { m: 'other' } },
      'models["m"][0] names the provider "other", which does not exist. Providers: main.',
    ],
    [{ providers, models: { m: [] } }, 'models.m: '],
    [
      { providers, keys: [{ name: 'app', key: 'app-key-0001', models: [] }] },
      'keys[0].models: expected at least one; leave it out to let the key use all models',
    ],
    [
      { providers, keys: [{ name: 'app', key: 'app-key-0001', providers: [] }] },
      'keys[0].providers: expected at least one; leave it out to let the key use all providers',
    ],
    [{ providers, models: { m: { provider: 'main', weight: 0 } } }, 'the weights of models["m"] are all 0'],
    [
      { providers, models: { m: ['main', { provider: 'main', tier: 2 }, { provider: 'main', model: 'm' }] } },
      'models["m"][0] and [1] both lead to "m" of "main", which a request asks once. Leave one out',
    ],
    [
      { providers, models: { m: [{ provider: 'main', weight: -1 }] } },
      'models.m[0].weight: Too small: expected number to be >=0 (got -1)',
    ],
    [{ providers, routing: { maxAttempts: 0 } }, 'routing.maxAttempts: Too small: expected number to be >=1 (got 0)'],
    [
      { providers, circuit: { whenAllOpen: 'pray' } },
      'circuit.whenAllOpen: Invalid option: expected one of "fail_fast"',
    ],
    [
      { providers, models: { m: { provider: 'main', tier: 0 } } },
      'models.m.tier: Too small: expected number to be >=1',
    ],
    [{ providers, models: { m: { provider: 'main', tier: 1.5 } } }, 'models.m.tier: Invalid input: expected int'],
    [
      { providers, models: { m: [{ provider: 'main', when: { minPromptTokens: 9, maxPromptTokens: 8 } }] } },
      'models.m[0].when: no prompt is so long and so short: expected minPromptTokens to be at most maxPromptTokens',
    ],
    [
      { providers, models: { m: [{ provider: 'main', when: { callers: [] } }] } },
      'models.m[0].when.callers: Too small',
    ],
    [
      { providers, models: { m: [{ provider: 'main', when: { operations: ['sing'] } }] } },
      'models.m[0].when.operations[0]: Invalid option: expected one of "chat"|"embeddings"|',
    ],
    [
      { providers, models: { m: [{ provider: 'main', when: { model: 'x' } }] } },
      'models.m[0].when.model: is not known. Check its spelling',
    ],
    [
      { providers, fallbacks: { m: { model: 'n', on: ['rain'] } } },
      'fallbacks.m.on[0]: Invalid option: expected one of',
    ],
    [
      { providers, fallbacks: { a: ['b', 'c'], b: 'd', d: [{ model: 'b', on: ['schema'] }] } },
      'fallbacks go round in a circle: b -> d -> b. Take one of these steps out.',
    ],
    [{ providers, fallbacks: { a: 'a' } }, 'fallbacks go round in a circle: a -> a.'],
    [
      { providers: { listed }, fallbacks: { x: ['y', { model: 'z' }] } },
      'fallbacks["x"][1] names the model "z", which leads nowhere. Give it a route in models.',
    ],
    [
      { providers: { listed }, fallbacks: { gone: 'x' } },
      'fallbacks["gone"] is for a model that leads nowhere. Give it a route in models, or leave it out.',
    ],
    [{ providers, routing: { strategy: 'cost' } }, 'routing.strategy is "cost", but there is no price. Set prices or'],
    [{ providers, routing: { strategy: 'lottery' } }, 'routing.strategy: Invalid option: expected one of "weighted"|'],
    [
      { providers, timeouts: { idleMs: '5s' } },
      'timeouts.idleMs: Invalid input: expected number, received string (got "5s")',
    ],
    [{ providers, timeouts: { wholeMs: 3e9 } }, 'timeouts.wholeMs: Too big'],
    [{ providers, flow: { byProvider: { spare: {} } } }, 'flow.byProvider names the provider "spare"'],
    [
      { providers, prices: { byProvider: { spare: {} } } },
      'prices.byProvider names the provider "spare", which does not exist. Providers: main.',
    ],
    [{ providers, prices: { models: { m: { input: 1 } } } }, 'prices.models.m.output: '],
    [
      { providers, prices: { models: { 'm*n': { input: 1, output: 1 } } } },
      'prices.models["m*n"]: expected a model name, or the',
    ],
    [
      { providers, prices: { models: { m: { input: 2_500_000, output: 1 } } } },
      'prices.models.m.input: Too big: expected number to be <=1000000 (got 2500000)',
    ],
    [
      {
        providers,
        prices: {
          models: {
            m: {
              input: 1,
              output: 1,
              longPrompts: [2, 2].map((at) => ({ abovePromptTokens: at, input: 1, output: 1 })),
            },
          },
        },
      },
      'prices.models.m.longPrompts: expected a limit of its own for each',
    ],
    [{ providers, priceTable: {} }, 'priceTable: expected an object with the function "priceOf"'],
    [{ providers, limits: { requestsPerSecond: -1 } }, 'limits.requestsPerSecond: '],
    [
      {
        providers,
        keys: [
          { name: 'a', key: 'sk-canary' },
          { name: 'a', key: 'sk-other-key' },
        ],
      },
      'two entries of keys have the same name',
    ],
    [{ providers, balancer: {} }, 'balancer: expected an object with the function "order"'],
  ])('refuses %j and says why', (options, message) => {
    const make = (): NexusHub => new NexusHub(options as NexusHubOptions);
    expect(make).toThrow(TypeError);
    expect(make).toThrow(message);
  });

  it('X1: shows no key in an error', () => {
    const make = (): NexusHub => new NexusHub({ providers, keys: [{ name: '', key: 'sk-canary' }] });
    expect(make).toThrow(expect.objectContaining({ message: expect.not.stringContaining('canary') as string }));
  });

  it('lets bounds of one provider differ without losing those of all', async () => {
    const hub = new NexusHub({
      providers,
      flow: { maxConcurrency: 1, maxQueue: 0, byProvider: { main: { maxWaitMs: 5 } } },
    });
    const first = hub.chat.completions.create({ ...STREAM, model: 'x' });
    const second = await failureOf(hub.chat.completions.create({ ...PLAIN, model: 'x' }));
    expect(second).toMatchObject({ code: 'overloaded' });
    await readAll(await first);
    await hub.close();
  });
});

describe('requests from the own program', () => {
  it.each<[unknown, string]>([
    [{}, 'model'],
    [{ model: 'm' }, 'messages'],
    [{ model: 'm', messages: [null] }, 'messages[0]'],
  ])('are checked like those from outside: %j', async (body, param) => {
    const { hub, books } = harness(providers);
    const error = await failureOf(hub.chat.completions.create(body as typeof PLAIN));
    expect(error).toMatchObject({ code: 'request_invalid', details: { param } });
    expect(books.records).toEqual([]);
  });

  it('never change the body they were given', async () => {
    const { hub } = harness(providers, { models: { m: { provider: 'main', model: 'other' } } });
    const body = Object.freeze({ ...PLAIN, messages: Object.freeze([...PLAIN.messages]) as typeof PLAIN.messages });
    await hub.chat.completions.create(body);
    expect(providers.main.calls.at(-1)?.request.model).toBe('other');
    expect(body.model).toBe('m');
  });
});

describe('D1: close', () => {
  it('lets streams under way finish, takes no new requests, and writes every record', async () => {
    const steps = [
      { yields: chunkOf({ content: 'x' }) },
      { waitsMs: 5_000 },
      { yields: chunkOf({ finish: 'stop' as const }) },
    ];
    const { hub, clock, books } = harness({ a: scriptedProvider({ streams: steps }) });
    const streams = await Promise.all(Array.from({ length: 50 }, () => hub.chat.completions.create(STREAM)));
    const reading = streams.map((stream) => readAll(stream));
    const closing = hub.close({ drainMs: 6_000 });
    expect(hub.isReady).toBe(false);
    expect(await failureOf(hub.chat.completions.create(PLAIN))).toMatchObject({ code: 'closing' });
    await clock.advance(5_000);
    await closing;
    for (const { error } of await Promise.all(reading)) expect(error).toBeUndefined();
    checkBooks(books, 50);
  });

  it('ends what is not finished by then with an error, and closes providers once', async () => {
    let closed = 0;
    const provider = {
      ...scriptedProvider({ streams: [{ yields: chunkOf({ content: 'x' }) }, { hangs: 'deaf' }] }),
      close() {
        closed++;
        return Promise.resolve();
      },
    };
    const { hub, clock, books } = harness({ provider });
    const reading = readAll(await hub.chat.completions.create(STREAM));
    const closing = Promise.all([hub.close({ drainMs: 1_000 }), hub.close()]);
    await clock.advance(1_000);
    await closing;
    expect(await reading).toMatchObject({ text: 'x', error: { code: 'closing' } });
    expect(closed).toBe(1);
    checkBooks(books, 1);
    expect(clock.pending).toBe(0);
  });

  it.each<[string, Partial<NexusHubOptions>, (() => Promise<void>) | undefined]>([
    ['a provider whose close never settles', {}, () => new Promise(() => undefined)],
    ['a token counter that never counts', { tokenCounter: { count: () => new Promise(() => undefined) } }, undefined],
  ])('is not held up by %s', async (_what, options, close) => {
    const provider = { ...scriptedProvider({ says: 'x' }), ...(close ? { close } : {}) };
    const { hub, clock } = harness({ provider }, options);
    await hub.chat.completions.create(PLAIN);
    let closed = false;
    void hub.close().then(() => (closed = true));
    await clock.advance(5_000);
    expect(closed).toBe(true);
    expect(clock.pending).toBe(0);
  });

  it('takes a drain of any length', async () => {
    const { hub, clock } = harness({ a: scriptedProvider({ first: [{ waitsMs: 60_000 }], then: { says: 'late' } }) });
    const answer = hub.chat.completions.create(PLAIN);
    await clock.advance(1);
    const closing = hub.close({ drainMs: Infinity });
    await clock.advance(60_000);
    await closing;
    expect((await answer).choices[0]?.message.content).toBe('late');
  });

  it('is not held up by a provider that does not close', async () => {
    const provider = { ...scriptedProvider({ says: '' }), close: () => Promise.reject(new Error('stuck')) };
    const { hub } = harness({ provider });
    await hub.close();
  });
});

describe('models', () => {
  it('lists what the table and the providers name', async () => {
    const hub = new NexusHub({
      providers: { a: scriptedProvider({ says: '' }, { models: ['x'] }), b: providers.main },
      models: { y: 'b' },
    });
    expect((await hub.listModels({ id: 'app', role: 'user' })).map(({ id, owned_by }) => [id, owned_by])).toEqual([
      ['y', 'b'],
      ['x', 'a'],
    ]);
  });
});
