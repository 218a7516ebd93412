import { memoryLedger, type LiveStats } from 'nexusai-hub';
import type { Ledger } from 'nexusai-hub/ports';
import { describe, expect, it } from 'vitest';
import { TRANSPORTS } from '../http/transports.ts';
import { ADMIN, entry, NOON, setUp } from './set-up.ts';

/** A ledger in memory that counts how often it is asked, and answers when it is told to. */
function countedLedger(): { ledger: Ledger; asked: () => number; hang: (hangs: boolean) => void } {
  const inner = memoryLedger();
  let asked = 0;
  let hangs = false;
  const summary: Ledger['summary'] = (filter) => {
    asked++;
    return hangs ? new Promise(() => undefined) : inner.summary(filter);
  };
  return { ledger: { ...inner, summary }, asked: () => asked, hang: (now) => (hangs = now) };
}

const turn = (): Promise<unknown> => new Promise(setImmediate);

async function next(reader: AsyncGenerator<LiveStats, void>): Promise<LiveStats> {
  const { value } = await reader.next();
  if (!value) throw new Error('It has ended.');
  return value;
}

describe('hub.stats.live', () => {
  it('tells a moment at once, and then one a second, with what was done meanwhile', async () => {
    const { hub, ledger, clock } = setUp();
    await ledger.append([entry({ id: 'a', conversation: 'c' })]);
    const live = hub.stats.live();
    expect(await next(live)).toMatchObject({
      atMs: NOON,
      isCurrent: true,
      summary: { requests: 1, conversations: 1, tokens: { total: 12 } },
      now: { requests: 0, inFlight: 0 },
      perSecond: { requests: 0, failed: 0, tokens: 0, costNanoUsd: 0 },
    });
    for (let made = 0; made < 3; made++)
      await hub.chat.completions.create({ model: 'm', messages: [{ role: 'user', content: 'Hello' }] });
    const second = next(live);
    await clock.advance(1_000);
    expect(await second).toMatchObject({
      atMs: NOON + 1_000,
      summary: { requests: 4 },
      now: { requests: 3 },
      perSecond: { requests: 3, failed: 0, tokens: 36 },
    });
    await live.return();
    expect(clock.pending).toBe(0);
    await hub.close();
  });

  it('M1: many who watch share one look a second, and nobody looks when all have left', async () => {
    const { ledger, asked } = countedLedger();
    const { hub, clock } = setUp({ ledger });
    const watching = Array.from({ length: 50 }, () => hub.stats.live());
    await Promise.all(watching.map(next));
    expect(asked()).toBe(1);
    const second = Promise.all(watching.map(next));
    await clock.advance(1_000);
    expect(new Set((await second).map(({ atMs }) => atMs))).toEqual(new Set([NOON + 1_000]));
    expect(asked()).toBe(2);
    const late = hub.stats.live();
    expect((await next(late)).atMs).toBe(NOON + 1_000);
    expect(asked()).toBe(2);
    for (const live of [...watching, late]) await live.return();
    expect(clock.pending).toBe(0);
    await clock.advance(10_000);
    expect(asked()).toBe(2);
    await hub.close();
  });

  it('M4: who reads slowly gets the latest moment, and no other', async () => {
    const { hub, clock } = setUp();
    const live = hub.stats.live();
    await next(live);
    await clock.advance(60_000);
    expect((await next(live)).atMs).toBe(NOON + 60_000);
    const following = next(live);
    await clock.advance(1_000);
    expect((await following).atMs).toBe(NOON + 61_000);
    await hub.close();
  });

  it('P1: a ledger that hangs holds up no moment, and is not asked again meanwhile', async () => {
    const { ledger, asked, hang } = countedLedger();
    const { hub, clock } = setUp({ ledger });
    const live = hub.stats.live();
    expect(await next(live)).toMatchObject({ isCurrent: true });
    hang(true);
    for (const seconds of [2, 3, 4]) {
      const moment = next(live);
      await clock.advance(seconds === 2 ? 2_000 : 1_000);
      expect(await moment).toMatchObject({ atMs: NOON + seconds * 1_000, isCurrent: false, summary: { requests: 0 } });
    }
    expect(asked()).toBe(2);
    await hub.close();
  });

  it('a ledger that fails is told, and comes back', async () => {
    const inner = memoryLedger();
    let isAway = true;
    const summary: Ledger['summary'] = (filter) => (isAway ? Promise.reject(new Error('gone')) : inner.summary(filter));
    const { hub, clock } = setUp({ ledger: { ...inner, summary } });
    const live = hub.stats.live();
    expect(await next(live)).toMatchObject({ isCurrent: false, summary: undefined, now: { requests: 0 } });
    isAway = false;
    const second = next(live);
    await clock.advance(1_000);
    expect(await second).toMatchObject({ isCurrent: true, summary: { requests: 0 } });
    await hub.close();
  });

  it.each(['the hub closes', 'its signal aborts'])('D1: ends when %s', async (why) => {
    const { hub, clock } = setUp();
    const controller = new AbortController();
    const live = hub.stats.live({ signal: controller.signal });
    await next(live);
    const last = live.next();
    await turn();
    if (why === 'the hub closes') await hub.close();
    else controller.abort();
    expect(await last).toEqual({ done: true, value: undefined });
    expect(clock.pending).toBe(0);
    await hub.close();
    expect(await hub.stats.live().next()).toEqual({ done: true, value: undefined });
  });
});

