import type { Config, NexusHubOptions } from 'nexusai-hub';
import {
  connectRedis,
  redisAnswerCache,
  type RedisConnection,
  redisLiveCounters,
  redisNonceStore,
  redisQuota,
  redisSessionStore,
  redisStore,
} from 'nexusai-hub/adapters/redis';
import type { Logger } from 'nexusai-hub/ports';
import { codeOf } from './code-of.ts';
import type { Environment } from './environment.ts';
import { Problem } from './problem.ts';

/** What there is to know about it. */
interface Wanted {
  readonly environment: Environment;
  readonly source: { readonly config: Config } | undefined;
  readonly logger: Logger;
  readonly tell: (line: string) => void;
}

/** What this process shares with others. */
export interface SharedState {
  readonly options: Pick<
    NexusHubOptions,
    'quota' | 'sessionStore' | 'store' | 'liveCounters' | 'nonceStore' | 'answerCache'
  >;
  /** Ends the connection, after the hub is closed. */
  close(): void;
}

/**
 * Connects with Redis, if there is one, and tells whether it is there. The start does not depend on it.
 * @throws Problem when the variable is wrong, or the package is missing.
 */
export async function shareState({ environment, source, logger, tell }: Wanted): Promise<SharedState> {
  const { redisUrl, redisPrefix } = environment;
  if (redisUrl === undefined) {
    if (redisPrefix !== undefined) tell('WARNING: REDIS_PREFIX has no effect without REDIS_URL.');
    return { options: {}, close: () => undefined };
  }
  const redis = await connected(redisUrl);
  const place = `Redis (${placesIn(redisUrl)})`;
  const mode = source?.config.limits?.when_redis_is_away ?? 'local-share';
  if (redis.isReady)
    tell(
      `${place} is connected: limits, circuits, conversations, live counters and signed requests are shared by all processes that use it.`,
    );
  else tell(`WARNING: ${place} does not answer. Trying on; until then limits are "${mode}" (when_redis_is_away).`);
  const use = { client: redis, ...(redisPrefix !== undefined && { prefix: redisPrefix }) };
  return {
    options: {
      quota: redisQuota({ ...use, logger }),
      store: redisStore(use),
      sessionStore: redisSessionStore(use),
      liveCounters: redisLiveCounters(use),
      nonceStore: redisNonceStore(use),
      ...(source?.config.cache ? { answerCache: redisAnswerCache(use) } : {}),
    },
    close: () => redis.close(),
  };
}

async function connected(url: string): Promise<RedisConnection> {
  try {
    return await connectRedis({ url });
  } catch (cause) {
    // Its message shows no URL.
    if (cause instanceof TypeError) throw new Problem(`REDIS_URL: ${cause.message}`, { cause });
    const isMissing = codeOf(cause) === 'ERR_MODULE_NOT_FOUND';
    if (!isMissing) throw cause;
    throw new Problem('REDIS_URL is set, but @redis/client is not installed. Run: npm install @redis/client', {
      cause,
    });
  }
}

/** Hosts and ports: what stands before them may be a password. */
function placesIn(urls: string): string {
  return urls
    .split(',')
    .map((url) => new URL(url.trim()).host)
    .join(', ');
}
