import { randomUUID } from 'node:crypto';
import type { Caller, SessionTracker } from 'nexusai-hub/ports';
import { manualClock, sessionTrackerCases, type SessionTrackerPlace } from 'nexusai-hub/testing';
import { describe, expect, it } from 'vitest';

import { countedSessions } from '../../src/counted-sessions.ts';
import { memoryLiveCounters } from '../../src/defaults/live-counters.ts';
import { silentLogger } from '../../src/defaults/logger.ts';
import { memorySessionStore } from '../../src/defaults/session-store.ts';
import { sessionTracker } from '../../src/defaults/session-tracker.ts';
import { LiveCounting } from '../../src/live-counting.ts';

const IDLE_MS = 1_800_000;

/** The default in memory, which may be wrapped or spoilt. */
function place(wrap: (tracker: SessionTracker) => SessionTracker = (tracker) => tracker): SessionTrackerPlace {
  const clock = manualClock();
  const store = memorySessionStore({ maxActive: 1_000, maxHistoryLength: 10_000 });
  const options = { idleMs: IDLE_MS, maxActive: 1_000, withinMs: 20, maxHistoryLength: 1_000 };
  const tracker = wrap(sessionTracker(options, store, clock, silentLogger));
  return { tracker, idleMs: IDLE_MS, wait: (ms) => clock.advance(ms) };
}

/** The same, whose verbs are members of an object: those of a class are not copied. */
function counted(tracker: SessionTracker): SessionTracker {
  const clock = manualClock();
  return countedSessions(tracker, new LiveCounting(memoryLiveCounters(clock), IDLE_MS, clock, silentLogger));
}

describe('the default does what every session tracker has to do', () => {
  for (const { name, run } of sessionTrackerCases(() => place())) it(name, run);
});

describe('so it does where its conversations are counted for all processes', () => {
  for (const { name, run } of sessionTrackerCases(() => place(counted))) it(name, run);
});

/** Everybody who says the same is one conversation, as gateways have it that take the first message for a fingerprint. */
function naive(): SessionTracker {
  const known = new Map<string, string>();
  return {
    open(request, _caller, { named }) {
      const key = named?.id ?? JSON.stringify(request?.messages[0]);
      const id = known.get(key);
      if (id !== undefined) return { id, isNew: false };
      known.set(key, named?.id ?? randomUUID());
      return { id: known.get(key) ?? '', isNew: true };
    },
    active: () => known.size,
  };
}

describe('the cases themselves', () => {
  async function failures(make: () => SessionTrackerPlace): Promise<string[]> {
    const failed: string[] = [];
    for (const { id, run } of sessionTrackerCases(make)) await run().catch(() => failed.push(id));
    return failed;
  }

  it('find a tracker that goes by the first message', async () => {
    const failed = await failures(() => ({ tracker: naive(), idleMs: 1, wait: () => Promise.resolve() }));
    expect(failed).toEqual(['callers', 'odd-ids', 'openers', 'goes-on', 'edits', 'response', 'idle', 'active']);
  });

  it.each<[wrong: string, failed: string[], spoil: (tracker: SessionTracker) => Partial<SessionTracker>]>([
    ['lets callers meet', ['callers', 'active', 'history', 'ended', 'merged'], ofOneCaller],
    [
      'does not hear answers',
      ['goes-on', 'edits', 'response', 'history', 'split'],
      () => ({ answered: () => undefined }),
    ],
    ['counts nothing', ['idle', 'active'], () => ({ active: () => 0 })],
    ['ends nothing', ['ended'], () => ({ end: () => Promise.resolve(true) })],
    [
      'tells callers what others said',
      ['history'],
      (tracker) => ({ history: (_, id) => tracker.history?.('anna', id) ?? Promise.resolve(undefined) }),
    ],
    ['merges nothing', ['merged'], () => ({ merge: () => Promise.resolve(true) })],
    ['splits nothing', ['split'], () => ({ split: () => Promise.resolve('conv_new') })],
  ])('find a tracker that %s', async (_wrong, failed, spoil) => {
    const spoilt = (tracker: SessionTracker): SessionTracker => ({
      ...counted(tracker),
      ...spoil(tracker),
    });
    expect(await failures(() => place(spoilt))).toEqual(failed);
  });

  it('say when a skip is wrong', () => {
    expect(() => sessionTrackerCases(place, { skip: { nonsense: 'why' } })).toThrow(/skip\["nonsense"\] names no case/);
  });
});

/** Whoever asks is the same. */
function ofOneCaller(tracker: SessionTracker): Partial<SessionTracker> {
  const all: Caller = { id: 'all', role: 'user' };
  return {
    open: (request, _caller, clues) => tracker.open(request, all, clues),
    answered: (session, _caller, answer) => tracker.answered?.(session, all, answer),
    history: async (_callerId, id) => tracker.history?.(all.id, id),
    end: async (_callerId, id) => (await tracker.end?.(all.id, id)) ?? false,
    merge: async (_callerId, into, from) => (await tracker.merge?.(all.id, into, from)) ?? false,
    split: async (_callerId, id, at) => tracker.split?.(all.id, id, at),
  };
}