describe.each(TRANSPORTS)('GET /stats/live over $name', ({ serve }) => {
  it('is a stream of events that ends when the hub closes', async () => {
    const { hub, clock, ledger } = setUp();
    await ledger.append([entry({ id: 'a', conversation: 'c' })]);
    const at = await serve(hub);
    const response = await at.fetch(`${at.url}/stats/live`, ADMIN);
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(response.headers.get('cache-control')).toContain('no-transform');
    let text = '';
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    const event = async (number: number): Promise<unknown> => {
      for (;;) {
        const events = text.split('\n\n').slice(0, -1);
        const found = events[number];
        if (found !== undefined) {
          expect(found).toMatch(/^event: stats\ndata: {/);
          return JSON.parse(found.slice(found.indexOf('{')));
        }
        const { value, done } = (await reader?.read()) ?? { done: true };
        if (done) return undefined;
        text += value;
      }
    };
    expect(await event(0)).toMatchObject({
      at: NOON / 1000,
      total_conversations: 1,
      active_sessions: 0,
      tokens_usage: { prompt: 8, completion: 4, total: 12 },
      is_current: true,
      per_second: { requests: 0, failed: 0, tokens: 0, cost_nano_usd: 0 },
    });
    await clock.advance(1_000);
    expect(await event(1)).toMatchObject({ at: NOON / 1000 + 1 });
    await hub.close();
    expect(await event(2)).toBeUndefined();
    await at.close();
  });

  it('lets go of a client that left', async () => {
    const { hub, clock } = setUp();
    const at = await serve(hub);
    const controller = new AbortController();
    const response = await at.fetch(`${at.url}/stats/live`, { ...ADMIN, signal: controller.signal });
    const reader = response.body?.getReader();
    await reader?.read();
    controller.abort();
    await expect(reader?.read()).rejects.toThrow();
    while (clock.pending > 0) await clock.advance(1_000).then(turn);
    await at.close();
    await hub.close();
  });

  it('answers HEAD without watching', async () => {
    const { hub, clock } = setUp();
    const at = await serve(hub);
    for (const path of ['/stats/live', '/export/stats']) {
      const response = await at.fetch(at.url + path, { ...ADMIN, method: 'HEAD' });
      expect([response.status, await response.text()]).toEqual([200, '']);
    }
    // The hub looks into its ledger first, and does not wait for that any more then; its audit log is written.
    await turn();
    await clock.advance(50);
    expect(clock.pending).toBe(0);
    await at.close();
    await hub.close();
  });
});
