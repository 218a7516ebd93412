import { memoryQuota, NexusError } from 'nexusai-hub';
import type { FlowControl } from 'nexusai-hub/ports';
import type { MakeFlowControl } from 'nexusai-hub/testing';
import { flowControlCases } from 'nexusai-hub/testing';
import { describe, expect, it } from 'vitest';
import { queueFlowControl } from '../../src/defaults/flow-control.ts';
import { pacedFlowControl } from '../../src/defaults/paced-flow-control.ts';

const queue: MakeFlowControl = (bounds, clock) => queueFlowControl(() => bounds, clock);
const paced: MakeFlowControl = (bounds, clock) =>
  pacedFlowControl(queue(bounds, clock), () => ({ ...bounds, requestsPerSecond: 1e6 }), memoryQuota(clock), clock);

describe.each([
  ['queueFlowControl', queue],
  ['pacedFlowControl', paced],
])('%s does what every flow control has to do', (_name, make) => {
  for (const { name, run, skipped } of flowControlCases(make)) it.skipIf(skipped !== undefined)(name, run);
});

describe('the cases themselves', () => {
  const wrapped =
    (change: (flow: FlowControl) => FlowControl): MakeFlowControl =>
    (bounds, clock) =>
      change(queue(bounds, clock));

  /** Names of the cases a flow control fails. */
  async function failedBy(make: MakeFlowControl): Promise<string[]> {
    const failed: string[] = [];
    for (const { id, run } of flowControlCases(make)) await run().catch(() => failed.push(id));
    return failed;
  }

  it('find no fault with the default', async () => {
    expect(await failedBy(queue)).toEqual([]);
  });

  it.each<[string, MakeFlowControl, string[]]>([
    ['lets everybody in', () => ({ enter: () => ({ release: () => undefined }) }), ['room', 'queue-full', 'own-limit']],
    [
      'lets nobody in',
      () => ({
        enter() {
          throw new NexusError('overloaded', 'Never.', { retryAfterMs: 1 });
        },
      }),
      ['room', 'order', 'no-wait'],
    ],
    ['knows no priority', wrapped((flow) => lowered(flow, () => 0)), ['priority']],
    ['lets the lowest go first', wrapped((flow) => lowered(flow, (priority) => -priority)), ['priority']],
    [
      'does not look at the signal',
      wrapped((flow) => ({
        enter: (target, waiting) => flow.enter(target, { ...waiting, signal: new AbortController().signal }),
      })),
      ['abort', 'queue-place-free'],
    ],
    [
      'waits as long as it likes',
      wrapped((flow) => ({ enter: (target, waiting) => flow.enter(target, { ...waiting, maxWaitMs: 1e6 }) })),
      ['no-wait', 'waiters-limit'],
    ],
    ['never gives a place back', wrapped(keeping), ['order', 'random-ends', 'abort-with-release']],
    [
      'makes no difference between providers',
      wrapped((flow) => ({
        enter: (target, waiting) => flow.enter({ ...target, providerId: 'one' }, waiting),
      })),
      ['one-provider-alone'],
    ],
    ['does not say when to come back', wrapped(silent), ['queue-full', 'no-wait']],
  ])('find out a flow control that %s', async (_what, make, ids) => {
    expect(await failedBy(make)).toEqual(expect.arrayContaining(ids));
  });

  it('find out one that starves the low, or frees the place of one that is still inside', async () => {
    expect(await failedBy(strict)).toEqual(['starvation']);
    expect(await failedBy(wrapped(freeing))).toContain('abort-inside');
  });

  it('say when a skip is wrong', () => {
    expect(() => flowControlCases(queue, { skip: { nonsense: 'why' } })).toThrow(/skip\["nonsense"\] names no case/);
    expect(() => flowControlCases(queue, { skip: { order: '' } })).toThrow(/needs a reason/);
    const skipped = flowControlCases(queue, { skip: { order: 'a heap' } }).filter((one) => one.skipped);
    expect(skipped.map(({ id, skipped: reason }) => [id, reason])).toEqual([['order', 'a heap']]);
  });
});

function lowered(flow: FlowControl, priorityOf: (priority: number) => number): FlowControl {
  return { enter: (target, waiting) => flow.enter(target, { ...waiting, priority: priorityOf(waiting.priority) }) };
}

function keeping(flow: FlowControl): FlowControl {
  return {
    async enter(target, waiting) {
      await flow.enter(target, waiting);
      return { release: () => undefined };
    },
  };
}

function freeing(flow: FlowControl): FlowControl {
  return {
    async enter(target, waiting) {
      const slot = await flow.enter(target, waiting);
      waiting.signal.addEventListener('abort', () => {
        slot.release();
      });
      return slot;
    },
  };
}

function silent(flow: FlowControl): FlowControl {
  return {
    async enter(target, waiting) {
      try {
        return await flow.enter(target, waiting);
      } catch (cause) {
        throw cause instanceof NexusError ? new NexusError(cause.code, cause.message) : cause;
      }
    },
  };
}

/** By priority alone: what waits behind higher ones waits for ever. */
const strict: MakeFlowControl = ({ maxConcurrency, maxQueue, maxWaitMs }, clock) => {
  type Waiter = { readonly priority: number; readonly admit: () => void; readonly end: () => void };
  const lanes = new Map<string, { running: number; line: Waiter[] }>();
  const full = (): NexusError => new NexusError('overloaded', 'Full.', { retryAfterMs: 1 });
  return {
    enter({ providerId }, { signal, priority, maxWaitMs: longestMs }) {
      const lane = lanes.get(providerId) ?? { running: 0, line: [] };
      lanes.set(providerId, lane);
      const slot = {
        release() {
          const next = lane.line.reduce<Waiter | undefined>(
            (best, one) => (best && best.priority >= one.priority ? best : one),
            undefined,
          );
          if (!next) lane.running--;
          next?.end();
          next?.admit();
        },
      };
      if (lane.running < maxConcurrency) {
        lane.running++;
        return slot;
      }
      if (longestMs <= 0 || lane.line.length >= maxQueue) throw full();
      return new Promise((resolve, reject) => {
        const end = (): void => {
          lane.line = lane.line.filter((one) => one !== waiter);
          timer.cancel();
        };
        const waiter: Waiter = { priority, admit: () => resolve(slot), end };
        const timer = clock.schedule(Math.min(longestMs, maxWaitMs), () => {
          end();
          reject(full());
        });
        lane.line.push(waiter);
        signal.addEventListener('abort', () => {
          end();
          reject(signal.reason as Error);
        });
        if (signal.aborted) end();
      });
    },
  };
};
