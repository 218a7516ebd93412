import { checkClient, checkPrefix } from './check-options.ts';
import { checkUrls } from './check-urls.ts';
import type { RedisClient, RedisConnection, ScriptCall } from './client.ts';
import { connectRedis, type RedisConnectionOptions } from './connect.ts';

/** Which Redis to use: a connection of one's own, which its owner closes, or the address of a server. */
export type RedisUse = (RedisConnectionOptions | { readonly client: RedisClient }) & {
  /**
   * Start of all keys. What is in braces keeps them in one slot of a Redis Cluster. Hubs with different prefixes share
   * nothing. @default '{nexus}:'
   */
  readonly prefix?: string;
};

/** A Redis in use. */
export interface UsedRedis {
  readonly client: RedisClient;
  readonly prefix: string;
  /** Ends the connection if it was made here. */
  close(): Promise<void>;
}

/**
 * Begins to use a Redis. What is asked before it is connected waits for that.
 * @throws TypeError naming the option that is wrong.
 */
export function useRedis(owner: string, options: RedisUse): UsedRedis {
  const { prefix = '{nexus}:' } = options;
  checkPrefix(owner, prefix);
  if ('client' in options) {
    checkClient(owner, options.client);
    return { client: options.client, prefix, close: async () => undefined };
  }
  checkUrls(owner, options.url);
  const connecting = connectRedis(options);
  // Whoever asks something is told.
  connecting.catch(() => undefined);
  const client = new ConnectingClient(connecting);
  return {
    client,
    prefix,
    async close() {
      (await connecting).close();
    },
  };
}

/** A connection that is being opened. */
class ConnectingClient implements RedisClient {
  readonly #connecting: Promise<RedisConnection>;
  #connection: RedisConnection | undefined;

  constructor(connecting: Promise<RedisConnection>) {
    this.#connecting = connecting;
  }

  eval(script: string, call: ScriptCall): Promise<unknown> {
    return this.#connection ? this.#connection.eval(script, call) : this.#later((client) => client.eval(script, call));
  }

  evalSha(sha1: string, call: ScriptCall): Promise<unknown> {
    return this.#connection
      ? this.#connection.evalSha(sha1, call)
      : this.#later((client) => client.evalSha(sha1, call));
  }

  async #later(command: (client: RedisClient) => Promise<unknown>): Promise<unknown> {
    this.#connection = await this.#connecting;
    return command(this.#connection);
  }
}
