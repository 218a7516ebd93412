import { checkCount } from 'nexusai-hub/provider-kit';
import { checkUrls } from './check-urls.ts';
import type { RedisConnection } from './client.ts';
import { clusterConnection } from './cluster-connection.ts';
import { pauseMs } from './pause.ts';
import { singleConnection } from './single-connection.ts';

/** Where a Redis is. */
export interface RedisConnectionOptions {
  /**
   * `redis://user:password@host:6379/0`, or `rediss:` for TLS. Several, as a list or with commas between them: nodes
   * of a Redis Cluster, from which the others are found.
   */
  readonly url: string | readonly string[];
  /** Until a server has taken the connection, in milliseconds. @default 500 */
  readonly connectTimeoutMs?: number;
}

/** Silence that a healthy server breaks: it is asked for a sign of life twice as often. */
const SILENT_FOR_MS = 2_000;
/** Commands that may wait for their answers; over it they are refused at once. */
const MOST_WAITING = 10_000;

/**
 * Connects with `@redis/client`. Resolves when it is connected, or when the first try has failed: then it goes on
 * trying for as long as it is open, and `isReady` tells when it is there.
 * @throws TypeError naming the option that is wrong; never the URL, which may hold a password.
 */
export async function connectRedis({ url, connectTimeoutMs = 500 }: RedisConnectionOptions): Promise<RedisConnection> {
  const urls = checkUrls('connectRedis', url);
  checkCount('connectRedis', 'connectTimeoutMs', connectTimeoutMs);
  // Whoever hands in a client of their own need not have it.
  const { createClient, createCluster } = await import('@redis/client');
  const options = {
    disableOfflineQueue: true,
    commandsQueueMaxLength: MOST_WAITING,
    pingInterval: SILENT_FOR_MS / 2,
  };
  const socket = { connectTimeout: connectTimeoutMs, socketTimeout: SILENT_FOR_MS };
  const [first = '', ...others] = urls;
  if (others.length === 0)
    return singleConnection(
      createClient({ ...options, socket: { ...socket, reconnectStrategy: pauseMs }, url: first }),
    );
  return clusterConnection(() =>
    createCluster({
      rootNodes: urls.map((node) => ({ url: node })),
      defaults: { ...options, ...credentialsOf(first), socket: { ...socket, reconnectStrategy: false } },
      // All keys are in one slot: one node is asked, and another that is away must not hold up the connection.
      minimizeConnections: true,
    }),
  );
}

/** Nodes that are found have no URL of their own; they ask for the same name and password. */
function credentialsOf(url: string): Partial<Record<'username' | 'password', string>> {
  const { username, password } = new URL(url);
  return {
    ...(username === '' ? {} : { username: decodeURIComponent(username) }),
    ...(password === '' ? {} : { password: decodeURIComponent(password) }),
  };
}
