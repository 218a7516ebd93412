/** What is asked of a Redis client: to run scripts. Those of `@redis/client` and `redis` fit, of a server or a cluster. */
export interface RedisClient {
  eval(script: string, call: ScriptCall): Promise<unknown>;
  evalSha(sha1: string, call: ScriptCall): Promise<unknown>;
}

/** What a script is given. */
export interface ScriptCall {
  keys: string[];
  arguments: string[];
}

/** A connection that comes back by itself, and refuses at once what it is given while it is away. */
export interface RedisConnection extends RedisClient {
  /** Connected, as far as is known. */
  readonly isReady: boolean;
  /** Ends it. What was sent and not answered yet is rejected. */
  close(): void;
}
