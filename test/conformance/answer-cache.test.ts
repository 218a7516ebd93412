import { memoryAnswerCache } from 'nexusai-hub';
import type { AnswerCache, CacheKey } from 'nexusai-hub/ports';
import { answerCacheCases, type AnswerCachePlace, manualClock } from 'nexusai-hub/testing';
import { describe, expect, it } from 'vitest';

/** A place in memory whose caches may be spoilt. */
function place(spoil: (cache: AnswerCache) => AnswerCache = (cache) => cache): AnswerCachePlace {
  const clock = manualClock();
  const cache = spoil(memoryAnswerCache(clock));
  return { open: () => cache, wait: (ms) => clock.advance(ms) };
}

describe('memory does what every cache of answers has to do', () => {
  for (const { name, run, skipped } of answerCacheCases(() => place())) it.skipIf(skipped !== undefined)(name, run);
});

it('memory keeps an answer to its last moment', async () => {
  const clock = manualClock();
  const cache = memoryAnswerCache(clock);
  const key = { scope: 'hub', digest: 'a' };
  await cache.set(key, 'answer', 400);
  await clock.advance(399);
  expect(await cache.get(key)).toBe('answer');
  await clock.advance(1);
  expect(await cache.get(key)).toBeUndefined();
});

describe('the cases themselves', () => {
  async function failures(make: () => AnswerCachePlace): Promise<string[]> {
    const failed: string[] = [];
    for (const { id, run } of answerCacheCases(make)) await run().catch(() => failed.push(id));
    return failed;
  }

  const renamed =
    (rename: (key: CacheKey) => CacheKey) =>
    (cache: AnswerCache): AnswerCache => ({
      get: (key) => cache.get(rename(key)),
      set: (key, ...rest) => cache.set(rename(key), ...rest),
    });

  it.each<[wrong: string, failed: string[], spoil: (cache: AnswerCache) => AnswerCache]>([
    [
      'keeps nothing',
      ['kept', 'scopes', 'texts', 'long', 'over'],
      () => ({ get: () => undefined, set: () => undefined }),
    ],
    ['forgets whose answers they are', ['scopes', 'texts'], renamed(({ digest }) => ({ digest, scope: '' }))],
    [
      'cuts scopes at a line',
      ['scopes'],
      renamed(({ digest, scope }) => ({ digest, scope: scope.split('\n')[0] ?? '' })),
    ],
    [
      'keeps for ever',
      ['over'],
      (cache) => ({ get: (key) => cache.get(key), set: (key, answer) => cache.set(key, answer, 1e9) }),
    ],
    [
      'keeps what is looked at',
      ['over'],
      (cache) => ({
        async get(key) {
          const answer = await cache.get(key);
          if (answer !== undefined) await cache.set(key, answer, 400);
          return answer;
        },
        set: (key, ...rest) => cache.set(key, ...rest),
      }),
    ],
    [
      'cuts what is long',
      ['long'],
      (cache) => ({
        get: (key) => cache.get(key),
        set: (key, answer, ms) => cache.set(key, answer.slice(0, 100_000), ms),
      }),
    ],
  ])('find a cache that %s', async (_wrong, failed, spoil) => {
    expect(await failures(() => place(spoil))).toEqual(failed);
  });

  it('find a cache that is not shared', async () => {
    const clock = manualClock();
    const lonely = (): AnswerCachePlace => ({ open: () => memoryAnswerCache(clock), wait: (ms) => clock.advance(ms) });
    expect(await failures(lonely)).toEqual(['kept', 'scopes', 'texts', 'long', 'over']);
  });
});
