import type { Caller, RequestFacts } from 'nexusai-hub/ports';
import { scriptedProvider } from 'nexusai-hub/testing';
import { describe, expect, it } from 'vitest';

import { modelRouter, type RouteOptions } from '../../../src/defaults/router.ts';
import type { FallbackOptions } from '../../../src/defaults/router/fallback-chain.ts';
import { factsOf } from '../facts.ts';

const caller: Caller = { id: 'app', role: 'user', models: ['a'] };
const provider = scriptedProvider({ says: '' }, { models: [] });
const route = (model: string, changes: Partial<RouteOptions> = {}): RouteOptions[] => [
  { provider: 'p', model, weight: 1, ...changes },
];
const MODELS = { a: route('a'), b: route('b'), c: route('c'), d: route('d') };

type Told = readonly [model: string, insteadOf: string, on: string, targets: string];

function chainOf(
  fallbacks: Readonly<Record<string, readonly FallbackOptions[]>>,
  models: Readonly<Record<string, readonly RouteOptions[]>> = MODELS,
  facts: Partial<RequestFacts> = {},
): Told[] {
  const router = modelRouter({ p: provider }, models, fallbacks);
  const chain = router.fallbacks?.(factsOf({ model: 'a', ...facts }), caller) ?? [];
  return chain.map(({ model, insteadOf, on, targets }) => {
    return [model, insteadOf, on.join(), targets.map(({ id }) => id).join()];
  });
}

describe('fallbacks', () => {
  it('come in their order, with targets and causes, for callers who may not ask for them by name', () => {
    const table: Record<string, FallbackOptions[]> = {
      a: [
        { model: 'b', on: ['unavailable'] },
        { model: 'c', on: ['context_length', 'schema'] },
      ],
    };
    expect(chainOf(table)).toEqual([
      ['b', 'a', 'unavailable', 'p/b'],
      ['c', 'a', 'context_length,schema', 'p/c'],
    ]);
    expect(chainOf(table, MODELS, { model: 'b' })).toEqual([]);
    for (const model of ['constructor', '__proto__', 'unknown']) expect(chainOf(table, MODELS, { model })).toEqual([]);
  });

  it('have fallbacks of their own, in whose place they are told to stand', () => {
    expect(
      chainOf({
        a: [
          { model: 'b', on: ['unavailable'] },
          { model: 'd', on: ['context_length'] },
        ],
        b: [{ model: 'c', on: ['content_filter'] }],
        c: [{ model: 'd', on: ['unavailable'] }],
      }),
    ).toEqual([
      ['b', 'a', 'unavailable', 'p/b'],
      ['c', 'b', 'content_filter', 'p/c'],
      ['d', 'c', 'unavailable', 'p/d'],
      ['d', 'a', 'context_length', 'p/d'],
    ]);
  });

  it('are left out where they have no target for the request; who stands in for that takes their place', () => {
    const models = { ...MODELS, b: route('b', { when: { streamed: true } }) };
    const table: Record<string, FallbackOptions[]> = {
      a: [{ model: 'b', on: ['context_length'] }],
      b: [
        { model: 'c', on: ['unavailable'] },
        { model: 'd', on: ['schema'] },
      ],
    };
    expect(chainOf(table, models)).toEqual([['c', 'a', 'context_length', 'p/c']]);
    expect(chainOf(table, models, { streamed: true }).map(([model]) => model)).toEqual(['b', 'c', 'd']);
    expect(chainOf(table, models, { operation: 'embeddings' })).toEqual([]);
  });

  it('take the request at once that no route of the model is for', () => {
    const models = { ...MODELS, a: route('a', { when: { maxPromptTokens: 100, streamed: false, callers: ['app'] } }) };
    const router = modelRouter({ p: provider }, models, {
      a: [
        { model: 'b', on: ['schema'] },
        { model: 'c', on: ['context_length'] },
        { model: 'd', on: ['unavailable'] },
      ],
    });
    const targetsOf = (facts: Partial<RequestFacts>, who = caller): string[] =>
      router.route(factsOf({ model: 'a', ...facts }), who).map(({ id }) => id);
    expect(targetsOf({ promptTokens: 100 })).toEqual(['p/a']);
    expect(targetsOf({ promptTokens: 101 })).toEqual(['p/c']);
    expect(targetsOf({ streamed: true })).toEqual(['p/d']);
    expect(() => targetsOf({}, { id: 'else', role: 'user' })).toThrow(expect.objectContaining({ code: 'forbidden' }));
    const none = modelRouter({ p: provider }, models, { a: [{ model: 'b', on: ['schema'] }] });
    expect(() => none.route(factsOf({ model: 'a', promptTokens: 101 }), caller)).toThrow(
      expect.objectContaining({ code: 'context_length_exceeded' }),
    );
  });

  it('end, even where they go round', () => {
    const circle: Record<string, FallbackOptions[]> = {
      a: [{ model: 'b', on: ['unavailable'] }],
      b: [{ model: 'a', on: ['unavailable'] }],
    };
    expect(chainOf(circle).length).toBeLessThan(3);
  });

  it('may be names that a provider without a list takes', () => {
    const open = scriptedProvider({ says: '' });
    const router = modelRouter({ open }, {}, { a: [{ model: 'any', on: ['unavailable'] }] });
    const [first] = router.fallbacks?.(factsOf({ model: 'a' }), caller) ?? [];
    expect(first?.targets.map(({ id }) => id)).toEqual(['open/any']);
    expect(router.models(caller)).toEqual([]);
  });
});
