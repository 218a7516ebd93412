import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { manualClock, scriptedProvider } from 'nexusai-hub/testing';
import { queueFlowControl } from '../../src/defaults/flow-control.ts';
import { TrafficShare } from '../../src/traffic-share.ts';
import { fallbackRouter } from './fallback-router.ts';
import { failureOf, harness, PLAIN } from './harness.ts';

describe('what asking again may add to the traffic', () => {
  it('an outage is not answered with a multiple of the traffic', async () => {
    const [a, b] = [
      scriptedProvider({ throws: 'provider_unavailable' }),
      scriptedProvider({ throws: 'provider_denied' }),
    ];
    const options = { routing: { maxAttempts: 5, backoffMs: 0, retries: { share: 0.2, perSecond: 0 } } };
    const { hub } = harness({ a, b }, options);
    for (let request = 0; request < 100; request++) await failureOf(hub.chat.completions.create(PLAIN));
    // Each target once a request, and the share of asking again.
    expect(b.calls).toHaveLength(100);
    expect(a.calls).toHaveLength(120);
  });

  it('asking another target is no part of it: whoever stands by takes over for all', async () => {
    const [dead, well] = [scriptedProvider({ throws: 'provider_unavailable' }), scriptedProvider({ says: 'ok' })];
    const { hub } = harness({ dead, well }, { routing: { retries: { share: 0, perSecond: 0 } } });
    const answers = await Promise.all(Array.from({ length: 500 }, () => hub.chat.completions.create(PLAIN)));
    expect(answers).toHaveLength(500);
    const router = fallbackRouter({ m: { dead }, f: { well } }, [{ model: 'f', on: ['unavailable'] }]);
    const standing = harness({ dead, well }, { router, routing: { retries: { share: 0, perSecond: 0 } } });
    await Promise.all(Array.from({ length: 500 }, () => standing.hub.chat.completions.create(PLAIN)));
  });

  it('R1: nor by all who came at once, and paused before they asked again', async () => {
    const a = scriptedProvider({ throws: 'provider_unavailable' });
    let places = 0;
    const { hub, clock } = harness(
      { a },
      { random: () => (places++ % 100) / 100, routing: { retries: { share: 0.2, perSecond: 0 } } },
    );
    const asked = Array.from({ length: 500 }, () => failureOf(hub.chat.completions.create(PLAIN)));
    await clock.advance(60_000);
    await Promise.all(asked);
    expect(a.calls).toHaveLength(600);
  });

  it('nor by those who waited for a place before they asked again', async () => {
    const a = scriptedProvider({ first: [{ waitsMs: 10 }], then: { throws: 'provider_unavailable' } });
    const clock = manualClock();
    const bounds = { maxConcurrency: 10, maxQueue: 1_000, maxWaitMs: 60_000 };
    const { hub } = harness(
      { a },
      {
        clock,
        flowControl: queueFlowControl(() => bounds, clock),
        routing: { backoffMs: 0, retries: { share: 0.2, perSecond: 0 } },
      },
    );
    const asked = Array.from({ length: 300 }, () => failureOf(hub.chat.completions.create(PLAIN)));
    await clock.advance(10_000);
    const errors = await Promise.all(asked);
    expect(errors).toEqual(errors.map(() => expect.objectContaining({ code: 'provider_unavailable' }) as unknown));
    expect(a.calls).toHaveLength(360);
  });

  it('a hub with little to do may try again', async () => {
    const a = scriptedProvider([{ throws: 'provider_unavailable' }, { says: 'ok' }]);
    const { hub } = harness({ a }, { routing: { backoffMs: 0 } });
    expect((await hub.chat.completions.create(PLAIN)).choices[0]?.message.content).toBe('ok');
  });

  it('never more than its share of the last ten seconds and its own pace', async () => {
    const steps = fc.array(
      fc.tuple(fc.integer({ min: 0, max: 4000 }), fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 20 })),
      { maxLength: 40 },
    );
    await fc.assert(
      fc.asyncProperty(steps, async (list) => {
        const clock = manualClock();
        const budget = new TrafficShare({ share: 0.5, perSecond: 0.3 }, clock);
        const requests: number[] = [];
        const extras: number[] = [];
        for (const [pauseMs, came, wanted] of list) {
          await clock.advance(pauseMs);
          for (let request = 0; request < came; request++) {
            budget.earn();
            requests.push(clock.elapsed());
          }
          const since = (Math.floor(clock.elapsed() / 1000) - 9) * 1000;
          const inWindow = (times: number[]): number => times.filter((time) => time >= since).length;
          const allowed = 0.5 * inWindow(requests) + 3;
          let granted = 0;
          for (; granted < wanted && budget.has(); granted++) {
            expect(inWindow(extras)).toBeLessThan(allowed);
            budget.spend();
            extras.push(clock.elapsed());
          }
          if (granted < wanted) expect(inWindow(extras)).toBeGreaterThanOrEqual(allowed);
        }
      }),
    );
  });

  it('forgets what is older than ten seconds', async () => {
    const clock = manualClock();
    const budget = new TrafficShare({ share: 1, perSecond: 0 }, clock);
    budget.earn();
    budget.spend();
    expect(budget.has()).toBe(false);
    budget.earn();
    expect(budget.has()).toBe(true);
    await clock.advance(10_000);
    expect(budget.has()).toBe(false);
    budget.earn();
    expect(budget.has()).toBe(true);
  });
});
