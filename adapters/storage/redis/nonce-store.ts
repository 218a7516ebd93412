import type { NonceStore } from 'nexusai-hub/ports';
import { Scripts, scriptOf } from './scripts.ts';
import { type RedisUse, useRedis } from './use.ts';

/** KEYS: the nonce. ARGV: milliseconds it is remembered. Returns 1 for the first, 0 for any other. */
const CLAIM = scriptOf(`
if redis.call('SET', KEYS[1], '', 'NX', 'PX', ARGV[1]) then return 1 end
return 0`);

/**
 * Remembers the nonces of signed requests in Redis, for all processes that use the same one: each is a key that goes by
 * itself. While Redis is away it rejects at once, and no signed request is let in.
 * @throws TypeError naming the option that is wrong.
 */
export function redisNonceStore(options: RedisUse): NonceStore {
  const redis = useRedis('redisNonceStore', options);
  const scripts = new Scripts(redis.client);
  return {
    async claim(nonce, ttlMs) {
      const answer = await scripts.run(
        CLAIM,
        [`${redis.prefix}nonce:${nonce}`],
        [String(Math.max(1, Math.ceil(ttlMs)))],
      );
      return Number(answer) === 1;
    },
    close: () => redis.close(),
  };
}
