import { expect, it } from 'vitest';
import { answerInfo } from 'nexusai-hub';
import type { EmbeddingRequest, Provider } from 'nexusai-hub/ports';
import { completionOf } from 'nexusai-hub/testing';
import { checkBooks } from './books.ts';
import { harness } from './harness.ts';

const REQUEST: EmbeddingRequest & { encoding_format: 'base64' } = {
  model: 'm',
  input: 'Hello',
  encoding_format: 'base64',
};
const EMBEDDING = { object: 'embedding', index: 0, embedding: 'AACAPw==' };
const USAGE = { prompt_tokens: 2, total_tokens: 2 };

/** Written by anybody: nobody has held it to the types. */
function giving(embeddings: unknown): Provider {
  return {
    kind: 'any',
    open: () => Promise.resolve(completionOf('')),
    embed: () => Promise.resolve(embeddings as never),
  };
}

it.each([undefined, null, 'none', {}, { data: 'none' }, { object: 'list' }, { data: { 0: EMBEDDING } }])(
  'what is no list of embeddings (%j) is a failure of its provider, and the next is asked',
  async (given) => {
    const good = giving({ object: 'list', data: [EMBEDDING], model: 'm', usage: USAGE });
    const { hub, books, clock } = harness({ a: giving(given), b: good });
    expect(answerInfo(await hub.embeddings.create(REQUEST))).toMatchObject({ provider: 'b', attempts: 2 });
    await hub.close();
    expect(clock.pending).toBe(0);
    checkBooks(books, 1);
    expect(books.tickets).toEqual([['fail malformed_response'], ['succeed']]);
  },
);

it('a list that does not say that it is one is given as one', async () => {
  const { hub, books } = harness({ a: giving({ data: [EMBEDDING], model: 'm', usage: USAGE }) });
  expect(await hub.embeddings.create(REQUEST)).toEqual({ object: 'list', data: [EMBEDDING], model: 'm', usage: USAGE });
  await hub.close();
  checkBooks(books, 1);
});

it.each([
  ['nothing', undefined, 'estimated'],
  ['null', null, 'estimated'],
  ['no numbers', {}, 'estimated'],
  ['the prompt alone', { prompt_tokens: 2 }, 'reported'],
  ['the total alone', { total_tokens: 2 }, 'reported'],
])('usage that tells %s is counted, and never half a usage', async (_what, usage, usageProvenance) => {
  const { hub, books } = harness({ a: giving({ object: 'list', data: [EMBEDDING], model: 'm', usage }) });
  await hub.embeddings.create(REQUEST);
  await hub.close();
  const counted = { prompt_tokens: 2, completion_tokens: 0, total_tokens: 2 };
  expect(books.records).toMatchObject([{ usage: counted, usageProvenance }]);
  expect(books.settledWith).toMatchObject([counted]);
  expect(hub.stats.now().tokens.total).toBe(2);
});
