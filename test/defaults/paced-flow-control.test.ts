import { describe, expect, it } from 'vitest';
import { memoryQuota } from 'nexusai-hub';
import type { FlowControl, Quota, Slot, Target } from 'nexusai-hub/ports';
import { manualClock, scriptedProvider } from 'nexusai-hub/testing';
import { queueFlowControl } from '../../src/defaults/flow-control.ts';
import { pacedFlowControl } from '../../src/defaults/paced-flow-control.ts';
import { failureOf } from '../request-path/harness.ts';

const provider = scriptedProvider({ says: '' });
const bounds = { maxConcurrency: 100, maxQueue: 1, maxWaitMs: 1_000 };

function targetOf(providerId: string): Target {
  return { id: `${providerId}/m`, providerId, provider, model: 'm', weight: 1 };
}

async function enter(flow: FlowControl, providerId = 'a', signal = new AbortController().signal): Promise<Slot> {
  return flow.enter(targetOf(providerId), { signal, maxWaitMs: 1_000, priority: 0 });
}

describe('pacedFlowControl', () => {
  it('keeps the pace of each provider', async () => {
    const clock = manualClock();
    const perSecond = (id: string): number => (id === 'fast' ? Infinity : 10);
    const flow = pacedFlowControl(
      queueFlowControl(() => bounds, clock),
      perSecond,
      memoryQuota(clock),
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
        () => 5,
        quota,
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
      () => 3,
      memoryQuota(clock),
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

  it('closes what it stands before', () => {
    let isClosed = false;
    const inner: FlowControl = {
      enter: () => ({ release: () => undefined }),
      close() {
        isClosed = true;
      },
    };
    pacedFlowControl(inner, () => 1, memoryQuota(manualClock())).close?.();
    expect(isClosed).toBe(true);
  });
});
