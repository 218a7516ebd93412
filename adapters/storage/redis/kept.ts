import type { Logger } from 'nexusai-hub/ports';
import { unfailingLogger } from 'nexusai-hub/provider-kit';
import { isErrorReply, type Script, scriptOf, Scripts } from './scripts.ts';
import { type RedisUse, type UsedRedis, useRedis } from './use.ts';

/** Options of {@link redisConfigStore}, {@link redisSecretStore} and {@link redisKeyStore}. */
export type RedisControlOptions = RedisUse & {
  /** Is told once where Redis is set up to lose what it has to keep. @default nobody */
  readonly logger?: Logger;
};

/** KEYS: one that leads to the node which has the others. Returns how Redis keeps what it is given. */
const SET_UP = scriptOf(`return redis.call('INFO', 'persistence') .. redis.call('INFO', 'memory')`);

/** Connections that were looked at: stores that share one tell of it once. */
const seen = new WeakSet();

/** What lasts in a Redis: nothing of it ends by itself, and each step is one script. */
export class Kept {
  readonly #owner: string;
  readonly #redis: UsedRedis;
  readonly #scripts: Scripts;
  readonly #logger: Logger | undefined;

  /** @throws TypeError naming the option that is wrong. */
  constructor(owner: string, options: RedisControlOptions) {
    this.#owner = owner;
    this.#redis = useRedis(owner, options);
    this.#scripts = new Scripts(this.#redis.client);
    this.#logger = options.logger && unfailingLogger(options.logger);
  }

  /** Names of keys, in one slot of a cluster. */
  keys(folder: string, ...names: readonly string[]): string[] {
    return names.map((name) => `${this.#redis.prefix}${folder}:${name}`);
  }

  /** @throws Error saying that Redis does not answer, or what it refuses. */
  async run(script: Script, keys: string[], ...values: string[]): Promise<unknown> {
    void this.#look();
    try {
      return await this.#scripts.run(script, keys, values);
    } catch (cause) {
      const what = isErrorReply(cause) ? `Redis refuses it: ${cause.message}` : 'Redis does not answer.';
      throw new Error(`${this.#owner}: ${what}`, { cause });
    }
  }

  close(): Promise<void> {
    return this.#redis.close();
  }

  async #look(): Promise<void> {
    const { client, prefix } = this.#redis;
    if (!this.#logger || seen.has(client)) return;
    seen.add(client);
    try {
      const setUp = String(await this.#scripts.run(SET_UP, [prefix], []));
      const wrong = [
        ...(/^aof_enabled:0/m.test(setUp) ? ['appendonly is off'] : []),
        ...(/^maxmemory_policy:allkeys/m.test(setUp) ? ['maxmemory-policy evicts any key'] : []),
      ];
      if (wrong.length === 0) return;
      const record = { event: 'redis_not_durable', store: this.#owner, wrong };
      this.#logger.warn(record, 'this Redis is set up to lose configurations, secrets and personal keys');
    } catch (cause) {
      // Not every Redis tells. One that is away is asked again.
      if (!isErrorReply(cause)) seen.delete(client);
    }
  }
}

/** What a script returned, as a list. */
export function listOf(answer: unknown): readonly unknown[] {
  return Array.isArray(answer) ? answer : [];
}
