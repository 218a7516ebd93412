import type { AnswerCache, CacheKey } from '../../ports/index.ts';
import { ODD_TEXTS } from './odd-texts.ts';
import { expectSame } from './reading.ts';

/** What a cache of answers has to do, asked of two over one place. */
interface AnswerCacheCheck {
  readonly lesson?: string;
  readonly name: string;
  readonly check: (cache: AnswerCache, other: AnswerCache, wait: (ms: number) => Promise<void>) => Promise<void>;
}

/** Short enough to wait for. What has to be there still has a hundred times as long: a machine may have other work. */
const TTL_MS = 400;
const MINUTE_MS = 60_000;

function key(digest: string, scope = 'caller:app'): CacheKey {
  return { scope, digest };
}

/** Checks by the ids of their cases. */
export const answerCacheChecks: Readonly<Record<string, AnswerCacheCheck>> = {
  kept: {
    name: 'what was set is given back, the last word of it, whoever asks',
    check: async (cache, other) => {
      expectSame('nothing', await cache.get(key('a')), undefined);
      await cache.set(key('a'), 'one', MINUTE_MS);
      expectSame('the first', await other.get(key('a')), 'one');
      await other.set(key('a'), 'two', MINUTE_MS);
      expectSame('the last', await cache.get(key('a')), 'two');
      expectSame('another', await cache.get(key('b')), undefined);
    },
  },
  scopes: {
    lesson: 'X6',
    name: 'a digest is one answer in one scope, and another in another',
    check: async (cache, other) => {
      const scopes = ['hub', 'caller:app', 'caller:', 'caller:app:x', 'caller:ap', 'caller:{app}', 'caller:app\nx'];
      for (const scope of scopes) {
        expectSame(`before ${scope}`, await cache.get(key('a', scope)), undefined);
        await cache.set(key('a', scope), scope, MINUTE_MS);
      }
      for (const scope of scopes) expectSame(scope, await other.get(key('a', scope)), scope);
    },
  },
  texts: {
    name: 'answers and names of callers may be any text',
    check: async (cache, other) => {
      for (const text of ODD_TEXTS) await cache.set(key('a', `caller:${text}`), `${text}\n${text}`, MINUTE_MS);
      for (const text of ODD_TEXTS) expectSame(text, await other.get(key('a', `caller:${text}`)), `${text}\n${text}`);
    },
  },
  long: {
    name: 'an answer may be long',
    check: async (cache, other) => {
      const answer = '0123456789 茶 '.repeat(40_000);
      await cache.set(key('a'), answer, MINUTE_MS);
      expectSame('the answer', (await other.get(key('a'))) === answer, true);
    },
  },
  over: {
    name: 'an answer is over after its time, however often it is read',
    check: async (cache, other, wait) => {
      await cache.set(key('a'), 'short', TTL_MS);
      await cache.set(key('b'), 'long', 100 * TTL_MS);
      await wait(TTL_MS / 2);
      // A look must not keep it; whether it is still there is not asked, because the look may come late.
      await other.get(key('a'));
      expectSame('before its end', await other.get(key('b')), 'long');
      await wait(TTL_MS / 2 + 50);
      expectSame('after its end', await other.get(key('a')), undefined);
      expectSame('another after it', await other.get(key('b')), 'long');
      await cache.set(key('a'), 'anew', 100 * TTL_MS);
      expectSame('anew', await other.get(key('a')), 'anew');
    },
  },
};
