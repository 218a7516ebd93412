import { answerInfo, memoryAnswerCache, memoryLedger, NexusHub, type NexusHubOptions } from 'nexusai-hub';
import type { AnswerCache, ChatCompletion, ChatRequest } from 'nexusai-hub/ports';
import { chunkOf, completionOf, manualClock, type Script, scriptedProvider } from 'nexusai-hub/testing';
import { describe, expect, it } from 'vitest';

import { failureOf, readAll } from '../request-path/harness.ts';

const USAGE = { prompt_tokens: 100, completion_tokens: 20, total_tokens: 120 };
/** 100 x 1,000 + 20 x 2,000 nano-dollars. */
const COST = 140_000;
const PRICES = { models: { m: { input: 1, output: 2 } } };
const PLAIN: ChatRequest & { stream?: false } = { model: 'm', messages: [{ role: 'user', content: 'Hello' }] };
const STREAM: ChatRequest & { stream: true } = { ...PLAIN, stream: true };
const KEYS = ['a', 'b'].map((name) => ({ name, key: `sk-${name}-0123456789` }));

/** `exactOptionalPropertyTypes` does not let it be said plainly. */
const NO_CACHE = { cache: undefined } as unknown as Partial<NexusHubOptions>;

function setUp(
  script: Script | readonly Script[] = { says: 'Hi!', usage: USAGE },
  options: Partial<NexusHubOptions> = {},
) {
  const clock = manualClock();
  const main = scriptedProvider(script);
  const ledger = memoryLedger();
  const hub = new NexusHub({
    providers: { main },
    models: { m: 'main' },
    prices: PRICES,
    keys: KEYS,
    cache: {},
    ledger,
    clock,
    ...options,
  });
  const ask = async (key: string, body: object, headers: Record<string, string> = {}): Promise<Response> =>
    hub.fetch('http://hub/v1/chat/completions', {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer sk-${key}-0123456789`, ...headers },
      body: JSON.stringify(body),
    });
  return { clock, main, ledger, hub, ask };
}

/** What an answer says, without what every answer has of its own. */
function said({ id: _id, created: _created, ...rest }: ChatCompletion): object {
  return rest;
}

describe('an answer that is kept', () => {
  it('K8: costs 0, says what it saved, and charges no limit', async () => {
    const { hub, main, ledger } = setUp();
    const first = await hub.chat.completions.create(PLAIN);
    const second = await hub.chat.completions.create(PLAIN);
    expect(main.calls).toHaveLength(1);
    expect(said(second)).toEqual(said(first));
    expect(second.id).not.toBe(first.id);
    const infos = [first, second].map((answer) => answerInfo(answer));
    expect(infos).toMatchObject([
      { cache: 'miss', attempts: 1, provider: 'main' },
      { cache: 'hit', attempts: 0, provider: 'main' },
    ]);
    expect(infos[0]?.requestId).not.toBe(infos[1]?.requestId);
    const summary = await hub.stats.summary();
    expect(summary).toMatchObject({
      requests: 2,
      attempts: 1,
      outcomes: { ok: 2 },
      costNanoUsd: COST,
      tokens: { total: 120 },
      cacheHits: 1,
      savedTokens: 120,
      savedNanoUsd: COST,
    });
    expect(hub.stats.now()).toMatchObject({
      ...{ requests: 2, attempts: 1, costNanoUsd: COST, tokens: { total: 120 } },
      ...{ cacheHits: 1, savedTokens: 120, savedNanoUsd: COST, unmeasured: 0, unpriced: 0 },
      byProvider: { main: { requests: 2, attempts: 1, cacheHits: 1 } },
      cache: { state: 'well', scope: 'caller', hits: 1, misses: 1, kept: 1, damaged: 0, entries: 1 },
    });
    const lines = [];
    for await (const line of ledger.attempts({})) lines.push(line);
    expect(lines).toMatchObject([
      { attempt: 1, provenance: 'reported', costNanoUsd: COST, savedNanoUsd: null },
      {
        ...{ attempt: 0, providerId: 'main', provenance: 'cached', costNanoUsd: 0, savedNanoUsd: COST },
        ...{ promptTokens: 100, completionTokens: 20, requestOutcome: 'ok', priceVersion: null },
      },
    ]);
    await hub.close();
  });

  it('K8: budgets and tokens of a key are charged once, its requests each time', async () => {
    const keys = [
      { name: 'a', key: 'sk-a-0123456789', requestsPerMinute: 3, tokensPerMinute: 150, budgetUsd: { day: 1 } },
    ];
    const { ask, hub } = setUp(undefined, { keys });
    const statuses: number[] = [];
    for (let count = 0; count < 4; count++) statuses.push((await ask('a', PLAIN)).status);
    expect(statuses).toEqual([200, 200, 200, 429]);
    await hub.close();
  });

  it('X6: is given to nobody but its caller', async () => {
    const { ask, main, hub } = setUp();
    const answers = [await ask('a', PLAIN), await ask('b', PLAIN), await ask('a', PLAIN), await ask('b', PLAIN)];
    expect(answers.map(({ headers }) => headers.get('x-nexus-cache'))).toEqual(['miss', 'miss', 'hit', 'hit']);
    expect(main.calls).toHaveLength(2);
    await hub.chat.completions.create(PLAIN);
    expect(main.calls).toHaveLength(3);
    await hub.close();
  });

  it('X6: also where the cache looks at the digest alone', async () => {
    const inner = new Map<string, string>();
    const careless: AnswerCache = {
      get: ({ digest }) => inner.get(digest),
      set: ({ digest }, answer) => void inner.set(digest, answer),
    };
    const { ask, main, hub } = setUp(undefined, { answerCache: careless });
    await ask('a', PLAIN);
    expect((await ask('b', PLAIN)).headers.get('x-nexus-cache')).toBe('miss');
    expect(main.calls).toHaveLength(2);
    await hub.close();
  });

  it('is shared by all callers where the owner wants that', async () => {
    const { ask, main, hub } = setUp(undefined, { cache: { scope: 'hub' } });
    await ask('a', PLAIN);
    expect((await ask('b', PLAIN)).headers.get('x-nexus-cache')).toBe('hit');
    expect(main.calls).toHaveLength(1);
    await hub.close();
  });

  it('X6: of callers who share, none can have others answered with what was never asked', async () => {
    const { main, hub, ask } = setUp(undefined, { cache: { scope: 'hub' } });
    const text = '{"model":"m","messages":[{"role":"user","content":"Poison","content":"Hello"}]}';
    await hub.fetch('http://hub/v1/chat/completions', {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer sk-a-0123456789' },
      body: text,
    });
    const { wireTextOf } = await import('../../src/openai/wire-text.ts');
    const asked = main.calls[0]?.request;
    expect(asked && wireTextOf(asked)).toBeUndefined();
    expect(asked?.messages).toEqual(PLAIN.messages);
    expect((await ask('b', PLAIN)).headers.get('x-nexus-cache')).toBe('hit');
    await hub.close();
  });

  it('is checked as any other: a model that a key may not use, and no key at all', async () => {
    const keys = [...KEYS, { name: 'c', key: 'sk-c-0123456789', models: ['n'] }];
    const { ask, hub } = setUp(undefined, { keys, cache: { scope: 'hub' } });
    await ask('a', PLAIN);
    expect((await ask('c', PLAIN)).status).toBe(403);
    expect((await ask('nobody', PLAIN)).status).toBe(401);
    await hub.close();
  });

  it('belongs to a conversation, and its words are in it', async () => {
    const { hub } = setUp();
    await hub.chat.completions.create(PLAIN, { conversationId: 'one' });
    await hub.chat.completions.create(PLAIN, { conversationId: 'two' });
    const two = await hub.conversations.get('two');
    expect(two.messageLines).toMatchObject([
      { role: 'user', from: 'caller' },
      { role: 'assistant', from: 'model', providerId: 'main' },
    ]);
    expect(two).toMatchObject({ requests: 1, costNanoUsd: 0, tokens: { total: 0 }, providers: ['main'] });
    await hub.close();
  });

  it('is forgotten after its time, to the millisecond', async () => {
    const { hub, main, clock } = setUp(undefined, { cache: { ttlMs: 60_000 } });
    await hub.chat.completions.create(PLAIN);
    await clock.advance(59_999);
    await hub.chat.completions.create(PLAIN);
    expect(main.calls).toHaveLength(1);
    await clock.advance(1);
    await hub.chat.completions.create(PLAIN);
    expect(main.calls).toHaveLength(2);
    await hub.close();
  });

  it('is one answer, streamed or whole, whichever came first', async () => {
    for (const isStreamedFirst of [true, false]) {
      const { hub, main } = setUp();
      const whole = async (): Promise<ChatCompletion> => hub.chat.completions.create(PLAIN);
      const streamed = async () => readAll(await hub.chat.completions.create(STREAM));
      const first = isStreamedFirst ? (await streamed()).text : (await whole()).choices[0]?.message.content;
      expect(first).toBe('Hi!');
      expect((await streamed()).text).toBe('Hi!');
      const completion = await whole();
      expect(completion.choices[0]?.message.content).toBe('Hi!');
      expect(completion.usage).toEqual(USAGE);
      const again = await hub.chat.completions.create({ ...STREAM, stream_options: { include_usage: true } });
      const { chunks, text: read } = await readAll(again);
      expect(read).toBe('Hi!');
      expect(chunks.at(-1)).toMatchObject({ choices: [], usage: USAGE });
      const without = await readAll(await hub.chat.completions.create(STREAM));
      expect(without.chunks.some(({ usage }) => usage)).toBe(false);
      expect(main.calls).toHaveLength(1);
      await hub.close();
    }
  });

  it('is let go with its reader: the record says that the caller left', async () => {
    const { hub, ledger, clock } = setUp();
    await hub.chat.completions.create(PLAIN);
    const stream = await hub.chat.completions.create(STREAM);
    stream.controller.abort();
    expect(hub.stats.now()).toMatchObject({ inFlight: 0, outcomes: { ok: 1, aborted: 1 }, cacheHits: 1 });
    const unread = await hub.chat.completions.create(STREAM);
    expect(hub.stats.now().inFlight).toBe(1);
    const closing = hub.close({ drainMs: 1 });
    await clock.advance(5_000);
    await closing;
    expect(await failureOf(readAll(unread).then(({ error }) => Promise.reject(error as Error)))).toMatchObject({
      code: 'closing',
    });
    expect(await ledger.summary({})).toMatchObject({ outcomes: { aborted: 1, partial: 1 }, cacheHits: 2 });
  });

  it('does not stay in the hub when nobody reads it', async () => {
    const { hub, clock } = setUp();
    await hub.chat.completions.create(PLAIN);
    await hub.chat.completions.create(STREAM);
    await clock.advance(300_000);
    expect(hub.stats.now().inFlight).toBe(0);
    await hub.close();
  });

  it('is of embeddings, too', async () => {
    let calls = 0;
    const main = {
      ...scriptedProvider({ says: '' }),
      embed: () => {
        calls++;
        return Promise.resolve({
          object: 'list' as const,
          model: 'm',
          data: [{ object: 'embedding' as const, index: 0, embedding: [0.1, -2.5e-7] }],
          usage: { prompt_tokens: 3, total_tokens: 3 },
        });
      },
    };
    const { hub } = setUp(undefined, { providers: { main } });
    const first = await hub.embeddings.create({ model: 'm', input: 'Hello' });
    const second = await hub.embeddings.create({ model: 'm', input: 'Hello' });
    expect(second).toEqual(first);
    expect(calls).toBe(1);
    await hub.embeddings.create({ model: 'm', input: 'Hello', dimensions: 2 });
    expect(calls).toBe(2);
    expect(await hub.stats.summary()).toMatchObject({ requests: 3, cacheHits: 1, savedTokens: 3, savedNanoUsd: 3_000 });
    await hub.close();
  });
});

it('GET /stats tells of it', async () => {
  const keys = [{ name: 'ops', key: 'sk-ops-0123456789', role: 'admin' as const }];
  const { hub, ask } = setUp(undefined, { keys });
  for (let count = 0; count < 3; count++) await ask('ops', PLAIN);
  const headers = { authorization: 'Bearer sk-ops-0123456789' };
  const stats = async (): Promise<unknown> => (await hub.fetch('http://hub/stats', { headers })).json();
  expect(await stats()).toMatchObject({
    cache_hits: 2,
    saved_tokens: 240,
    saved_nano_usd: 2 * COST,
    cache: { state: 'well', scope: 'caller', hits: 2, misses: 1, kept: 1, damaged: 0, entries: 1 },
  });
  const exported = await hub.fetch('http://hub/export/stats?format=csv', { headers });
  expect(await exported.text()).toContain(`,cached,0,${COST},`);
  await hub.close();
});

describe('a request', () => {
  it.each([
    ['another temperature', { temperature: 0.5 }],
    ['several answers', { n: 2 }],
    ['log probabilities', { logprobs: true }],
    ['tools', { tools: [{ type: 'function' as const, function: { name: 'f' } }] }],
    ['another user', { user: 'u' }],
    ['a member nobody knows', { enable_search: true }],
    ['another message', { messages: [{ role: 'user' as const, content: 'Hello!' }] }],
  ])('with %s is another one', async (_what, change) => {
    const { hub, main } = setUp();
    await hub.chat.completions.create(PLAIN);
    await hub.chat.completions.create({ ...PLAIN, ...change });
    expect(main.calls).toHaveLength(2);
    await hub.chat.completions.create({ ...change, ...PLAIN, ...change });
    expect(main.calls).toHaveLength(2);
    await hub.close();
  });

  it('is the same whatever is noted beside it', async () => {
    const { hub, main } = setUp();
    await hub.chat.completions.create(PLAIN);
    await hub.chat.completions.create({ ...PLAIN, metadata: { trace: '1' } });
    expect(main.calls).toHaveLength(1);
    await hub.close();
  });

  it('whose numbers were rounded when they were read is not kept', async () => {
    const { hub, main } = setUp();
    for (let count = 0; count < 2; count++) await hub.chat.completions.create({ ...PLAIN, ...{ number: 2 ** 53 } });
    expect(main.calls).toHaveLength(2);
    expect(hub.stats.now().cache).toMatchObject({ hits: 0, misses: 0, kept: 0 });
    await hub.close();
  });

  it('may ask to be neither answered nor kept, to be asked anew, or for nothing else', async () => {
    const { ask, main, hub } = setUp(['1', '2', '3'].map((says) => ({ says, usage: USAGE })));
    const answer = async (wish?: string): Promise<[number, string | null, unknown]> => {
      const response = await ask('a', PLAIN, wish === undefined ? {} : { 'x-nexus-cache': wish });
      const body = (await response.json()) as Partial<ChatCompletion> & { error?: { code: string } };
      return [
        response.status,
        response.headers.get('x-nexus-cache'),
        body.error?.code ?? body.choices?.[0]?.message.content,
      ];
    };
    expect(await answer('only-if-cached')).toEqual([504, null, 'not_cached']);
    expect(await answer('no-store')).toEqual([200, null, '1']);
    expect(await answer('only-if-cached')).toEqual([504, null, 'not_cached']);
    expect(await answer()).toEqual([200, 'miss', '2']);
    expect(await answer('No-Cache')).toEqual([200, 'miss', '3']);
    expect(await answer()).toEqual([200, 'hit', '3']);
    expect(await answer('only-if-cached')).toEqual([200, 'hit', '3']);
    expect(await answer('sometimes')).toEqual([400, null, 'request_invalid']);
    expect(main.calls).toHaveLength(3);
    const refused = await ask('a', { ...PLAIN, user: 'x' }, { 'x-nexus-cache': 'only-if-cached' });
    expect(refused.headers.get('x-should-retry')).toBe('false');
    await hub.close();
  });

  it('may say so in process, and without a cache too', async () => {
    const { hub } = setUp(undefined, NO_CACHE);
    expect(await failureOf(hub.chat.completions.create(PLAIN, { cache: 'only-if-cached' }))).toMatchObject({
      code: 'not_cached',
    });
    const answer = await hub.chat.completions.create(PLAIN, { cache: 'no-cache' });
    expect(answerInfo(answer)?.cache).toBeUndefined();
    expect(hub.stats.now().cache).toBeUndefined();
    // @ts-expect-error what nobody knows does not compile
    await expect(hub.chat.completions.create(PLAIN, { cache: 'always' })).rejects.toThrow('must be one of no-store');
    await hub.close();
  });
});

describe('is not kept:', () => {
  const ending = (finish_reason: 'length' | 'content_filter'): Script => {
    const completion = completionOf('Hi', 'm', USAGE);
    return {
      completes: { ...completion, choices: completion.choices.map((choice) => ({ ...choice, finish_reason })) },
    };
  };
  const refusing = completionOf('', 'm');
  it.each<[string, Script]>([
    ['an answer that was cut off', ending('length')],
    ['one that was held back', ending('content_filter')],
    ['one that says nothing', { says: '' }],
    [
      'a refusal',
      {
        completes: {
          ...refusing,
          choices: [
            {
              index: 0,
              finish_reason: 'stop',
              logprobs: null,
              message: { role: 'assistant', content: null, refusal: 'No.' },
            },
          ],
        },
      },
    ],
    ['an error', { throws: 'provider_rejected' }],
    ['a stream that breaks', { streams: [{ yields: chunkOf({ content: 'Hi' }) }, { throws: 'stream_interrupted' }] }],
    ['a stream without an end', { streams: [{ yields: chunkOf({ content: 'Hi' }) }] }],
  ])('%s', async (_what, script) => {
    const { hub, main } = setUp(script, { routing: { maxAttempts: 1 } });
    for (const body of [STREAM, STREAM, PLAIN, PLAIN]) {
      try {
        const answer = await hub.chat.completions.create(body as typeof STREAM);
        if (Symbol.asyncIterator in answer) await readAll(answer);
      } catch {
        // It failed before it began.
      }
    }
    expect(main.calls).toHaveLength(4);
    expect(hub.stats.now().cache).toMatchObject({ hits: 0, kept: 0 });
    await hub.close();
  });

  it('what its caller left in the middle', async () => {
    const { hub } = setUp();
    for await (const _chunk of await hub.chat.completions.create(STREAM)) break;
    expect(hub.stats.now().cache).toMatchObject({ kept: 0 });
    await hub.close();
  });

  it('what another model said in its place', async () => {
    const spare = scriptedProvider({ says: 'spare' });
    const main = scriptedProvider([{ throws: 'provider_unavailable' }, { says: 'main' }]);
    const { hub } = setUp(undefined, {
      providers: { main, spare },
      models: { m: 'main', n: 'spare' },
      fallbacks: { m: 'n' },
      routing: { retries: { share: 0, perSecond: 0 } },
    });
    expect((await hub.chat.completions.create(PLAIN)).choices[0]?.message.content).toBe('spare');
    expect((await hub.chat.completions.create(PLAIN)).choices[0]?.message.content).toBe('main');
    await hub.close();
  });

  it('what is longer than it may be, whole or streamed', async () => {
    const { hub, main } = setUp({ says: 'x'.repeat(2_000) }, { cache: { maxEntryBytes: 1_000 } });
    await hub.chat.completions.create(PLAIN);
    await readAll(await hub.chat.completions.create(STREAM));
    await hub.chat.completions.create(PLAIN);
    expect(main.calls).toHaveLength(3);
    await hub.close();
  });

  it('a stream that was to fit a form: nobody has held it against that', async () => {
    const { hub, main } = setUp({ says: '{}', usage: USAGE });
    const form = { response_format: { type: 'json_object' } };
    await readAll(await hub.chat.completions.create({ ...STREAM, ...form }));
    await hub.chat.completions.create({ ...PLAIN, ...form });
    await hub.chat.completions.create({ ...PLAIN, ...form });
    expect(main.calls).toHaveLength(2);
    await hub.close();
  });
});

describe('a cache that is not well', () => {
  const twice = async (answerCache: AnswerCache) => {
    const set = setUp(undefined, { answerCache });
    const answers = [];
    for (let count = 0; count < 2; count++) {
      const asked = set.hub.chat.completions.create(PLAIN);
      await set.clock.advance(1_000);
      answers.push(await asked);
    }
    expect(answers.map((answer) => answer.choices[0]?.message.content)).toEqual(['Hi!', 'Hi!']);
    const { cache } = set.hub.stats.now();
    await set.hub.close({ drainMs: 0 });
    return { calls: set.main.calls.length, cache };
  };

  it.each<[string, AnswerCache]>([
    ['rejects', { get: () => Promise.reject(new Error('away')), set: () => Promise.reject(new Error('away')) }],
    ['throws', { get: () => expect.unreachable(), set: () => expect.unreachable() }],
    ['hangs', { get: () => new Promise(() => undefined), set: () => new Promise(() => undefined) }],
  ])('%s: answers are asked for, and it is said', async (_what, answerCache) => {
    const { calls, cache } = await twice(answerCache);
    expect(calls).toBe(2);
    expect(cache).toMatchObject({ state: 'away', hits: 0, misses: 2, kept: 0 });
  });

  it.each([
    ['cut', (text: string) => text.slice(0, -5)],
    ['of another version', (text: string) => text.replace('"v":1', '"v":2')],
    ['no text of ours', () => '\u0000\ufffd'],
    ['empty', () => ''],
    ['half', (text: string) => text.slice(0, text.indexOf('\n'))],
    ['without choices', (text: string) => `${text.slice(0, text.indexOf('\n'))}\n{"object":"chat.completion"}`],
    ['another operation', (text: string) => `${text.slice(0, text.indexOf('\n'))}\n{"object":"list","data":[1]}`],
    ['with a cost below nothing', (text: string) => text.replace(/"savedNanoUsd":\d+/, '"savedNanoUsd":-5')],
  ])('gives back what is %s: a miss', async (_what, spoil) => {
    const clock = manualClock();
    const inner = memoryAnswerCache(clock);
    const { calls, cache } = await twice({
      get: async (key) => {
        const text = await inner.get(key);
        return text === undefined ? undefined : spoil(text);
      },
      set: (key, answer, ttlMs) => inner.set(key, answer, ttlMs),
    });
    expect(calls).toBe(2);
    expect(cache).toMatchObject({ state: 'well', hits: 0, misses: 2, damaged: 1 });
  });

  it('keeps for longer than it was told: what is over is none', async () => {
    const inner = new Map<string, string>();
    const forEver: AnswerCache = {
      get: ({ digest }) => inner.get(digest),
      set: ({ digest }, answer) => void inner.set(digest, answer),
    };
    const { hub, main, clock } = setUp(undefined, { answerCache: forEver, cache: { ttlMs: 1_000 } });
    await hub.chat.completions.create(PLAIN);
    await clock.advance(1_000);
    await hub.chat.completions.create(PLAIN);
    expect(main.calls).toHaveLength(2);
    await hub.close();
  });
});

describe('options', () => {
  it.each<[object, string]>([
    [{ cache: { ttlMs: 0 } }, 'cache.ttlMs'],
    [{ cache: { scope: 'tenant' } }, 'cache.scope'],
    [{ cache: { maxEntries: 0 } }, 'cache.maxEntries'],
    [{ cache: { store: {} } }, 'cache.store: is not known'],
    [{ cache: {}, answerCache: {} }, 'answerCache: expected an object with the function "get" and "set"'],
    [{ ...NO_CACHE, answerCache: { get: () => undefined, set: () => undefined } }, 'answerCache keeps nothing'],
  ])('%j: %s', (options, message) => {
    expect(() => setUp(undefined, options)).toThrow(message);
  });
});
