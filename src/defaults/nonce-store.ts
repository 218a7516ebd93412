import { NexusError } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { NonceStore } from '../ports/nonce-store.ts';

/** Some 60 MB when it is full. */
const MOST_NONCES = 500_000;

/**
 * Remembers nonces in the memory of this process, for all hubs in it that are given the same.
 *
 * Nonces are in two generations. When the longest time anybody asked for has passed, the young one becomes the old one,
 * and what was left in the old one goes: each is kept for its time at least and, while others come, for twice the longest
 * at most, and no step walks over all of them.
 */
export function memoryNonceStore(clock: Clock, mostNonces: number = MOST_NONCES): NonceStore {
  let young = new Set<string>();
  let old = new Set<string>();
  let spanMs = 0;
  let turnedAt = clock.elapsed();

  return {
    claim(nonce, ttlMs) {
      const now = clock.elapsed();
      if (now - turnedAt >= spanMs) {
        old = now - turnedAt >= 2 * spanMs ? new Set() : young;
        young = new Set();
        turnedAt = now;
      }
      if (young.has(nonce) || old.has(nonce)) return false;
      if (young.size + old.size >= mostNonces)
        throw new NexusError('overloaded', 'There are too many signed requests to remember. Ask again later.', {
          retryAfterMs: Math.max(1, turnedAt + spanMs - now),
        });
      spanMs = Math.max(spanMs, ttlMs);
      young.add(nonce);
      return true;
    },
  };
}
