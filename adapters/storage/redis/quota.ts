import { randomUUID } from 'node:crypto';
import type { Bound, BudgetBound, Logger, Quota, Refusal, Reservation } from 'nexusai-hub/ports';
import { checkCount, NexusError, unfailingLogger } from 'nexusai-hub/provider-kit';
import { checkBound } from './check-options.ts';
import { keysOf, valuesOf } from './counters.ts';
import { Heartbeat } from './heartbeat.ts';
import { REBUILD } from './other-scripts.ts';
import { afterSilence, reservationOf } from './reservation.ts';
import { type Script, Scripts } from './scripts.ts';
import { Settlements } from './settlements.ts';
import { TAKE } from './take-script.ts';
import { TakeAnswer } from './take-answer.ts';
import { type RedisUse, type UsedRedis, useRedis } from './use.ts';

/** Options of {@link redisQuota}. */
export type RedisQuotaOptions = RedisUse & {
  /** How long a process keeps slots, and what it has reserved of budgets, without renewing them, in milliseconds. @default 15000 */
  readonly leaseMs?: number;
  /** Is told when settlements are lost. @default nobody */
  readonly logger?: Logger;
};

/** A quota that knows with how many it is shared. */
export interface RedisQuota extends Quota {
  /** Processes that have lately said that they live, this one among them; `undefined` before Redis has answered. */
  processes(): number | undefined;
}

/** Last words, when it closes, get so long. */
const LAST_WORDS_MS = 500;

/**
 * Counts limits in Redis, for all processes that use the same one: one script for each taking, by Redis' own clock.
 *
 * Slots of a process that has died, and money that it had reserved, are free after `leaseMs`. What is settled while Redis is away is kept, up to 20,000
 * bounds, and counted once when it is back.
 * @throws TypeError naming the option that is wrong.
 */
export function redisQuota(options: RedisQuotaOptions): RedisQuota {
  const { leaseMs = 15_000, logger } = options;
  checkCount('redisQuota', 'leaseMs', leaseMs);
  return new CountingRedis(useRedis('redisQuota', options), leaseMs, logger && unfailingLogger(logger));
}

class CountingRedis implements RedisQuota {
  readonly #redis: UsedRedis;
  readonly #scripts: Scripts;
  readonly #process = randomUUID();
  readonly #leaseUs: string;
  readonly #heartbeat: Heartbeat;
  readonly #settlements: Settlements;
  #takings = 0;
  #isAway = false;

  constructor(redis: UsedRedis, leaseMs: number, logger: Logger | undefined) {
    const { client, prefix } = redis;
    this.#redis = redis;
    this.#scripts = new Scripts(client);
    this.#leaseUs = String(leaseMs * 1000);
    this.#settlements = new Settlements(this.#scripts, `${prefix}settled:${this.#process}`, logger);
    this.#heartbeat = new Heartbeat({
      scripts: this.#scripts,
      process: this.#process,
      processes: `${prefix}processes`,
      leaseMs,
      answered: () => void this.#settlements.repeat(),
    });
    void this.#heartbeat.beat();
  }

  async take(bounds: readonly Bound[]): Promise<Reservation | Refusal> {
    bounds.forEach(checkBound);
    const id = `${this.#process}:${++this.#takings}`;
    const asked = bounds.map((bound) => ({ bound, keys: keysOf(this.#redis.prefix, bound), id }));
    // What was settled before must be counted before.
    this.#settlements.send();
    try {
      const keys = asked.flatMap((one) => one.keys);
      const answer = await this.#ask(TAKE, keys, [id, this.#leaseUs, ...bounds.flatMap(valuesOf)]);
      return reservationOf(asked, new TakeAnswer(answer), {
        heartbeat: this.#heartbeat,
        settlements: this.#settlements,
      });
    } catch (cause) {
      this.#settlements.add(afterSilence(asked));
      throw cause;
    }
  }

  async rebuild(budget: Pick<BudgetBound, 'key' | 'window'>, used: number): Promise<number> {
    const keys = keysOf(this.#redis.prefix, budget);
    return Number(await this.#ask(REBUILD, [...keys], [budget.window, String(used)]));
  }

  processes(): number | undefined {
    return this.#heartbeat.seen;
  }

  async close(): Promise<void> {
    const farewell = this.#settlements.settled().then(() => this.#heartbeat.stop());
    await atMost(LAST_WORDS_MS, farewell);
    await this.#redis.close();
  }

  async #ask(script: Script, keys: string[], values: string[]): Promise<unknown> {
    try {
      const answer = await this.#scripts.run(script, keys, values);
      // It may have been started anew, and empty: say at once what this process holds.
      if (this.#isAway) void this.#heartbeat.beat();
      this.#isAway = false;
      return answer;
    } catch (cause) {
      this.#isAway = true;
      throw new NexusError('limiter_unavailable', 'Redis, which counts the limits, does not answer.', {}, cause);
    }
  }
}

/** Waits for `pending`, whatever becomes of it, but no longer than `ms`. */
async function atMost(ms: number, pending: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise((resolve) => (timer = setTimeout(resolve, ms)));
  await Promise.race([pending.catch(() => undefined), over]);
  clearTimeout(timer);
}
