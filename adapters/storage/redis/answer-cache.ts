import type { AnswerCache, CacheKey } from 'nexusai-hub/ports';
import { Scripts, scriptOf } from './scripts.ts';
import { type RedisUse, useRedis } from './use.ts';

/** KEYS: the answer. Returns its text. */
const GET = scriptOf(`return redis.call('GET', KEYS[1])`);

/** KEYS: the answer. ARGV: its text, milliseconds it is kept. */
const SET = scriptOf(`return redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])`);

/**
 * Keeps answers in Redis, for all processes that use the same one: each is a key that goes by itself. While Redis is away
 * it rejects at once, and answers are asked for anew. What is kept is what models said, in plain text.
 * @throws TypeError naming the option that is wrong.
 */
export function redisAnswerCache(options: RedisUse): AnswerCache {
  const redis = useRedis('redisAnswerCache', options);
  const scripts = new Scripts(redis.client);
  const keyOf = ({ scope, digest }: CacheKey): string => `${redis.prefix}answer:${digest}:${scope}`;
  return {
    async get(key) {
      const text = await scripts.run(GET, [keyOf(key)], []);
      return typeof text === 'string' ? text : undefined;
    },
    async set(key, answer, ttlMs) {
      await scripts.run(SET, [keyOf(key)], [answer, String(Math.max(1, Math.ceil(ttlMs)))]);
    },
    close: () => redis.close(),
  };
}
