import { describe, expect, it } from 'vitest';
import type { Caller, EmbeddingResponse, Operation, Provider } from 'nexusai-hub/ports';
import { scriptedProvider } from 'nexusai-hub/testing';
import { modelRouter } from '../../../src/defaults/router.ts';
import { factsOf } from '../facts.ts';

const caller: Caller = { id: 'a', role: 'user' };
const listed = scriptedProvider({ says: '' }, { models: ['x', 'y'] });
const alsoListed = scriptedProvider({ says: '' }, { models: ['y'] });
const open = scriptedProvider({ says: '' });

describe('modelRouter', () => {
  it('leads a listed name where the table says, with the name the provider knows', () => {
    const router = modelRouter({ listed, open }, { fast: [{ provider: 'open', model: 'gpt-mini', weight: 3 }] });
    expect(router.route(factsOf({ model: 'fast' }), caller)).toEqual([
      { id: 'open/gpt-mini', providerId: 'open', provider: open, model: 'gpt-mini', weight: 3 },
    ]);
  });

  it('leads a name of the table nowhere else, whoever lists it', () => {
    const router = modelRouter({ listed, alsoListed }, { y: [{ provider: 'alsoListed', model: 'z', weight: 1 }] });
    expect(router.route(factsOf({ model: 'y' }), caller).map(({ id }) => id)).toEqual(['alsoListed/z']);
  });

  it('balances a name over all providers that list it, and leaves out those that take any', () => {
    const router = modelRouter({ listed, alsoListed, open }, {});
    expect(router.route(factsOf({ model: 'y' }), caller).map(({ id }) => id)).toEqual(['listed/y', 'alsoListed/y']);
    expect(router.route(factsOf({ model: 'anything' }), caller).map(({ id }) => id)).toEqual(['open/anything']);
  });

  it.each(['unknown', '__proto__', 'constructor', 'toString', ''])('does not know the model "%s"', (model) => {
    expect(() => modelRouter({ listed }, {}).route(factsOf({ model }), caller)).toThrow(
      expect.objectContaining({ code: 'model_not_found', details: { param: 'model' } }),
    );
  });

  it('keeps to the models of a key, for routes and for the list', () => {
    const router = modelRouter({ listed, open }, {});
    const limited: Caller = { ...caller, models: ['y'] };
    expect(() => router.route(factsOf({ model: 'x' }), limited)).toThrow(
      expect.objectContaining({ code: 'forbidden' }),
    );
    expect(router.models(limited)).toEqual([{ name: 'y', ownedBy: 'listed' }]);
    expect(router.models(caller).map(({ name }) => name)).toEqual(['x', 'y']);
  });

  it('leads embeddings only to providers that have them', () => {
    const answer: EmbeddingResponse = {
      object: 'list',
      data: [],
      model: 'y',
      usage: { prompt_tokens: 0, total_tokens: 0 },
    };
    const embeds: Provider = { ...alsoListed, embed: () => Promise.resolve(answer) };
    const router = modelRouter({ listed, embeds }, {});
    expect(router.route(factsOf({ model: 'y', operation: 'embeddings' }), caller).map(({ id }) => id)).toEqual([
      'embeds/y',
    ]);
    expect(() => router.route(factsOf({ model: 'x', operation: 'embeddings' }), caller)).toThrow(
      expect.objectContaining({ code: 'operation_unsupported' }),
    );
  });

  it('leads what is passed on only to providers that have it, and names those that have it elsewhere', () => {
    const forward = (): Promise<never> => Promise.reject(new Error('not asked'));
    const all: Provider = { ...listed, forward };
    const some: Provider = { ...alsoListed, forward, operations: ['responses'] };
    const router = modelRouter({ listed: alsoListed, some, all }, {});
    const idsOf = (operation: Operation): string[] =>
      router.route(factsOf({ model: 'y', operation }), caller).map(({ id }) => id);
    expect(idsOf('chat')).toEqual(['listed/y', 'some/y', 'all/y']);
    expect(idsOf('responses')).toEqual(['some/y', 'all/y']);
    expect(idsOf('speech')).toEqual(['all/y']);
    const narrow = modelRouter({ some, all: { ...all, models: ['other'] } }, {});
    expect(() => narrow.route(factsOf({ model: 'y', operation: 'speech' }), caller)).toThrow(
      expect.objectContaining({
        code: 'operation_unsupported',
        message: 'No provider of the model "y" has speech. Route it to one that has: all.',
      }),
    );
    expect(() => modelRouter({ listed }, {}).route(factsOf({ model: 'x', operation: 'speech' }), caller)).toThrow(
      'No provider here has it.',
    );
  });
});
