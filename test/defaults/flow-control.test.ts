import { describe, expect, it } from 'vitest';
import type { Slot, Target } from 'nexusai-hub/ports';
import { manualClock, scriptedProvider } from 'nexusai-hub/testing';
import { queueFlowControl } from '../../src/defaults/flow-control.ts';
import { failureOf } from '../request-path/harness.ts';

const provider = scriptedProvider({ says: '' });
const target = (providerId: string): Target => ({ id: `${providerId}/m`, providerId, provider, model: 'm', weight: 1 });
const bounds = { maxConcurrency: 2, maxQueue: 3, maxWaitMs: 1_000, requestsPerSecond: Infinity };
const signal = new AbortController().signal;
const FOREVER = 2_000_000_000;

describe('queueFlowControl', () => {
  it('runs as many as allowed, lets the next wait, and hands places on in order', async () => {
    const flow = queueFlowControl(() => bounds, manualClock());
    const [first] = await Promise.all([
      flow.enter(target('a'), signal, FOREVER),
      flow.enter(target('a'), signal, FOREVER),
    ]);
    const order: number[] = [];
    const waiting = [1, 2].map(async (place) => {
      const slot = await flow.enter(target('a'), signal, FOREVER);
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
    const entering: Promise<Slot>[] = Array.from({ length: 5 }, () => flow.enter(target('a'), signal, FOREVER));
    expect(await failureOf(flow.enter(target('a'), signal, FOREVER))).toMatchObject({
      code: 'overloaded',
      details: { provider: 'a', retryAfterMs: 1_000 },
    });
    await flow.enter(target('b'), signal, FOREVER);
    expect(entering).toHaveLength(5);
  });

  it('refuses who has waited too long, and frees the place in the queue', async () => {
    const clock = manualClock();
    const flow = queueFlowControl(() => bounds, clock);
    const running = await Promise.all([
      flow.enter(target('a'), signal, FOREVER),
      flow.enter(target('a'), signal, FOREVER),
    ]);
    const failure = failureOf(flow.enter(target('a'), signal, FOREVER));
    await clock.advance(1_000);
    expect(await failure).toMatchObject({ code: 'overloaded' });
    expect(clock.pending).toBe(0);
    running[0].release();
    await flow.enter(target('a'), signal, FOREVER);
  });

  it('lets nobody wait longer than its own time', async () => {
    const clock = manualClock();
    const flow = queueFlowControl(() => ({ ...bounds, maxConcurrency: 1 }), clock);
    await flow.enter(target('a'), signal, FOREVER);
    const failure = failureOf(flow.enter(target('a'), signal, 300));
    await clock.advance(300);
    expect(await failure).toMatchObject({ code: 'overloaded' });
  });

  it('takes an aborted waiter out of the queue at once, and a running one keeps its place', async () => {
    const flow = queueFlowControl(() => bounds, manualClock());
    const leaving = new AbortController();
    await Promise.all([flow.enter(target('a'), leaving.signal, FOREVER), flow.enter(target('a'), signal, FOREVER)]);
    const failure = failureOf(flow.enter(target('a'), leaving.signal, FOREVER));
    leaving.abort(new Error('gone'));
    await failure;
    let entered = false;
    void flow.enter(target('a'), signal, FOREVER).then(() => (entered = true));
    await new Promise(setImmediate);
    expect(entered).toBe(false);
  });

  it('keeps the pace of a provider', async () => {
    const clock = manualClock();
    const flow = queueFlowControl(() => ({ ...bounds, maxConcurrency: 100, requestsPerSecond: 10 }), clock);
    for (let request = 0; request < 10; request++) (await flow.enter(target('a'), signal, FOREVER)).release();
    expect(await failureOf(flow.enter(target('a'), signal, FOREVER))).toMatchObject({ details: { retryAfterMs: 100 } });
    await clock.advance(100);
    (await flow.enter(target('a'), signal, FOREVER)).release();
  });

  it('C4: frees every place after 10,000 random ends', async () => {
    const flow = queueFlowControl(() => ({ ...bounds, maxQueue: 20_000, maxConcurrency: 7 }), manualClock());
    let inside = 0;
    let most = 0;
    await Promise.all(
      Array.from({ length: 10_000 }, async (_, request) => {
        const controller = new AbortController();
        const entering = flow.enter(target('a'), controller.signal, FOREVER);
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
    await Promise.all(Array.from({ length: 7 }, () => flow.enter(target('a'), signal, FOREVER)));
  });
});
