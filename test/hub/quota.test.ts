import { memoryQuota, NexusHub, type NexusHubOptions, type PlainChatRequest } from 'nexusai-hub';
import type { Quota } from 'nexusai-hub/ports';
import { manualClock, scriptedProvider } from 'nexusai-hub/testing';
import { describe, expect, it } from 'vitest';

const BODY: PlainChatRequest = { model: 'm', messages: [{ role: 'user', content: 'Hello' }] };

function setUp(quota?: Quota, limits: NexusHubOptions['limits'] = {}) {
  const clock = manualClock();
  const providers = { p: scriptedProvider({ says: 'Hello.' }) };
  const hub = new NexusHub({ providers, clock, limits, ...(quota ? { quota } : {}) });
  return { clock, hub };
}

/** A quota that never answers. */
function silent(): Quota {
  return { take: () => new Promise(() => undefined), rebuild: () => 0, processes: () => 4 };
}

describe('the quota of a hub', () => {
  it('is its own unless one is handed in', async () => {
    expect(setUp().hub.stats.now().quota).toEqual({ kind: 'own' });
    const { clock, hub } = setUp(memoryQuota(manualClock()));
    await hub.chat.completions.create(BODY);
    expect(hub.stats.now().quota).toEqual({ kind: 'shared' });
    expect(clock.pending).toBe(0);
  });

  it('L7: local-share is what it does without one that does not answer, unless told otherwise', async () => {
    const { clock, hub } = setUp(silent(), { requestsPerSecond: 8 });
    const first = hub.chat.completions.create(BODY);
    await clock.advance(1_000);
    await first;
    expect(hub.stats.now().quota).toEqual({ kind: 'away', mode: 'local-share', sinceMs: clock.now() });
    await hub.chat.completions.create(BODY);
    await expect(hub.chat.completions.create(BODY)).rejects.toMatchObject({ code: 'rate_limited' });
    await hub.close();
  });

  it('L7: closed refuses everybody with limiter_unavailable', async () => {
    const { clock, hub } = setUp(silent(), { whenQuotaIsAway: 'closed', quotaWithinMs: 5 });
    const first = expect(hub.chat.completions.create(BODY)).rejects.toMatchObject({ code: 'limiter_unavailable' });
    await clock.advance(1_000);
    await first;
    await expect(hub.chat.completions.create(BODY)).rejects.toMatchObject({ status: 503 });
    await hub.close();
  });

  it('L7: open lets everybody in, and a number of processes may be told', async () => {
    const open = setUp(silent(), { whenQuotaIsAway: 'open', requestsPerSecond: 1 });
    const told = setUp(silent(), { processes: 1, requestsPerSecond: 3 });
    for (const { clock, hub } of [open, told]) {
      const first = hub.chat.completions.create(BODY);
      await clock.advance(1_000);
      await first;
      for (let more = 0; more < 2; more++) await hub.chat.completions.create(BODY);
    }
    await open.hub.chat.completions.create(BODY);
    await expect(told.hub.chat.completions.create(BODY)).rejects.toMatchObject({ code: 'rate_limited' });
    await open.hub.close();
    await told.hub.close();
  });

  it.each([
    [{ whenQuotaIsAway: 'shut' }, 'limits.whenQuotaIsAway'],
    [{ quotaWithinMs: 0 }, 'limits.quotaWithinMs'],
    [{ processes: 0.5 }, 'limits.processes'],
  ])('refuses %j', (limits, path) => {
    expect(() => setUp(undefined, limits as never)).toThrow(`NexusHub options: ${path}`);
  });
});
