import type { Store, StoreEntry } from 'nexusai-hub/ports';
import { type Script, Scripts } from './scripts.ts';
import { DELETE, GET, LIST, SET } from './store-scripts.ts';
import { type RedisUse, useRedis } from './use.ts';

/**
 * Keeps small facts in Redis, for all processes that use the same one. What has a time is gone after it by Redis' own
 * clock. While Redis is away every verb rejects at once.
 * @throws TypeError naming the option that is wrong.
 */
export function redisStore(options: RedisUse): Store {
  const redis = useRedis('redisStore', options);
  const { prefix } = redis;
  const scripts = new Scripts(redis.client);
  const run = (script: Script, folder: string, ...values: string[]): Promise<unknown> =>
    scripts.run(script, [`${prefix}store:${folder}`, `${prefix}store-ends:${folder}`], values);
  return {
    async get(folder, name) {
      const value = await run(GET, folder, name);
      return typeof value === 'string' ? value : undefined;
    },
    async set(folder, name, value, ttlMs) {
      await run(SET, folder, name, value, ttlMs === undefined ? '' : String(ttlMs));
    },
    async delete(folder, name) {
      await run(DELETE, folder, name);
    },
    async list(folder) {
      return entriesIn(await run(LIST, folder));
    },
    close: () => redis.close(),
  };
}

function entriesIn(answer: unknown): readonly StoreEntry[] {
  if (!Array.isArray(answer)) return [];
  const entries: StoreEntry[] = [];
  for (let at = 0; at < answer.length; at += 2)
    entries.push({ name: String(answer[at]), value: String(answer[at + 1]) });
  return entries;
}
