import { describe, expect, it } from 'vitest';
import type { Caller } from 'nexusai-hub/ports';
import { manualClock } from 'nexusai-hub/testing';
import { memorySessionTracker } from '../../src/defaults/session-tracker.ts';

const a: Caller = { id: 'a', role: 'user' };
const b: Caller = { id: 'b', role: 'user' };
const IDLE = 30 * 60_000;

describe('memorySessionTracker', () => {
  it('begins a conversation for every request that names none', async () => {
    const tracker = memorySessionTracker({ idleMs: IDLE, maxActive: 10 }, manualClock());
    const first = await tracker.open(undefined, a, undefined);
    const second = await tracker.open(undefined, a, undefined);
    expect(first.isNew && second.isNew).toBe(true);
    expect(first.id).not.toBe(second.id);
    expect(tracker.active()).toBe(2);
  });

  it('N8: goes on until it was idle for exactly 30 minutes, and each request moves the end', async () => {
    const clock = manualClock();
    const tracker = memorySessionTracker({ idleMs: IDLE, maxActive: 10 }, clock);
    expect(await tracker.open(undefined, a, 'x')).toEqual({ id: 'x', isNew: true });
    await clock.advance(IDLE - 1_000);
    expect(await tracker.open(undefined, a, 'x')).toEqual({ id: 'x', isNew: false });
    await clock.advance(IDLE - 1_000);
    expect(await tracker.open(undefined, a, 'x')).toEqual({ id: 'x', isNew: false });
    await clock.advance(IDLE);
    expect(tracker.active()).toBe(0);
    expect(await tracker.open(undefined, a, 'x')).toEqual({ id: 'x', isNew: true });
  });

  it('N5: keeps equal ids of two callers apart', async () => {
    const tracker = memorySessionTracker({ idleMs: IDLE, maxActive: 10 }, manualClock());
    await tracker.open(undefined, a, 'x');
    expect((await tracker.open(undefined, b, 'x')).isNew).toBe(true);
  });

  it.each(['a b', 'x'.repeat(129), 'line\nbreak', '', '日本'])('X8: keeps the odd id %j as a hash', async (id) => {
    const tracker = memorySessionTracker({ idleMs: IDLE, maxActive: 10 }, manualClock());
    const session = await tracker.open(undefined, a, id);
    expect(session.id).toMatch(/^conv_[0-9a-f]{32}$/);
    expect(await tracker.open(undefined, a, id)).toEqual({ id: session.id, isNew: false });
  });

  it('M4: remembers a bounded number, and those that were used last', async () => {
    const tracker = memorySessionTracker({ idleMs: IDLE, maxActive: 100 }, manualClock());
    for (let id = 0; id < 100_000; id++) {
      await tracker.open(undefined, a, String(id));
      await tracker.open(undefined, a, 'favourite');
    }
    expect(tracker.active()).toBeLessThanOrEqual(100);
    for (const id of ['favourite', '99999', '99960']) expect((await tracker.open(undefined, a, id)).isNew).toBe(false);
    expect((await tracker.open(undefined, a, '1')).isNew).toBe(true);
  });
});
