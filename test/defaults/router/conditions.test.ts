import type { Caller, RequestFacts } from 'nexusai-hub/ports';
import { scriptedProvider } from 'nexusai-hub/testing';
import { describe, expect, it } from 'vitest';

import { modelRouter, type RouteOptions } from '../../../src/defaults/router.ts';
import type { RouteCondition } from '../../../src/defaults/router/condition.ts';
import { factsOf } from '../facts.ts';

const caller: Caller = { id: 'app', role: 'user' };
const forward = (): Promise<never> => Promise.reject(new Error('not asked'));
const providers = { a: { ...scriptedProvider({ says: '' }), forward }, b: scriptedProvider({ says: '' }) };

function routerOf(when: RouteCondition, other?: Omit<RouteOptions, 'provider' | 'model' | 'weight'>) {
  return modelRouter(providers, {
    m: [
      { provider: 'a', model: 'm', weight: 1, when },
      ...(other ? [{ provider: 'b', model: 'm', weight: 1, ...other }] : []),
    ],
  });
}

describe('conditions of routes', () => {
  it.each<[RouteCondition, Partial<RequestFacts>, Partial<RequestFacts>]>([
    [{ operations: ['chat'] }, {}, { operation: 'responses' }],
    [{ streamed: true }, { streamed: true }, {}],
    [{ streamed: false }, {}, { streamed: true }],
    [{ metadata: { team: 'search' } }, { metadata: { team: 'search', more: 'x' } }, { metadata: { team: 'ads' } }],
    [{ metadata: { team: ['search', 'ads'] } }, { metadata: { team: 'ads' } }, {}],
    [{ metadata: { a: '1', b: '2' } }, { metadata: { a: '1', b: '2' } }, { metadata: { a: '1' } }],
    [{ metadata: { constructor: 'x' } }, { metadata: { constructor: 'x' } }, {}],
    [{ minPromptTokens: 100 }, { promptTokens: 100 }, { promptTokens: 99 }],
    [{ maxPromptTokens: 100 }, { promptTokens: 100 }, { promptTokens: 101 }],
  ])('%j leaves the route out where it is not met', (when, met, unmet) => {
    const router = routerOf(when, {});
    const targetsFor = (facts: Partial<RequestFacts>): string[] =>
      router.route(factsOf(facts), caller).map(({ id }) => id);
    expect(targetsFor(met)).toEqual(['a/m', 'b/m']);
    if (unmet.operation === undefined) expect(targetsFor(unmet)).toEqual(['b/m']);
    const leftOut = (facts: Partial<RequestFacts>): string[] =>
      (router.leftOut?.(factsOf(facts), caller) ?? []).map(({ target, why }) => `${target.id} ${why}`);
    expect(leftOut(met).filter((one) => one.startsWith('a/m'))).toEqual([]);
    expect(leftOut(unmet)).toContain(`a/m ${Object.keys(when)[0]}`);
    expect(() => routerOf(when).route(factsOf(unmet), caller)).toThrow(expect.objectContaining({ name: 'NexusError' }));
    expect(router.fallbacks?.(factsOf(met), caller)).toEqual([]);
  });

  it('opens a route to the callers it is for, and hides a model that has no other', () => {
    const router = routerOf({ callers: ['app', 'process'] });
    const other: Caller = { id: 'else', role: 'user' };
    expect(router.route(factsOf(), caller).map(({ id }) => id)).toEqual(['a/m']);
    expect(() => router.route(factsOf(), other)).toThrow(
      expect.objectContaining({ code: 'forbidden', message: 'This key may not use the model "m".' }),
    );
    expect(router.models(caller).map(({ name }) => name)).toEqual(['m']);
    expect(router.models(other)).toEqual([]);
    expect(routerOf({ callers: ['app'] }, {}).models(other)).toHaveLength(1);
  });

  it('says that a prompt is too long where that is all that is wrong', () => {
    const router = routerOf({ maxPromptTokens: 100 }, { when: { maxPromptTokens: 200, callers: ['app'] } });
    expect(() => router.route(factsOf({ promptTokens: 201 }), caller)).toThrow(
      expect.objectContaining({
        code: 'context_length_exceeded',
        message: 'The prompt has about 201 tokens; the model "m" takes 200 here.',
      }),
    );
    const other: Caller = { id: 'else', role: 'user' };
    expect(() => router.route(factsOf({ promptTokens: 150 }), other)).toThrow('the model "m" takes 100 here.');
  });

  it('names what is not met, and no caller', () => {
    const router = routerOf({ callers: ['boss'] }, { when: { streamed: true, metadata: { team: 'x' } } });
    expect(() => router.route(factsOf(), caller)).toThrow(
      expect.objectContaining({
        code: 'operation_unsupported',
        message: 'No route of the model "m" is for this request; it does not meet: streamed.',
      }),
    );
  });

  it('reads the length of a prompt only where a route asks for it', () => {
    const facts = {
      ...factsOf(),
      get promptTokens(): number {
        throw new Error('read');
      },
    };
    expect(routerOf({ streamed: false }).route(facts, caller)).toHaveLength(1);
    expect(() => routerOf({ minPromptTokens: 1 }).route(facts, caller)).toThrow('read');
  });
});

describe('tiers and lists of targets', () => {
  it('puts targets of lower tiers first, the others as they were configured', () => {
    const routes = [2, undefined, 3, 1, 2].map((tier, place) => ({
      provider: 'a',
      model: String(place),
      weight: 1,
      ...(tier === undefined ? {} : { tier }),
    }));
    const targets = modelRouter(providers, { m: routes }).route(factsOf(), caller);
    expect(targets.map(({ id, tier }) => [id, tier])).toEqual([
      ['a/1', undefined],
      ['a/3', 1],
      ['a/0', 2],
      ['a/4', 2],
      ['a/2', 3],
    ]);
  });

  it('hands out the same list for the same request, so that nothing has to be built for it', () => {
    const router = modelRouter(providers, { m: [{ provider: 'a', model: 'x', weight: 1 }] });
    for (const model of ['m', 'any name']) {
      const lists = [1, 2].map(() => router.route(factsOf({ model }), caller));
      expect(lists[0]).toBe(lists[1]);
    }
  });
});

describe('a provider with several keys', () => {
  const keyed = { ...scriptedProvider({ says: '' }, { models: ['x'] }), keys: ['k1', 'k2'] };

  it('is a target for each key, and all together have the weight of the route', () => {
    const router = modelRouter(
      { keyed, b: providers.b },
      { m: [{ provider: 'keyed', model: 'y', weight: 3, tier: 2 }] },
    );
    expect(router.route(factsOf(), caller)).toEqual(
      ['k1', 'k2'].map((keyId) => ({
        id: `keyed#${keyId}/y`,
        providerId: 'keyed',
        provider: keyed,
        model: 'y',
        keyId,
        weight: 1.5,
        tier: 2,
      })),
    );
    expect(router.route(factsOf({ model: 'x' }), caller).map(({ id }) => id)).toEqual(['keyed#k1/x', 'keyed#k2/x']);
    expect(router.models(caller)).toEqual([
      { name: 'm', ownedBy: 'keyed' },
      { name: 'x', ownedBy: 'keyed' },
    ]);
  });

  it('is one for names it takes without listing them, too', () => {
    const open = { ...scriptedProvider({ says: '' }), keys: ['k1', 'k2'] };
    const targets = modelRouter({ open }, {}).route(factsOf({ model: 'any' }), caller);
    expect(targets.map(({ id }) => id)).toEqual(['open#k1/any', 'open#k2/any']);
  });
});
