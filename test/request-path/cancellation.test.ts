import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { isNexusError } from 'nexusai-hub';
import { chunkOf, scriptedProvider } from 'nexusai-hub/testing';
import { checkBooks, keepBooks } from './books.ts';
import { failureOf, harness, PLAIN, readAll, STREAM } from './harness.ts';

const settled = (promise: Promise<unknown>): Promise<unknown> => promise.catch((cause: unknown) => cause);
const never = <T>(): Promise<T> => new Promise<T>(() => undefined);

describe('C1-C3: the caller leaves', () => {
  it.each([
    ['before it began', { aborted: true }],
    ['while the authenticator thinks', { options: { authenticator: { identify: () => never<never>() } } }],
    ['while the session is opened', { options: { sessionTracker: { open: () => never<never>(), active: () => 0 } } }],
    ['while the limiter thinks', { options: { limiter: { acquire: () => never<never>() } } }],
    ['while it waits for a place', { options: { flowControl: { enter: () => never<never>() } } }],
    ['before the provider answers', {}],
  ])('%s', async (_when, { aborted = false, options = {} }: { aborted?: boolean; options?: object }) => {
    for (const request of [PLAIN, STREAM]) {
      const provider = scriptedProvider({ first: [{ hangs: 'deaf' }], then: { says: '' } });
      const { hub, books, clock } = harness({ provider }, options);
      const controller = new AbortController();
      if (aborted) controller.abort();
      const failure = failureOf(hub.chat.completions.create(request, { signal: controller.signal }));
      await clock.advance(10);
      controller.abort();
      expect(await failure).toMatchObject({ code: 'cancelled' });
      for (const call of provider.calls) expect(call.context.signal.aborted).toBe(true);
      await hub.close();
      checkBooks(books, 1);
      expect(books.records[0]).toMatchObject({ outcome: 'aborted' });
      expect(hub.stats.now().inFlight).toBe(0);
      expect(clock.pending).toBe(0);
    }
  });

  it('during a pause between rounds', async () => {
    const provider = scriptedProvider({ throws: 'provider_unavailable' });
    const { hub, clock, books } = harness({ provider }, { routing: { backoffMs: 10_000 } });
    const controller = new AbortController();
    const failure = failureOf(hub.chat.completions.create(PLAIN, { signal: controller.signal }));
    await clock.advance(100);
    controller.abort();
    expect(await failure).toMatchObject({ code: 'cancelled' });
    expect(clock.pending).toBe(0);
    await hub.close();
    checkBooks(books, 1);
  });

  it.each([
    ['while it reads', true],
    ['between two reads', false],
  ])('in the middle of a stream, %s', async (_when, reading) => {
    for (const by of ['signal', 'controller']) {
      const provider = scriptedProvider({ streams: [{ yields: chunkOf({ content: 'x' }) }, { hangs: 'deaf' }] });
      const { hub, books, clock } = harness({ provider });
      const caller = new AbortController();
      const stream = await hub.chat.completions.create(STREAM, { signal: caller.signal });
      const iterator = stream[Symbol.asyncIterator]();
      await iterator.next();
      const pending = reading ? settled(iterator.next()) : undefined;
      (by === 'signal' ? caller : stream.controller).abort();
      expect(provider.calls[0]?.context.signal.aborted).toBe(true);
      // The signal is the caller's word for "give up"; the controller, as in the OpenAI SDK, for "enough".
      expect(await (pending ?? settled(iterator.next()))).toMatchObject(
        by === 'signal' ? { code: 'cancelled' } : { done: true },
      );
      await hub.close();
      checkBooks(books, 1);
      expect(books.tickets).toEqual([['abandon']]);
      expect(books.records[0]).toMatchObject({ outcome: 'aborted', usageProvenance: 'partial' });
      expect(clock.pending).toBe(0);
    }
  });

  it('leaves no listener on a signal that lives on', async () => {
    const { hub } = harness({ a: scriptedProvider({ says: 'ok' }) });
    const { signal } = new AbortController();
    for (let request = 0; request < 20; request++) {
      await hub.chat.completions.create(PLAIN, { signal });
      await readAll(await hub.chat.completions.create(STREAM, { signal }));
    }
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('by leaving the loop: resolves at once although the provider is deaf', async () => {
    const provider = scriptedProvider({ streams: [{ yields: chunkOf({ content: 'x' }) }, { hangs: 'deaf' }] });
    const { hub, books } = harness({ provider });
    const chunks = (await hub.chat.completions.create(STREAM))[Symbol.asyncIterator]();
    for await (const _chunk of chunks) break;
    expect(provider.calls[0]?.context.signal.aborted).toBe(true);
    expect(await chunks.next()).toEqual({ done: true, value: undefined });
    await hub.close();
    checkBooks(books, 1);
  });
});

describe('what comes too late is given back', () => {
  it('a lease, a slot and a stream that arrive after the caller left', async () => {
    const books = keepBooks();
    let letLease: () => void = () => undefined;
    const { hub } = harness(
      { a: scriptedProvider({ says: 'a' }) },
      {
        limiter: {
          acquire: async (...given) => {
            await new Promise<void>((resolve) => (letLease = resolve));
            return books.limiter.acquire(...given);
          },
        },
      },
      books,
    );
    const controller = new AbortController();
    const failure = failureOf(hub.chat.completions.create(PLAIN, { signal: controller.signal }));
    await new Promise(setImmediate);
    controller.abort();
    await failure;
    letLease();
    await new Promise(setImmediate);
    await hub.close();
    checkBooks(books, 1);

    let letSlot: () => void = () => undefined;
    const late = keepBooks();
    const { hub: other } = harness(
      { a: scriptedProvider({ says: 'a' }) },
      {
        flowControl: {
          enter: async (...given) => {
            await new Promise<void>((resolve) => (letSlot = resolve));
            return late.flowControl.enter(...given);
          },
        },
      },
      late,
    );
    const second = new AbortController();
    const gone = failureOf(other.chat.completions.create(PLAIN, { signal: second.signal }));
    await new Promise(setImmediate);
    second.abort();
    await gone;
    letSlot();
    await new Promise(setImmediate);
    checkBooks(late, 1);
  });

  it('a stream that is opened after the limit is closed again', async () => {
    let open: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    let returned = false;
    const provider = scriptedProvider({ first: [{ waitsFor: gate }], then: { says: '' } });
    const lateProvider = {
      kind: 'late',
      async open() {
        await gate;
        return {
          [Symbol.asyncIterator]: () => ({
            next: () => never<never>(),
            return: () => {
              returned = true;
              return Promise.resolve({ done: true as const, value: undefined });
            },
          }),
        };
      },
    };
    const { hub, clock } = harness(
      { lateProvider, provider },
      { routing: { maxAttempts: 1 }, timeouts: { firstContentMs: 100 } },
    );
    const failure = failureOf(hub.chat.completions.create(STREAM));
    await clock.advance(100);
    await failure;
    open();
    await clock.advance(1);
    expect(returned).toBe(true);
  });
});

it.each<[what: string, given: unknown]>([
  ['nothing', undefined],
  ['a text', 'Hello'],
  ['nobody can begin to read', { [Symbol.asyncIterator]: 'none', body: {} }],
])('a late answer that is none ends no process: %s', async (_what, given) => {
  const unheard: unknown[] = [];
  const hear = (cause: unknown): void => void unheard.push(cause);
  process.on('unhandledRejection', hear);
  for (const operation of ['chat', 'responses'] as const) {
    let giveUp: () => void = () => undefined;
    const answering = () => new Promise<never>((resolve) => (giveUp = () => resolve(given as never)));
    const { hub, books } = harness({ a: { kind: 'any', open: answering, forward: answering } });
    const leaving = new AbortController();
    const options = { signal: leaving.signal };
    const failure = failureOf(
      operation === 'chat'
        ? hub.chat.completions.create(PLAIN, options)
        : hub.responses.create({ model: 'm', input: 'Hello' }, options),
    );
    await new Promise(setImmediate);
    leaving.abort();
    expect(await failure).toMatchObject({ code: 'cancelled' });
    giveUp();
    await new Promise(setImmediate);
    await hub.close();
    checkBooks(books, 1);
  }
  process.off('unhandledRejection', hear);
  expect(unheard).toEqual([]);
});

describe('an answer that is over stays over', () => {
  it('when the caller leaves while its tokens are still being counted', async () => {
    let counted: () => void = () => undefined;
    const provider = scriptedProvider({ says: 'all of it' });
    const tokenCounter = {
      async count() {
        await new Promise<void>((resolve) => (counted = resolve));
        return { tokens: 1, exact: false };
      },
    };
    const { hub, books } = harness({ provider }, { tokenCounter });
    const caller = new AbortController();
    const request = { ...STREAM, stream_options: { include_usage: true } };
    const reading = readAll(await hub.chat.completions.create(request, { signal: caller.signal }));
    await new Promise(setImmediate);
    caller.abort();
    expect((await reading).error).toMatchObject({ code: 'cancelled' });
    for (let turn = 0; turn < 9; turn++) {
      counted();
      await new Promise(setImmediate);
    }
    await hub.close();
    checkBooks(books, 1);
    expect(books.tickets).toEqual([['succeed']]);
  });

  it("closes the provider's own iterator, whatever it does with the signal", async () => {
    const steps = [{ yields: chunkOf({ content: 'x' }) }, { yields: chunkOf({ content: 'y' }) }];
    const provider = scriptedProvider({ streams: steps });
    const { hub } = harness({ provider });
    for await (const _chunk of await hub.chat.completions.create(STREAM)) break;
    await new Promise(setImmediate);
    expect(provider.calls[0]?.ended).toBe('returned');
  });
});

describe('C5, C7: one record for every outcome', () => {
  it.each([
    ['ok', { says: 'done' }, 'read'],
    ['error', { throws: 'provider_rejected' }, 'read'],
    ['partial', { streams: [{ yields: chunkOf({ content: 'x' }) }, { throws: 'stream_interrupted' }] }, 'read'],
    ['aborted', { says: 'done' }, 'leave'],
  ] as const)('%s', async (outcome, script, how) => {
    const { hub, books } = harness({ a: scriptedProvider(script) });
    try {
      const stream = await hub.chat.completions.create(STREAM);
      if (how === 'read') await readAll(stream);
      else for await (const _chunk of stream) break;
    } catch (cause) {
      expect(isNexusError(cause)).toBe(true);
    }
    await hub.close();
    expect(books.records.map((record) => record.outcome)).toEqual([outcome]);
    await hub.close();
    checkBooks(books, 1);
  });
});
