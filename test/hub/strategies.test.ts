import type { NexusHubOptions, StrategyName } from 'nexusai-hub';
import { answerInfo, sticky } from 'nexusai-hub';
import type { Balancer, Target } from 'nexusai-hub/ports';
import { chunkOf, gate, scriptedProvider } from 'nexusai-hub/testing';
import { describe, expect, it } from 'vitest';

import { silentLogger } from '../../src/defaults/logger.ts';
import { checkBooks, keepBooks } from '../request-path/books.ts';
import { type Harness, harness, PLAIN, readAll, STREAM } from '../request-path/harness.ts';
import { dice } from '../defaults/balancer/targets.ts';

type Made = Parameters<typeof harness>[0];

function made(providers: Made, strategy: StrategyName, options: Partial<NexusHubOptions> = {}): Harness {
  return harness(providers, { balancer: undefined as never, random: dice(), routing: { strategy }, ...options });
}

async function answeredBy({ hub }: Harness): Promise<string | undefined> {
  return answerInfo(await hub.chat.completions.create(PLAIN))?.provider;
}

describe('strategies in a hub', () => {
  it('least-busy: counts streams until they are over', async () => {
    const held = gate();
    const holding = (): ReturnType<typeof scriptedProvider> =>
      scriptedProvider({
        streams: [
          { yields: chunkOf({ content: 'x' }) },
          { waitsFor: held.opened },
          { yields: chunkOf({ finish: 'stop' }) },
        ],
      });
    const providers = { a: holding(), b: holding() };
    const at = made(providers, 'least-busy');
    const streams = [];
    for (let count = 0; count < 10; count++) streams.push(await at.hub.chat.completions.create(STREAM));
    expect([providers.a.calls.length, providers.b.calls.length]).toEqual([5, 5]);
    for (const stream of streams) if (answerInfo(stream)?.provider === 'a') stream.controller.abort();
    for (let count = 0; count < 5; count++) streams.push(await at.hub.chat.completions.create(STREAM));
    expect([providers.a.calls.length, providers.b.calls.length]).toEqual([10, 5]);
    held.open();
    await Promise.all(streams.map((stream) => readAll(stream)));
    await at.hub.close();
    checkBooks(at.books, 15);
  });

  it('latency: finds the one that begins sooner, and leaves the one that fails', async () => {
    const steady = scriptedProvider({ first: [{ waitsMs: 50 }], then: { says: 'b' } });
    const providers = { a: scriptedProvider({ first: [{ waitsMs: 900 }], then: { says: 'a' } }), b: steady };
    const at = made(providers, 'latency');
    const ask = async (): Promise<string | undefined> => {
      const answer = answeredBy(at);
      await at.clock.advance(1_000);
      return answer;
    };
    const first = new Set([await ask(), await ask()]);
    expect(first).toEqual(new Set(['a', 'b']));
    for (let turn = 0; turn < 10; turn++) expect(await ask()).toBe('b');
    await at.hub.close();

    const failing = { c: scriptedProvider({ throws: 'provider_unavailable' }), d: steady };
    const other = made(failing, 'latency');
    for (let turn = 0; turn < 10; turn++) {
      const answer = answeredBy(other);
      await other.clock.advance(100);
      expect(await answer).toBe('d');
    }
    expect(failing.c.calls.length).toBeLessThanOrEqual(1);
    await other.hub.close();
  });

  it('cost: asks the cheapest, as prices say, and the one without a price last', async () => {
    const providers = {
      unpriced: scriptedProvider({ says: 'u' }),
      dear: scriptedProvider({ says: 'd' }),
      cheap: scriptedProvider([{ says: 'c' }, { throws: 'provider_denied' }]),
    };
    const byProvider = { dear: { m: { input: 10, output: 10 } }, cheap: { m: { input: 1, output: 1 } } };
    const at = made(providers, 'cost', { prices: { byProvider } });
    expect([await answeredBy(at), await answeredBy(at)]).toEqual(['cheap', 'dear']);
    expect(providers.unpriced.calls).toEqual([]);
    await at.hub.close();
  });

  it('tiers: the second takes over only when the first has failed, whatever the strategy', async () => {
    const providers = {
      spare: scriptedProvider({ says: 's' }),
      a: scriptedProvider([{ says: 'a' }, { throws: 'provider_denied' }]),
      b: scriptedProvider([{ throws: 'provider_denied' }]),
    };
    const models = { m: [{ provider: 'spare', tier: 2, weight: 100 }, 'a', { provider: 'b', weight: 0 }] };
    const at = made(providers, 'round-robin', { models });
    expect([await answeredBy(at), await answeredBy(at)]).toEqual(['a', 'spare']);
    expect(providers.b.calls).toHaveLength(1);
    await at.hub.close();
  });

  it('tiers: one in which nobody has weight backs up all the others', async () => {
    const providers = {
      idle: scriptedProvider({ says: 'i' }),
      a: scriptedProvider([{ says: 'a' }, { throws: 'provider_denied' }]),
      last: scriptedProvider([{ throws: 'provider_denied' }]),
    };
    const models = {
      m: [
        { provider: 'idle', weight: 0 },
        { provider: 'a', tier: 2 },
        { provider: 'last', tier: 3 },
      ],
    };
    const at = made(providers, 'weighted', { models });
    expect([await answeredBy(at), await answeredBy(at)]).toEqual(['a', 'idle']);
    expect(providers.last.calls).toHaveLength(1);
    await at.hub.close();
  });

  it.each<[string, Balancer['begins']]>([
    [
      'throws',
      () => {
        throw new Error('bad day');
      },
    ],
    ['gives nothing', () => undefined as never],
    [
      'gives an observer that throws',
      () => ({
        content: () => {
          throw new Error('content');
        },
        over: () => {
          throw new Error('over');
        },
      }),
    ],
  ])('no request is lost to a balancer whose begins %s', async (_what, begins) => {
    const books = keepBooks();
    const balancer = { order: (targets) => targets, begins } as Balancer;
    const { hub } = harness(
      { a: scriptedProvider({ says: 'a' }), b: scriptedProvider({ says: 'b' }) },
      { balancer },
      books,
    );
    expect((await hub.chat.completions.create(PLAIN)).choices[0]?.message.content).toBe('a');
    expect((await readAll(await hub.chat.completions.create(STREAM))).text).toBe('a');
    await hub.close();
    checkBooks(books, 2);
  });

  const rejects = (): never => Promise.reject(new Error('bad day')) as never;
  it.each<[string, Balancer['order']]>([
    ['rejects', rejects],
    ['promises an order', (targets) => Promise.resolve(targets) as never],
    ['gives what only looks like a list', () => ({ length: 2, includes: () => true }) as never],
    ['orders the rest of a conversation by one that rejects', sticky({ order: rejects }).order],
  ])('goes in the configured order, and the process lives, when a strategy %s', async (_what, order) => {
    const unheard: unknown[] = [];
    const hear = (cause: unknown): void => void unheard.push(cause);
    process.on('unhandledRejection', hear);
    const providers = { a: scriptedProvider({ says: 'a' }), b: scriptedProvider({ says: 'b' }) };
    const spare = [{ provider: 'b', model: 'other', tier: 2 }];
    const failures: unknown[] = [];
    const logger = { ...silentLogger, error: (fields: object) => void failures.push(fields) };
    const models = { m: ['a', 'b'], tiers: ['a', 'b', ...spare] };
    const { hub } = harness(providers, { models, balancer: { order }, logger });
    for (const model of ['m', 'tiers'])
      expect(answerInfo(await hub.chat.completions.create({ ...PLAIN, model }))?.provider).toBe('a');
    await hub.explain(PLAIN);
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', hear);
    expect(unheard).toEqual([]);
    expect(failures.length).toBeGreaterThanOrEqual(3);
    await hub.close();
  });

  it.each<[string, (targets: Target[]) => Target[]]>([
    ['empties', (targets) => targets.splice(0)],
    ['empties and gives back', (targets) => ((targets.length = 0), targets)],
    ['reverses', (targets) => targets.reverse()],
  ])('keeps the targets of a model when a strategy %s the list it is handed', async (_what, order) => {
    const providers = { a: scriptedProvider({ says: 'a' }), b: scriptedProvider({ says: 'b' }) };
    const models = {
      m: ['a', 'b'],
      tiers: ['a', 'b', { provider: 'b', model: 'other', tier: 2 }],
      conditional: ['a', { provider: 'b', when: { streamed: false } }],
    };
    const { hub } = harness(providers, { models, balancer: { order } });
    for (const model of ['m', 'tiers', 'conditional'])
      for (let turn = 0; turn < 2; turn++)
        expect(answerInfo(await hub.chat.completions.create({ ...PLAIN, model }))?.provider).toBe('a');
    await hub.close();
  });

  it('in the configured order of tiers when the balancer fails', async () => {
    const providers = { late: scriptedProvider({ says: 'late' }), early: scriptedProvider({ says: 'early' }) };
    const models = { m: [{ provider: 'late', tier: 2 }, 'early'] };
    const lost: Balancer = { order: () => [] };
    const { hub } = harness(providers, { models, balancer: lost });
    expect((await hub.chat.completions.create(PLAIN)).choices[0]?.message.content).toBe('early');
    await hub.close();
  });
});
