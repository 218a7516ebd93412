import { randomUUID } from 'node:crypto';
import type { ConfigStore, EpochSummary, StoredEpoch } from 'nexusai-hub/ports';
import { NexusError } from 'nexusai-hub/provider-kit';
import { APPEND, EPOCH, HISTORY, NEWEST } from './config-scripts.ts';
import { Kept, listOf, type RedisControlOptions } from './kept.ts';

/** Epochs kept. */
const MOST_EPOCHS = 200;

/** An epoch, told apart from another one of the same number. */
interface Place {
  readonly number: number;
  readonly mark: unknown;
}

/**
 * Keeps configurations in Redis, for all processes that use the same one: the latest 200. They last as long as Redis keeps
 * them: it needs `appendonly yes`. While it is away every verb rejects; and where it has lost epochs that this process has
 * seen, `newest` says so, until others have gone beyond them.
 * @throws TypeError naming the option that is wrong.
 */
export function redisConfigStore(options: RedisControlOptions): ConfigStore {
  const redis = new Kept('redisConfigStore', options);
  const keys = redis.keys('config', 'newest', 'summaries', 'documents');
  let seen: Place = { number: 0, mark: undefined };
  const sees = (place: Place): void => {
    if (place.number >= seen.number) seen = place;
  };
  return {
    async newest() {
      const before = seen;
      const [number, mark] = listOf(await redis.run(NEWEST, keys));
      const place = { number: Number(number ?? 0), mark };
      if (isBehind(place, before)) throw lost(place, before);
      sees(place);
      return place.number;
    },
    async epoch(number) {
      const [summary, documents] = listOf(await redis.run(EPOCH, keys, String(number)));
      if (typeof summary !== 'string' || typeof documents !== 'string') return undefined;
      return {
        ...(JSON.parse(summary) as EpochSummary),
        ...(JSON.parse(documents) as Pick<StoredEpoch, 'document' | 'base'>),
      };
    },
    async history({ before, limit }) {
      const answer = await redis.run(HISTORY, keys, before === undefined ? '' : String(before), String(limit));
      return listOf(answer).map((summary) => JSON.parse(String(summary)) as EpochSummary);
    },
    async append({ number, atMs, by, note, document, base }) {
      const mark = randomUUID();
      const texts = [
        { number, atMs, by, note },
        { document, base },
      ].map((part) => JSON.stringify(part));
      const answer = await redis.run(APPEND, keys, String(number), mark, ...texts, String(MOST_EPOCHS));
      if (Number(answer) !== 1) return false;
      sees({ number, mark });
      return true;
    },
    close: () => redis.close(),
  };
}

function isBehind(place: Place, seen: Place): boolean {
  return place.number < seen.number || (place.number === seen.number && place.mark !== seen.mark && seen.number > 0);
}

/** Whoever went on from here would lose what is in force; whoever did not notice would keep it alone. */
function lost(place: Place, seen: Place): NexusError {
  return new NexusError(
    'config_unavailable',
    `Redis has lost configurations: epoch ${String(seen.number)} was there, and now it ends with ${String(place.number)}. ` +
      'What is in force stays. Restore what was lost, or start the processes anew with what is there.',
  );
}
