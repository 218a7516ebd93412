import type { KeyStore, StoredKey } from 'nexusai-hub/ports';
import { FIND, GET, PAGE, PUT, REMOVE, USED, VERSION } from './key-scripts.ts';
import { Kept, listOf, type RedisControlOptions } from './kept.ts';

/** Uses that are written by one script: others wait for it. */
const USES_AT_ONCE = 500;

/**
 * Keeps personal keys in Redis, for all processes that use the same one. They last as long as Redis keeps them: it needs
 * `appendonly yes`. While it is away every verb rejects.
 * @throws TypeError naming the option that is wrong.
 */
export function redisKeyStore(options: RedisControlOptions): KeyStore {
  const redis = new Kept('redisKeyStore', options);
  const keys = redis.keys('keys', 'documents', 'held', 'digests', 'used', 'ids', 'changes');
  return {
    async find(digests) {
      return keysIn(await redis.run(FIND, keys, ...digests))[0];
    },
    async get(id) {
      return keysIn(await redis.run(GET, keys, id))[0];
    },
    async page(limit, after = '') {
      return keysIn(await redis.run(PAGE, keys, String(limit), after));
    },
    async put(key) {
      const { id, version, secrets, lastUsedAtMs } = key;
      const held = JSON.stringify([version, ...secrets.map(({ digest }) => digest)]);
      const used = lastUsedAtMs === null ? '' : String(lastUsedAtMs);
      const answer = Number(await redis.run(PUT, keys, id, held, JSON.stringify(key), used));
      if (answer < 0) throw new Error('Another key has this digest.');
      return answer === 1;
    },
    async remove(id) {
      return Number(await redis.run(REMOVE, keys, id)) === 1;
    },
    async version() {
      return Number((await redis.run(VERSION, keys)) ?? 0);
    },
    async used(at) {
      const uses = [...at].map(([id, atMs]) => [id, String(atMs)]);
      for (let first = 0; first < uses.length; first += USES_AT_ONCE)
        await redis.run(USED, keys, ...uses.slice(first, first + USES_AT_ONCE).flat());
    },
    close: () => redis.close(),
  };
}

/** Keys of documents and uses in turn. When it was last used stands beside the rest: that changes by itself. */
function keysIn(answer: unknown): StoredKey[] {
  const rows = listOf(answer);
  const keys: StoredKey[] = [];
  for (let place = 0; place < rows.length; place += 2) {
    const [document, used] = rows.slice(place, place + 2);
    if (typeof document !== 'string') continue;
    keys.push({ ...(JSON.parse(document) as StoredKey), lastUsedAtMs: used === '' ? null : Number(used) });
  }
  return keys;
}
