import { createHash, randomUUID } from 'node:crypto';
import type { Clock } from '../ports/clock.ts';
import type { SessionTracker } from '../ports/session-tracker.ts';

/** Options of the tracker in memory. */
export interface SessionOptions {
  /** A conversation without a request for so long is over. */
  readonly idleMs: number;
  /** Conversations remembered; over it the one idle longest is forgotten. */
  readonly maxActive: number;
}

/** Ids that are kept as the caller wrote them. Anything else is kept as its hash: ids of strangers are not trusted. */
const PLAIN_ID = /^[\w.:-]{1,128}$/;

/**
 * Conversations by the id the caller names, in the memory of this process. A request that names none begins a new one.
 * The window slides: each request keeps its conversation for another `idleMs`.
 */
export function memorySessionTracker({ idleMs, maxActive }: SessionOptions, clock: Clock): SessionTracker {
  /** Time of the last request by caller and id, in the order of that time: the idle ones stand at the front. */
  const lastSeen = new Map<string, number>();
  const forgetIdle = (now: number): void => {
    for (const [key, seen] of lastSeen) {
      if (now - seen < idleMs && lastSeen.size <= maxActive) return;
      lastSeen.delete(key);
    }
  };
  return {
    open(_request, caller, conversationId) {
      const now = clock.now();
      forgetIdle(now);
      const id = conversationId === undefined ? `conv_${randomUUID()}` : safeId(conversationId);
      const key = `${caller.id}\n${id}`;
      const isNew = !lastSeen.delete(key);
      lastSeen.set(key, now);
      return { id, isNew };
    },
    active() {
      forgetIdle(clock.now());
      return lastSeen.size;
    },
  };
}

function safeId(id: string): string {
  return PLAIN_ID.test(id) ? id : `conv_${createHash('sha256').update(id).digest('hex').slice(0, 32)}`;
}
