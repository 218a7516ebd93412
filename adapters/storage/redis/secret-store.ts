import type { SealedSecret, SecretStore } from 'nexusai-hub/ports';
import { Kept, listOf, type RedisControlOptions } from './kept.ts';
import type { Script } from './scripts.ts';
import { GET, PAGE, PUT, REMOVE, REPLACE } from './secret-scripts.ts';

/**
 * Keeps sealed secrets in Redis, for all processes that use the same one. They last as long as Redis keeps them: it needs
 * `appendonly yes`. While it is away every verb rejects.
 * @throws TypeError naming the option that is wrong.
 */
export function redisSecretStore(options: RedisControlOptions): SecretStore {
  const redis = new Kept('redisSecretStore', options);
  const keys = redis.keys('secrets', 'sealed', 'ids');
  const did = async (script: Script, ...values: string[]): Promise<boolean> =>
    Number(await redis.run(script, keys, ...values)) === 1;
  return {
    put: (id, sealed) => did(PUT, id, sealed),
    async get(id) {
      const sealed = await redis.run(GET, keys, id);
      return typeof sealed === 'string' ? sealed : undefined;
    },
    async page(limit, after = '') {
      const rows = listOf(await redis.run(PAGE, keys, String(limit), after));
      const secrets: SealedSecret[] = [];
      for (let place = 0; place < rows.length; place += 2)
        secrets.push({ id: String(rows[place]), sealed: String(rows[place + 1]) });
      return secrets;
    },
    replace: (id, before, after) => did(REPLACE, id, before, after),
    remove: (id) => did(REMOVE, id),
    close: () => redis.close(),
  };
}
