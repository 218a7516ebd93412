import { createHash, randomUUID } from 'node:crypto';
import type { Clock } from '../ports/clock.ts';
import type { SessionTracker } from '../ports/session-tracker.ts';
import { RecentMap } from './recent-map.ts';

/** Options of the tracker in memory. */
export interface SessionOptions {
  /** A conversation without a request for so long is over. */
  readonly idleMs: number;
  /** Conversations remembered; over it those idle longest are forgotten. */
  readonly maxActive: number;
}

/** Ids that are kept as the caller wrote them. Anything else is kept as its hash: ids of strangers are not trusted. */
const PLAIN_ID = /^[\w.:-]{1,128}$/;

/**
 * Conversations by the id the caller names, in the memory of this process. A request that names none begins a new one.
 * The window slides: each request keeps its conversation for another `idleMs`.
 */
export function memorySessionTracker({ idleMs, maxActive }: SessionOptions, clock: Clock): SessionTracker {
  /** Time of the last request, by caller and id. */
  const lastSeen = new RecentMap<string, number>(maxActive);
  return {
    open(_request, caller, conversationId) {
      const now = clock.now();
      const id = conversationId === undefined ? `conv_${randomUUID()}` : safeId(conversationId);
      const key = `${caller.id}\n${id}`;
      const seen = conversationId === undefined ? undefined : lastSeen.get(key);
      lastSeen.set(key, now);
      return { id, isNew: seen === undefined || now - seen >= idleMs };
    },
    active() {
      const since = clock.now() - idleMs;
      let active = 0;
      for (const seen of lastSeen.values()) if (seen > since) active++;
      return active;
    },
  };
}

function safeId(id: string): string {
  return PLAIN_ID.test(id) ? id : `conv_${createHash('sha256').update(id).digest('hex').slice(0, 32)}`;
}
