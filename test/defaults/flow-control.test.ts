import { describe, expect, it } from 'vitest';
import { isNexusError } from 'nexusai-hub';
import type { Clock, FlowControl, Slot, Target } from 'nexusai-hub/ports';
import { manualClock, scriptedProvider } from 'nexusai-hub/testing';
import { queueFlowControl } from '../../src/defaults/flow-control.ts';
import { failureOf } from '../request-path/harness.ts';

const provider = scriptedProvider({ says: '' });
const target = (providerId: string): Target => ({ id: `${providerId}/m`, providerId, provider, model: 'm', weight: 1 });
const bounds = { maxConcurrency: 2, maxQueue: 3, maxWaitMs: 1_000 };
const FOREVER = 2_000_000_000;

async function enter(flow: FlowControl, priority = 0, maxWaitMs = FOREVER): Promise<Slot> {
  return flow.enter(target('a'), { signal: new AbortController().signal, maxWaitMs, priority });
}

// What every flow control has to do is in test/conformance.
describe('queueFlowControl', () => {
  it('gives a place without a promise where there is one, and refuses without one where nobody may wait', () => {
    const flow = queueFlowControl(() => ({ ...bounds, maxQueue: 0 }), manualClock());
    const waiting = { signal: new AbortController().signal, maxWaitMs: FOREVER, priority: 0 };
    for (let place = 0; place < 2; place++) expect(flow.enter(target('a'), waiting)).not.toBeInstanceOf(Promise);
    expect(() => flow.enter(target('a'), waiting)).toThrow(/queue is full/);
  });

  it('takes a slot back once, however often it is released', async () => {
    const flow = queueFlowControl(() => ({ ...bounds, maxConcurrency: 1, maxQueue: 0 }), manualClock());
    const slot = await enter(flow);
    slot.release();
    slot.release();
    await enter(flow);
    expect(await failureOf(enter(flow))).toMatchObject({ code: 'overloaded' });
  });

  it('keeps nobody out for one of a higher priority who has left already', async () => {
    const flow = queueFlowControl(() => ({ ...bounds, maxConcurrency: 1, maxQueue: 1 }), manualClock());
    const slot = await enter(flow);
    const waiting = enter(flow);
    const gone = { signal: AbortSignal.abort(new Error('gone')), maxWaitMs: FOREVER, priority: 9 };
    await expect(flow.enter(target('a'), gone)).rejects.toThrow('gone');
    slot.release();
    await waiting;
  });

  it('gives no place to one who could not wait, for the clock failed', async () => {
    const clock = manualClock();
    let fails = true;
    const schedule: Clock['schedule'] = (afterMs, task) => {
      if (fails) throw new Error('no timers');
      return clock.schedule(afterMs, task);
    };
    const flow = queueFlowControl(() => ({ ...bounds, maxConcurrency: 1 }), { ...clock, schedule });
    const slot = await enter(flow);
    await expect(enter(flow)).rejects.toThrow('no timers');
    fails = false;
    const waiting = enter(flow);
    slot.release();
    await waiting;
  });

  it('tells who is refused when to come back, from how fast places have become free', async () => {
    const clock = manualClock();
    const flow = queueFlowControl(() => ({ ...bounds, maxConcurrency: 1, maxQueue: 2 }), clock);
    let slot = await enter(flow);
    expect(await failureOf(enter(flow, 0, 0))).toMatchObject({ details: { provider: 'a', retryAfterMs: 1_000 } });
    for (let place = 0; place < 20; place++) {
      const next = enter(flow);
      await clock.advance(250);
      slot.release();
      slot = await next;
    }
    expect(await failureOf(enter(flow, 0, 0))).toMatchObject({ details: { retryAfterMs: 250 } });
    const waiting = [enter(flow), enter(flow)];
    expect(await failureOf(enter(flow))).toMatchObject({ details: { retryAfterMs: 750 } });
    expect(waiting).toHaveLength(2);
  });

  it('goes on measuring when there are fewer places than before', async () => {
    const clock = manualClock();
    let maxConcurrency = 4;
    const flow = queueFlowControl(() => ({ ...bounds, maxConcurrency, maxQueue: 6, maxWaitMs: FOREVER }), clock);
    const slots = await Promise.all(Array.from({ length: 4 }, () => enter(flow)));
    const waiting = Array.from({ length: 6 }, () => enter(flow));
    maxConcurrency = 2;
    for (let place = 0; place < 4; place++) {
      await clock.advance(20_000);
      (slots.shift() ?? (await waiting.shift()!)).release();
    }
    // A place every twenty seconds, and more in the line than a minute has.
    expect(await failureOf(enter(flow, 0, 0))).toMatchObject({ details: { retryAfterMs: 60_000 } });
  });

  it.each(['it is told of them', 'a place is given back'])(
    'lets in all there is room for where there are more places than before, as soon as %s',
    async (when) => {
      let maxConcurrency = 1;
      const flow = queueFlowControl(() => ({ ...bounds, maxConcurrency, maxQueue: 6 }), manualClock());
      const slot = await enter(flow);
      let admitted = 0;
      for (let one = 0; one < 6; one++) void enter(flow).then(() => admitted++);
      maxConcurrency = 4;
      if (when === 'it is told of them') flow.look();
      else slot.release();
      await new Promise(setImmediate);
      expect(admitted).toBe(when === 'it is told of them' ? 3 : 4);
    },
  );

  it('refuses the last of the lowest priority where a higher one finds the queue full', async () => {
    const clock = manualClock();
    const flow = queueFlowControl(() => ({ ...bounds, maxConcurrency: 1, maxQueue: 3 }), clock);
    const slot = await enter(flow);
    const order: string[] = [];
    const come = (name: string, priority: number): void => {
      void enter(flow, priority).then(
        (entered) => {
          order.push(name);
          entered.release();
        },
        (error: unknown) => order.push(`${name} ${isNexusError(error) ? error.code : ''}`),
      );
    };
    come('low', 0);
    come('later low', 0);
    come('middle', 1);
    come('high', 2);
    come('another low', 0);
    await clock.advance(0);
    expect(order).toEqual(['another low overloaded', 'later low overloaded']);
    slot.release();
    await clock.advance(0);
    expect(order.slice(2)).toEqual(['high', 'middle', 'low']);
    expect(clock.pending).toBe(0);
  });

  it('serves most of the low within their time though higher ones could take every place, and those keep three quarters', async () => {
    const clock = manualClock();
    const flow = queueFlowControl(() => ({ ...bounds, maxConcurrency: 1, maxQueue: 100 }), clock);
    const served = { low: 0, high: 0, refused: 0 };
    const come = (name: 'low' | 'high'): void => {
      void enter(flow, name === 'high' ? 1 : 0).then(
        (slot) => {
          served[name]++;
          clock.schedule(10, () => slot.release());
        },
        () => served.refused++,
      );
    };
    // A hundred places in a second, for a hundred high ones and twenty low ones.
    for (let tenth = 0; tenth < 50; tenth++) {
      for (let one = 0; one < 10; one++) come('high');
      for (let one = 0; one < 2; one++) come('low');
      await clock.advance(100);
    }
    expect(served.low).toBeGreaterThan(75);
    expect(served.high).toBeGreaterThan(370);
    expect(served.low + served.high).toBeGreaterThanOrEqual(499);
  });

  it('refuses those who wait when it closes, and leaves no timer behind', async () => {
    const clock = manualClock();
    const flow = queueFlowControl(() => bounds, clock);
    await Promise.all([enter(flow), enter(flow)]);
    const failure = failureOf(enter(flow));
    flow.close?.();
    expect(await failure).toMatchObject({ code: 'closing' });
    expect(clock.pending).toBe(0);
  });
});
