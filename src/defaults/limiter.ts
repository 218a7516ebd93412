import { NexusError } from '../errors.ts';
import type { Caller } from '../ports/authenticator.ts';
import type { Clock } from '../ports/clock.ts';
import type { Lease, Limiter } from '../ports/limiter.ts';
import { RecentMap } from './recent-map.ts';
import { TokenBucket } from './token-bucket.ts';

/** Limits of the whole hub. */
export interface LimiterOptions {
  /** Requests the hub takes in a second, all callers together. `Infinity`: as many as come. */
  readonly requestsPerSecond: number;
}

/** Callers remembered; over it those who asked longest ago are forgotten. */
const MOST_CALLERS = 10_000;

/**
 * Counts in the memory of this process: requests per second for the hub, requests and tokens per minute for each
 * caller. Tokens are reserved by a guess of the prompt and settled by what was used.
 */
export function memoryLimiter({ requestsPerSecond }: LimiterOptions, clock: Clock): Limiter {
  const hub = limited(requestsPerSecond, requestsPerSecond, clock.elapsed());
  const requests = new BucketsByCaller();
  const tokens = new BucketsByCaller();
  return {
    acquire(caller, estimate) {
      const now = clock.elapsed();
      const tokenBucket = tokens.of(caller.id, caller.tokensPerMinute, now);
      const promptTokens = tokenBucket ? estimate.promptTokens : 0;
      const asked: Asked[] = [
        { bucket: hub, units: 1, what: 'The hub takes no more requests this second' },
        { bucket: requests.of(caller.id, caller.requestsPerMinute, now), units: 1, what: 'Too many requests a minute' },
        { bucket: tokenBucket, units: promptTokens, what: 'Too many tokens a minute' },
      ];
      takeAll(asked, now);
      return leaseOn(tokenBucket, promptTokens);
    },
  };
}

interface Asked {
  readonly bucket: TokenBucket | undefined;
  readonly units: number;
  readonly what: string;
}

/** Takes from every bucket or from none. */
function takeAll(asked: readonly Asked[], now: number): void {
  for (const [place, { bucket, units, what }] of asked.entries()) {
    const waitMs = bucket?.take(units, now) ?? 0;
    if (waitMs === 0) continue;
    for (const taken of asked.slice(0, place)) taken.bucket?.correct(taken.units);
    const retryAfterMs = Math.ceil(waitMs);
    throw new NexusError('rate_limited', `${what}. Try again in ${String(retryAfterMs)} ms.`, { retryAfterMs });
  }
}

function leaseOn(bucket: TokenBucket | undefined, reserved: number): Lease {
  return {
    settle({ usage }) {
      if (usage) bucket?.correct(reserved - usage.total_tokens);
    },
  };
}

function limited(perSecond: number, capacity: number, now: number): TokenBucket | undefined {
  return Number.isFinite(perSecond) ? new TokenBucket(perSecond, Math.max(1, capacity), now) : undefined;
}

/** One bucket per caller that has a limit of its own. */
class BucketsByCaller {
  readonly #buckets = new RecentMap<Caller['id'], TokenBucket>(MOST_CALLERS);

  of(callerId: string, perMinute: number | undefined, now: number): TokenBucket | undefined {
    if (perMinute === undefined) return undefined;
    let bucket = this.#buckets.get(callerId);
    if (!bucket) this.#buckets.set(callerId, (bucket = new TokenBucket(perMinute / 60, Math.max(1, perMinute), now)));
    return bucket;
  }
}
