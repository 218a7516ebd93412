import { describe, expect, it } from 'vitest';
import { memoryQuota } from 'nexusai-hub';
import type { FlowControl, Quota, Slot, Target } from 'nexusai-hub/ports';
import { manualClock, scriptedProvider } from 'nexusai-hub/testing';
import { queueFlowControl } from '../../src/defaults/flow-control.ts';
import type { Pace } from '../../src/defaults/paced-flow-control.ts';
import { pacedFlowControl } from '../../src/defaults/paced-flow-control.ts';
import { failureOf } from '../request-path/harness.ts';

const provider = scriptedProvider({ says: '' });
const bounds = { maxConcurrency: 100, maxQueue: 1, maxWaitMs: 1_000 };

/** A pace, and the wait of the bounds. */
function at(requestsPerSecond: number): Pace {
  return { requestsPerSecond, maxWaitMs: bounds.maxWaitMs };
}

function targetOf(providerId: string): Target {
  return { id: `${providerId}/m`, providerId, provider, model: 'm', weight: 1 };
}

async function enter(flow: FlowControl, providerId = 'a', signal = new AbortController().signal): Promise<Slot> {
  return flow.enter(targetOf(providerId), { signal, maxWaitMs: 1_000, priority: 0 });
}

describe('pacedFlowControl', () => {
  it('keeps the pace of each provider', async () => {
    const clock = manualClock();
    const paceOf = (id: string): Pace => at(id === 'fast' ? Infinity : 10);
    const flow = pacedFlowControl(
      queueFlowControl(() => bounds, clock),
      paceOf,
      memoryQuota(clock),
      clock,
    );
    for (let request = 0; request < 9; request++) (await enter(flow)).release();
    await clock.advance(100);
    (await enter(flow)).release();
    expect(await failureOf(enter(flow))).toMatchObject({
      code: 'overloaded',
      details: { provider: 'a', retryAfterMs: 900 },
    });
    for (let request = 0; request < 99; request++) (await enter(flow, 'fast')).release();
    (await enter(flow, 'b')).release();
    await clock.advance(900);
    for (let request = 0; request < 2; request++) (await enter(flow)).release();
    expect(await failureOf(enter(flow))).toMatchObject({ details: { retryAfterMs: 100 } });
  });

  it.each([false, true])('L1: holds it for all that share a quota; it answers later: %s', async (isLate) => {
    const clock = manualClock();
    const memory = memoryQuota(clock);
    const quota: Quota = isLate ? { ...memory, take: async (asked) => memory.take(asked) } : memory;
    const flows = [1, 2, 3].map(() =>
      pacedFlowControl(
        queueFlowControl(() => bounds, clock),
        () => at(5),
        quota,
        clock,
      ),
    );
    const entering = flows.flatMap((flow) => Array.from({ length: 5 }, () => enter(flow)));
    const came = await Promise.allSettled(entering);
    expect(came.filter(({ status }) => status === 'fulfilled').length).toBe(5);
  });

  it('counts nothing for those who get no place: refused, waiting too long, or gone', async () => {
    const clock = manualClock();
    const flow = pacedFlowControl(
      queueFlowControl(() => ({ ...bounds, maxConcurrency: 1 }), clock),
      () => at(3),
      memoryQuota(clock),
      clock,
    );
    const slot = await enter(flow);
    const controller = new AbortController();
    const waiting = failureOf(enter(flow, 'a', controller.signal));
    await clock.advance(0);
    expect(await failureOf(enter(flow))).toMatchObject({ message: expect.stringContaining('its queue is full') });
    controller.abort(new Error('gone'));
    await waiting;
    slot.release();
    for (let request = 0; request < 2; request++) (await enter(flow)).release();
    expect(await failureOf(enter(flow))).toMatchObject({ message: expect.stringContaining('rate limit') });
  });

  describe('where many places become free at once', () => {
    /** Four who waited a long time for their places, and get them all in one moment. */
    async function fourAtOnce(perSecond: number, isLate = false, signals: AbortSignal[] = []) {
      const clock = manualClock();
      const memory = memoryQuota(clock);
      const quota: Quota = isLate ? { ...memory, take: async (asked) => memory.take(asked) } : memory;
      const flow = pacedFlowControl(
        queueFlowControl(() => ({ maxConcurrency: 4, maxQueue: 4, maxWaitMs: 4_000 }), clock),
        () => ({ requestsPerSecond: perSecond, maxWaitMs: 4_000 }),
        quota,
        clock,
      );
      const running: Slot[] = [];
      while (running.length < 4) {
        running.push(await enter(flow));
        await clock.advance(1_000 / perSecond);
      }
      const sentAt: number[] = [];
      const began = clock.elapsed();
      const waiting = [0, 1, 2, 3].map(async (place) => {
        const slot = await flow.enter(targetOf('a'), {
          signal: signals[place] ?? new AbortController().signal,
          maxWaitMs: 4_000,
          priority: 0,
        });
        sentAt.push(clock.elapsed() - began);
        return slot;
      });
      const came = Promise.allSettled(waiting);
      await clock.advance(1_000);
      for (const slot of running) slot.release();
      return { clock, flow, sentAt, waiting, came };
    }

    it.each([false, true])('L1: sends no more than its pace allows; the quota answers later: %s', async (isLate) => {
      const { clock, sentAt } = await fourAtOnce(1, isLate);
      await clock.advance(3_000);
      expect(sentAt).toEqual([1_000, 2_000, 3_000, 4_000]);
      expect(clock.pending).toBe(0);
    });

    it('refuses those whose turn would come too late, at once, and gives their places back', async () => {
      const { clock, flow, sentAt, waiting } = await fourAtOnce(0.5);
      await clock.advance(0);
      expect(await failureOf(waiting[2]!)).toMatchObject({ code: 'overloaded', details: { retryAfterMs: 4_000 } });
      await waiting[3]!.catch(() => undefined);
      await clock.advance(3_000);
      expect(sentAt).toEqual([1_000, 3_000]);
      await clock.advance(2_000);
      await enter(flow);
    });

    it('lets nobody keep a place who has left', async () => {
      const controller = new AbortController();
      const { clock, sentAt, waiting } = await fourAtOnce(1, false, [new AbortController().signal, controller.signal]);
      await clock.advance(0);
      controller.abort(new Error('gone'));
      expect(await failureOf(waiting[1]!)).toMatchObject({ message: 'gone' });
      await clock.advance(3_000);
      expect(sentAt).toEqual([1_000, 3_000, 4_000]);
      expect(clock.pending).toBe(0);
    });
  });

  it('closes what it stands before', () => {
    let isClosed = false;
    const inner: FlowControl = {
      enter: () => ({ release: () => undefined }),
      close() {
        isClosed = true;
      },
    };
    const clock = manualClock();
    pacedFlowControl(inner, () => at(1), memoryQuota(clock), clock).close?.();
    expect(isClosed).toBe(true);
  });
});
