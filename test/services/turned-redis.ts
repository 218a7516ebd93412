import type { RedisClient } from 'nexusai-hub/adapters/redis';
import type { Clock } from 'nexusai-hub/ports';

import { NOW } from '../../adapters/storage/redis/lua.ts';

/** The same Redis, whose scripts go by `clock` in place of its own. Its keys still end by its own. */
export function turnedBy(clock: Clock, redis: RedisClient): RedisClient {
  const turned = NOW.replace(/local time.*\n.*/, 'local now = tonumber(ARGV[#ARGV])');
  if (turned === NOW) throw new Error('The scripts ask for the time in another way by now.');
  return {
    evalSha: () => Promise.reject(new Error('NOSCRIPT It would be another script.')),
    eval: (text, { keys, arguments: values }) =>
      redis.eval(text.replace(NOW, turned), { keys, arguments: [...values, String(Math.round(clock.now() * 1_000))] }),
  };
}
