import { memoryLiveCounters, NexusHub } from 'nexusai-hub';
import type { LiveCounters } from 'nexusai-hub/ports';
import { manualClock, scriptedProvider } from 'nexusai-hub/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { LiveCounting } from '../../src/live-counting.ts';
import { recordingLogger } from '../data/recording-logger.ts';
import { ADMIN, KEYS, NOON } from '../views/set-up.ts';

const hubs: NexusHub[] = [];
afterEach(async () => {
  for (const hub of hubs.splice(0)) await hub.close();
});

/** Hubs that count together, as processes would. */
function setUp(count = 2, spoil: (counters: LiveCounters) => LiveCounters = (counters) => counters) {
  const clock = manualClock(NOON);
  const liveCounters = spoil(memoryLiveCounters(clock));
  const log = recordingLogger();
  const made = Array.from({ length: count }, () => {
    const main = scriptedProvider({
      says: 'Hi!',
      usage: { prompt_tokens: 8, completion_tokens: 4, total_tokens: 12 },
    });
    return new NexusHub({ providers: { main }, keys: KEYS, clock, liveCounters, logger: log.logger });
  });
  hubs.push(...made);
  return { clock, log, hubs: made };
}

async function ask(hub: NexusHub, content = 'Hello'): Promise<string> {
  const body = JSON.stringify({ model: 'm', messages: [{ role: 'user', content }] });
  const headers = new Headers(ADMIN.headers);
  headers.set('content-type', 'application/json');
  const response = await hub.fetch('http://hub/v1/chat/completions', { method: 'POST', headers, body });
  await response.arrayBuffer();
  return response.headers.get('x-nexus-conversation-id') ?? '';
}

async function statsOf(hub: NexusHub): Promise<Record<string, unknown>> {
  const response = await hub.fetch('http://hub/stats', ADMIN);
  return (await response.json()) as Record<string, unknown>;
}

describe('hubs that share live counters', () => {
  it('tell what all of them do, and say so', async () => {
    const { clock, hubs: made } = setUp();
    const [one, other] = made as [NexusHub, NexusHub];
    await ask(one);
    await ask(one, 'Good morning');
    await ask(other);
    await clock.advance(200);
    expect(await statsOf(other)).toMatchObject({
      active_sessions: 3,
      in_flight: 0,
      scope: { sums: 'process', live: 'all', processes: 2 },
    });
    const { shared, activeSessions } = other.stats.now();
    expect(shared).toMatchObject({ requests: 3, failed: 0, totalTokens: 36, processes: 2 });
    expect(activeSessions).toBe(1);
  });

  it('N6: a conversation that is ended at one of them is active at none', async () => {
    const { clock, hubs: made } = setUp();
    const [one, other] = made as [NexusHub, NexusHub];
    const id = await ask(one);
    await clock.advance(200);
    expect(await statsOf(other)).toMatchObject({ active_sessions: 1 });
    await one.conversations.end(id, { callerId: 'ops' });
    await clock.advance(200);
    expect(await statsOf(other)).toMatchObject({ active_sessions: 0 });
  });

  it('tell by the second what all of them did', async () => {
    const { clock, hubs: made } = setUp();
    const [one, other] = made as [NexusHub, NexusHub];
    const live = one.stats.live();
    await live.next();
    for (let made = 0; made < 3; made++) await ask(other, String(made));
    const second = live.next();
    await clock.advance(1_000);
    expect((await second).value).toMatchObject({ perSecond: { requests: 3, failed: 0, tokens: 36 } });
    await live.return();
  });

  it('know when one of them has ended', async () => {
    const { hubs: made } = setUp();
    const [one, other] = made as [NexusHub, NexusHub];
    await ask(one);
    await statsOf(other);
    await one.close();
    expect(await statsOf(other)).toMatchObject({ active_sessions: 1, scope: { live: 'all', processes: 1 } });
    expect(other.stats.now().shared).toMatchObject({ requests: 1 });
  });
});

describe('P1: live counters that are away', () => {
  it.each<[how: string, spoil: (counters: LiveCounters) => LiveCounters]>([
    ['reject', () => ({ report: () => Promise.reject(new Error('canary')) })],
    [
      'throw',
      () => ({
        report: () => {
          throw new Error('canary');
        },
      }),
    ],
    ['hang', () => ({ report: () => new Promise(() => undefined) })],
  ])('%s: no request waits, figures are of this process, and the log says it once', async (_how, spoil) => {
    const { clock, log, hubs: made } = setUp(1, spoil);
    const [hub] = made as [NexusHub];
    await ask(hub);
    await clock.advance(60_000);
    await ask(hub, 'Good morning');
    const stats = statsOf(hub);
    await clock.advance(1_000);
    const body = await stats;
    expect(body).toMatchObject({ active_sessions: 2, scope: { live: 'process', processes: 1 } });
    expect(JSON.stringify(body)).not.toContain('canary');
    expect(log.lines.filter((line) => JSON.stringify(line).includes('live counters are away'))).toHaveLength(1);
    const closing = hub.close();
    await clock.advance(10_000);
    await closing;
  });

  it('come back with everything that was counted meanwhile', async () => {
    let isAway = true;
    const { clock, hubs: made } = setUp(1, (counters) => ({
      report: (report) => (isAway ? Promise.reject(new Error('gone')) : counters.report(report)),
    }));
    const [hub] = made as [NexusHub];
    for (let asked = 0; asked < 20; asked++) await ask(hub, String(asked));
    await clock.advance(1_000);
    isAway = false;
    await clock.advance(10_000);
    expect(hub.stats.now().shared).toMatchObject({ requests: 20, activeSessions: 20 });
  });
});

it('M4: a report names a bounded number of conversations, and the next ones the rest', async () => {
  const clock = manualClock(NOON);
  const counters = memoryLiveCounters(clock);
  const told: number[] = [];
  const report: LiveCounters['report'] = (one) => {
    told.push(one.sessions.length);
    return counters.report(one);
  };
  const live = new LiveCounting({ report }, 1_800_000, clock, recordingLogger().logger);
  const counts = { requests: 0, failed: 0, promptTokens: 0, completionTokens: 0, totalTokens: 0, costNanoUsd: 0 };
  for (let place = 0; place < 2_500; place++) live.sees('app', String(place));
  live.start(() => ({ counts, load: { inFlight: 0, shed: 0 } }));
  await clock.advance(1_000);
  expect(told).toEqual([1_000, 1_000, 500]);
  expect(live.totals()?.activeSessions).toBe(2_500);
  await live.close();
  expect(clock.pending).toBe(0);
});
