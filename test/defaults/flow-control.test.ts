import { describe, expect, it } from 'vitest';
import type { FlowControl, Slot, Target } from 'nexusai-hub/ports';
import { manualClock, scriptedProvider } from 'nexusai-hub/testing';
import { queueFlowControl } from '../../src/defaults/flow-control.ts';
import { failureOf } from '../request-path/harness.ts';

const provider = scriptedProvider({ says: '' });
const target = (providerId: string): Target => ({ id: `${providerId}/m`, providerId, provider, model: 'm', weight: 1 });
const bounds = { maxConcurrency: 2, maxQueue: 3, maxWaitMs: 1_000, requestsPerSecond: Infinity };
const signal = new AbortController().signal;
const FOREVER = 2_000_000_000;

async function enter(flow: FlowControl, providerId: string, signal: AbortSignal, maxWaitMs: number): Promise<Slot> {
  return flow.enter(target(providerId), { signal, maxWaitMs, priority: 0 });
}

describe('queueFlowControl', () => {
  it('runs as many as allowed, lets the next wait, and hands places on in order', async () => {
    const flow = queueFlowControl(() => bounds, manualClock());
    const [first] = await Promise.all([enter(flow, 'a', signal, FOREVER), enter(flow, 'a', signal, FOREVER)]);
    const order: number[] = [];
    const waiting = [1, 2].map(async (place) => {
      const slot = await enter(flow, 'a', signal, FOREVER);
      order.push(place);
      return slot;
    });
    await new Promise(setImmediate);
    expect(order).toEqual([]);
    first.release();
    (await waiting[0])?.release();
    await waiting[1];
    expect(order).toEqual([1, 2]);
  });

  it('refuses at once when the queue is full, with a time to come back', async () => {
    const flow = queueFlowControl(() => bounds, manualClock());
    const entering: Promise<Slot>[] = Array.from({ length: 5 }, () => enter(flow, 'a', signal, FOREVER));
    expect(await failureOf(enter(flow, 'a', signal, FOREVER))).toMatchObject({
      code: 'overloaded',
      details: { provider: 'a', retryAfterMs: 1_000 },
    });
    await enter(flow, 'b', signal, FOREVER);
    expect(entering).toHaveLength(5);
  });

  it('refuses who has waited too long, and frees the place in the queue', async () => {
    const clock = manualClock();
    const flow = queueFlowControl(() => bounds, clock);
    const running = await Promise.all([enter(flow, 'a', signal, FOREVER), enter(flow, 'a', signal, FOREVER)]);
    const failure = failureOf(enter(flow, 'a', signal, FOREVER));
    await clock.advance(1_000);
    expect(await failure).toMatchObject({ code: 'overloaded' });
    expect(clock.pending).toBe(0);
    running[0].release();
    await enter(flow, 'a', signal, FOREVER);
  });

  it('lets nobody wait longer than its own time', async () => {
    const clock = manualClock();
    const flow = queueFlowControl(() => ({ ...bounds, maxConcurrency: 1 }), clock);
    await enter(flow, 'a', signal, FOREVER);
    const failure = failureOf(enter(flow, 'a', signal, 300));
    await clock.advance(300);
    expect(await failure).toMatchObject({ code: 'overloaded' });
  });

  it('takes an aborted waiter out of the queue at once, and a running one keeps its place', async () => {
    const flow = queueFlowControl(() => bounds, manualClock());
    const leaving = new AbortController();
    await Promise.all([enter(flow, 'a', leaving.signal, FOREVER), enter(flow, 'a', signal, FOREVER)]);
    const failure = failureOf(enter(flow, 'a', leaving.signal, FOREVER));
    leaving.abort(new Error('gone'));
    await failure;
    let entered = false;
    void enter(flow, 'a', signal, FOREVER).then(() => (entered = true));
    await new Promise(setImmediate);
    expect(entered).toBe(false);
  });

  it('keeps the pace of a provider', async () => {
    const clock = manualClock();
    const flow = queueFlowControl(() => ({ ...bounds, maxConcurrency: 100, requestsPerSecond: 10 }), clock);
    for (let request = 0; request < 10; request++) (await enter(flow, 'a', signal, FOREVER)).release();
    expect(await failureOf(enter(flow, 'a', signal, FOREVER))).toMatchObject({ details: { retryAfterMs: 100 } });
    await clock.advance(100);
    (await enter(flow, 'a', signal, FOREVER)).release();
  });

  it('C4: frees every place after 10,000 random ends', async () => {
    const flow = queueFlowControl(() => ({ ...bounds, maxQueue: 20_000, maxConcurrency: 7 }), manualClock());
    let inside = 0;
    let most = 0;
    await Promise.all(
      Array.from({ length: 10_000 }, async (_, request) => {
        const controller = new AbortController();
        const entering = enter(flow, 'a', controller.signal, FOREVER);
        if (request % 3 === 0) controller.abort(new Error('gone'));
        try {
          const slot = await entering;
          most = Math.max(most, ++inside);
          await new Promise(setImmediate);
          inside--;
          slot.release();
        } catch {
          // Left before it got a place.
        }
      }),
    );
    expect(inside).toBe(0);
    expect(most).toBe(7);
    await Promise.all(Array.from({ length: 7 }, () => enter(flow, 'a', signal, FOREVER)));
  });
});
