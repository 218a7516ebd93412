import { describe, expect, it } from 'vitest';
import type { Candidate, CircuitBreaker, Router } from 'nexusai-hub/ports';
import { scriptedProvider } from 'nexusai-hub/testing';
import { checkBooks, keepBooks } from './books.ts';
import { fallbackRouter } from './fallback-router.ts';
import { failureOf, harness, PLAIN, STREAM } from './harness.ts';

const says = (text: string): ReturnType<typeof scriptedProvider> => scriptedProvider({ says: text });
const short = (candidates: readonly Candidate[] | undefined): string[] | undefined =>
  candidates?.map(({ target, verdict, why }) => [verdict, target, why].filter((word) => word !== undefined).join(' '));

describe('a request that explains itself', () => {
  const providers = {
    a: scriptedProvider({ throws: 'provider_unavailable' }),
    b: says('b'),
    c: says('c'),
    d: says('d'),
  };
  const router = fallbackRouter({ m: { a: providers.a, b: providers.b, c: providers.c }, f: { d: providers.d } }, [
    { model: 'f', on: ['unavailable'] },
  ]);

  it('records every target it looked at, in order, and why it was not asked', async () => {
    const at = harness(providers, { explain: true, router }, keepBooks(new Set(['b/m'])));
    await at.hub.chat.completions.create(PLAIN);
    await at.hub.close();
    expect(short(at.books.records[0]?.candidates)).toEqual([
      'asked a/m provider_unavailable',
      'left_alone b/m failures',
      'asked c/m',
    ]);
  });

  it('tells of the models that stood in, and of those nobody needed', async () => {
    const alone = fallbackRouter({ m: { a: providers.a }, f: { d: providers.d, b: providers.b } }, [
      { model: 'f', on: ['unavailable'] },
    ]);
    const at = harness(providers, { explain: true, router: alone, routing: { backoffMs: 0, maxAttempts: 2 } });
    await at.hub.chat.completions.create(PLAIN);
    await at.hub.close();
    expect(at.books.records[0]?.candidates?.map(({ model, verdict }) => `${model} ${verdict}`)).toEqual([
      'm asked',
      'f asked',
      'f not_needed',
    ]);
  });

  it('tells of a target that two models share for the one it was asked for: it is not asked again', async () => {
    const models = { m: { provider: 'a', model: 'x' }, f: ['b', { provider: 'a', model: 'x' }] };
    const at = harness(providers, {
      explain: true,
      models,
      fallbacks: { m: 'f' },
      routing: { backoffMs: 0, maxAttempts: 2 },
    });
    await at.hub.chat.completions.create(PLAIN);
    await at.hub.close();
    expect(
      at.books.records[0]?.candidates?.map(({ model, target, verdict }) => `${model} ${target} ${verdict}`),
    ).toEqual(['m a/x asked', 'f b/f asked']);
  });

  it('a circuit breaker that fails at it costs the record its candidates, nothing more', async () => {
    const books = keepBooks();
    let looks = 0;
    const failing: CircuitBreaker = {
      ...books.circuitBreaker,
      state: (target) => {
        if (looks++ > 0) throw new Error('No more.');
        return books.circuitBreaker.state(target);
      },
    };
    const at = harness({ b: providers.b }, { explain: true, circuitBreaker: failing }, books);
    expect((await at.hub.chat.completions.create(PLAIN)).choices[0]?.message.content).toBe('b');
    await at.hub.close();
    expect(books.records).toMatchObject([{ outcome: 'ok' }]);
    checkBooks(books, 1);
  });

  it('only where the owner wants it', async () => {
    const at = harness(providers, { router });
    await at.hub.chat.completions.create(PLAIN);
    await at.hub.close();
    expect(at.books.records[0]?.candidates).toBeUndefined();
  });
});

describe('hub.explain', () => {
  const providers = { a: says('a'), b: says('b'), c: says('c') };

  it('tells where a request would go, without asking anybody or counting anything', async () => {
    const router = fallbackRouter({ m: { a: providers.a, b: providers.b }, f: { c: providers.c } }, [
      { model: 'f', on: ['unavailable'] },
    ]);
    const books = keepBooks(new Set(['a/m']));
    const at = harness(providers, { router }, books);
    const explanation = await at.hub.explain(STREAM);
    expect(explanation).toMatchObject({
      model: 'm',
      operation: 'chat',
      streamed: true,
      callerId: 'process',
      first: 'b/m',
    });
    expect(explanation.promptTokens).toBeGreaterThan(0);
    expect(short(explanation.candidates)).toEqual(['left_alone a/m failures', 'asked_first b/m', 'backs_up c/f']);
    await at.hub.close();
    expect([books.leases, books.slots, books.tickets, books.records]).toEqual([[], [], [], []]);
    expect(Object.values(providers).flatMap(({ calls }) => calls)).toEqual([]);
  });

  it.each([
    ['fail_fast', 60_000, undefined],
    ['least_bad', 60_000, 'a/m'],
    ['wait', 60_000, 'a/m'],
    ['wait', 5_000, undefined],
  ] as const)(
    'names whom a request goes to when all circuits are open: %s, %d ms',
    async (whenAllOpen, maxWaitMs, first) => {
      const books = keepBooks(new Set(['a/m', 'b/m']));
      const at = harness(
        { a: says('a'), b: says('b') },
        { circuit: { whenAllOpen, maxWaitMs }, routing: { deadlineMs: 120_000 } },
        books,
      );
      const explanation = await at.hub.explain(PLAIN);
      expect(explanation.first).toBe(first);
      expect(short(explanation.candidates)).toEqual([
        `${first ? 'asked_first' : 'left_alone'} a/m failures`,
        'left_alone b/m failures',
      ]);
      await at.hub.close();
    },
  );

  it('does not name a model that stands in for another failure than open circuits', async () => {
    const router = fallbackRouter({ m: { a: providers.a }, f: { b: providers.b }, g: { c: providers.c } }, [
      { model: 'f', on: ['context_length'] },
      { model: 'g', on: ['unavailable'] },
    ]);
    const at = harness(providers, { router }, keepBooks(new Set(['a/m'])));
    const { first, candidates } = await at.hub.explain(PLAIN);
    expect([first, short(candidates)]).toEqual(['c/g', ['left_alone a/m failures', 'backs_up b/f', 'asked_first c/g']]);
    await at.hub.close();
  });

  it('tells why it would be refused, and which targets are not for it', async () => {
    const { hub } = harness(providers);
    expect(await hub.explain({ ...PLAIN, model: 'm' })).toMatchObject({ first: 'a/m' });
    const refusing: Router = {
      ...fallbackRouter({}, []),
      route: () => {
        throw new Error('nowhere');
      },
      leftOut: () => [
        { target: { id: 'a/m', providerId: 'a', provider: providers.a, model: 'm', weight: 1 }, why: 'streamed' },
      ],
    };
    const strict = harness(providers, { router: refusing });
    const explanation = await strict.hub.explain(PLAIN);
    expect(explanation).toMatchObject({ first: undefined, refusal: { code: 'internal' } });
    expect(short(explanation.candidates)).toEqual(['left_out a/m streamed']);
  });

  it('takes a request as the hub takes it', async () => {
    const { hub } = harness(providers);
    expect(await failureOf(hub.explain({ model: 'm', messages: [] }))).toMatchObject({ code: 'request_invalid' });
  });
});
