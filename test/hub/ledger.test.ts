import { describe, expect, it } from 'vitest';
import { memoryLedger, NexusHub } from 'nexusai-hub';
import type { NexusHubOptions } from 'nexusai-hub';
import type { Ledger } from 'nexusai-hub/ports';
import { manualClock, scriptedProvider } from 'nexusai-hub/testing';
import type { ManualClock, Script } from 'nexusai-hub/testing';
import { failureOf, harness, PLAIN, readAll, STREAM } from '../request-path/harness.ts';
import type { Harness } from '../request-path/harness.ts';
import type { Log } from '../bookkeeping/log.ts';
import { keptLog } from '../bookkeeping/log.ts';

const USAGE = { prompt_tokens: 10, completion_tokens: 20, total_tokens: 30 };
const SAYS: Script = { says: 'Hi', usage: USAGE };
const BREAKS: Script = { streams: [{ yields: { ...BREAK() } }, { throws: 'stream_interrupted' }] };

function BREAK() {
  return {
    id: 'x',
    object: 'chat.completion.chunk' as const,
    created: 1,
    model: 'm',
    choices: [{ index: 0, delta: { content: 'Half' }, finish_reason: null }],
  };
}

/** A ledger in memory that is well, away, or silent. */
function moodyLedger(): { mood: 'well' | 'away' | 'silent'; readonly ledger: Ledger } {
  const inner = memoryLedger();
  const place: { mood: 'well' | 'away' | 'silent'; ledger: Ledger } = {
    mood: 'well',
    ledger: {
      ...inner,
      append: (entries) => {
        if (place.mood === 'away') return Promise.reject(new Error('no connection'));
        if (place.mood === 'silent') return new Promise<never>(() => undefined);
        return inner.append(entries);
      },
    },
  };
  return place;
}

interface Kept extends Harness {
  readonly place: ReturnType<typeof moodyLedger>;
  readonly log: Log;
}

function keeping(script: Script, records: NexusHubOptions['records'] = {}): Kept {
  const place = moodyLedger();
  const log = keptLog();
  return { ...harness({ a: scriptedProvider(script) }, { ledger: place.ledger, records, logger: log }), place, log };
}

async function allOf<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** What is said to whoever asks whether requests may come. */
async function readiness(hub: NexusHub): Promise<[status: number, body: unknown]> {
  const response = await hub.fetch('http://hub/readyz');
  return [response.status, await response.json()];
}

const linesOf = async (ledger: Ledger): Promise<unknown[]> => allOf(ledger.attempts({}));

describe('without a ledger', () => {
  it('the latest requests are kept in memory, without what was said', async () => {
    const { hub } = harness({ a: scriptedProvider(SAYS) });
    await hub.chat.completions.create(PLAIN);
    expect(hub.stats.now().ledger).toMatchObject({ state: 'well', written: 1, queued: 0 });
    await hub.close();
  });
});

describe('with a ledger', () => {
  it('what was said and what it cost is written a moment later', async () => {
    const { hub, clock, place } = keeping(SAYS);
    await hub.chat.completions.create(PLAIN);
    expect(hub.stats.now().ledger).toMatchObject({ queued: 1, written: 0 });
    await clock.advance(10);
    expect(hub.stats.now().ledger).toMatchObject({ queued: 0, written: 1 });
    const messages = await allOf(place.ledger.messages({}));
    expect(messages).toMatchObject([
      { position: 0, role: 'user', from: 'caller', json: JSON.stringify(PLAIN.messages[0]) },
      { position: 1, role: 'assistant', from: 'model', json: expect.stringContaining('"Hi"') as string },
    ]);
    expect(await linesOf(place.ledger)).toMatchObject([{ promptTokens: 10, completionTokens: 20, isLast: true }]);
    await hub.close();
    expect(clock.pending).toBe(0);
  });

  it('what was said is not, where the owner does not want that', async () => {
    const { hub, place } = keeping(SAYS, { messages: false });
    await hub.chat.completions.create(PLAIN);
    await hub.close();
    expect(await allOf(place.ledger.messages({}))).toEqual([]);
    expect(await linesOf(place.ledger)).toHaveLength(1);
  });

  it('P1: a ledger that is away is nothing to a request', async () => {
    const { hub, clock, place } = keeping(SAYS);
    place.mood = 'away';
    for (let count = 0; count < 5; count++) {
      const before = clock.elapsed();
      await hub.chat.completions.create(PLAIN);
      expect((await readAll(await hub.chat.completions.create(STREAM))).error).toBeUndefined();
      expect(clock.elapsed()).toBe(before);
    }
    await clock.advance(60_000);
    expect(hub.stats.now().ledger).toMatchObject({ state: 'away', queued: 10, dropped: 0 });
    expect(await readiness(hub)).toMatchObject([200, { status: 'ready', ledger: 'away' }]);
    place.mood = 'well';
    await clock.advance(2_000);
    expect(hub.stats.now().ledger).toMatchObject({ state: 'well', written: 10 });
    expect(await readiness(hub)).toMatchObject([200, { status: 'ready', ledger: 'well' }]);
    await hub.close();
  });

  it('P5: closing writes what waits', async () => {
    const { hub, place } = keeping(SAYS);
    await Promise.all(Array.from({ length: 50 }, () => hub.chat.completions.create(PLAIN)));
    await hub.close();
    expect(await linesOf(place.ledger)).toHaveLength(50);
  });

  it('D2: closing waits for a silent ledger no longer than it drains, and says what is lost', async () => {
    const { hub, clock, place, log } = keeping(SAYS);
    place.mood = 'silent';
    await hub.chat.completions.create(PLAIN);
    let closedAfterMs = -1;
    const startedAt = clock.elapsed();
    const closing = hub.close({ drainMs: 3_000 }).then(() => (closedAfterMs = clock.elapsed() - startedAt));
    await clock.advance(10_000);
    await closing;
    expect(closedAfterMs).toBe(3_000);
    expect(log.lines.map(({ line, record }) => [line, record])).toContainEqual([
      'error the hub closed before the ledger took all records: the rest is lost',
      { lost: 1 },
    ]);
    expect(clock.pending).toBe(0);
  });

  it('one that cannot be opened is tried again, and told of once', async () => {
    const place = moodyLedger();
    const log = keptLog();
    let opened = 0;
    const ledger: Ledger = {
      ...place.ledger,
      open: () => (++opened < 4 ? Promise.reject(new Error('no folder')) : Promise.resolve()),
    };
    const { hub, clock } = harness({ a: scriptedProvider(SAYS) }, { ledger, logger: log });
    await clock.advance(5_000);
    expect(opened).toBe(4);
    expect(log.lines).toMatchObject([{ line: 'error the ledger cannot be opened: it is tried again' }]);
    await hub.close();
    expect(clock.pending).toBe(0);
  });
});

describe('acknowledged', () => {
  const acknowledged = { durability: 'acknowledged', acknowledgeWithinMs: 500 } as const;
  /** Two requests before the ledger goes away: those that come later are not begun. */
  const goesAway = async ({ hub, place }: Kept, request: typeof PLAIN | typeof STREAM): Promise<unknown> => {
    place.mood = 'silent';
    return hub.chat.completions.create(request);
  };

  it('an answer ends when its record is durable, whole or streamed, and an error comes when its is', async () => {
    for (const [script, request] of [
      [SAYS, PLAIN],
      [SAYS, STREAM],
      [{ throws: 'provider_rejected' }, PLAIN],
      [BREAKS, STREAM],
    ] as const) {
      const { hub, place, clock } = keeping(script, acknowledged);
      const answer: unknown = await hub.chat.completions.create(request).catch((error: unknown) => error);
      if (request === STREAM) await readAll(answer as never);
      expect(await linesOf(place.ledger)).toHaveLength(1);
      await hub.close();
      expect(clock.pending).toBe(0);
    }
  });

  it('a whole answer whose record is not written in time is none', async () => {
    const kept = keeping(SAYS, acknowledged);
    const failed = failureOf(goesAway(kept, PLAIN));
    await kept.clock.advance(500);
    expect(await failed).toMatchObject({ code: 'ledger_unavailable', status: 503 });
    expect(kept.books.records).toMatchObject([{ outcome: 'ok' }]);
    const closing = kept.hub.close({ drainMs: 0 });
    await kept.clock.advance(5_000);
    await closing;
    expect(kept.clock.pending).toBe(0);
  });

  it('a stream gives its words, and an error in place of its end', async () => {
    const kept = keeping(SAYS, acknowledged);
    const reading = readAll((await goesAway(kept, STREAM)) as never);
    await kept.clock.advance(499);
    expect(kept.hub.stats.now().inFlight).toBe(1);
    await kept.clock.advance(1);
    const { text, error } = await reading;
    expect(text).toBe('Hi');
    expect(error).toMatchObject({ code: 'ledger_unavailable' });
    expect(kept.hub.stats.now().inFlight).toBe(0);
  });

  it('a broken stream and a failure wait, too, and stay what they are', async () => {
    const broken = keeping(BREAKS, acknowledged);
    const reading = readAll((await goesAway(broken, STREAM)) as never);
    await broken.clock.advance(500);
    expect((await reading).error).toMatchObject({ code: 'stream_interrupted' });
    const failing = keeping({ throws: 'provider_rejected' }, acknowledged);
    const failed = failureOf(goesAway(failing, PLAIN));
    let isHeard = false;
    void failed.then(() => (isHeard = true));
    await failing.clock.advance(499);
    expect(isHeard).toBe(false);
    await failing.clock.advance(1);
    expect(await failed).toMatchObject({ code: 'provider_rejected' });
  });

  it('where the owner delivers all the same, it ends well after that time', async () => {
    const kept = keeping(SAYS, { ...acknowledged, whenUnacknowledged: 'deliver' });
    const answer = goesAway(kept, PLAIN);
    await kept.clock.advance(500);
    expect(await answer).toMatchObject({ object: 'chat.completion' });
    expect(kept.hub.stats.now().ledger).toMatchObject({ unacknowledged: 1 });
  });

  it('while it is known to be away nobody is asked, and errors do not wait', async () => {
    const { hub, clock, place, books } = keeping(SAYS, acknowledged);
    place.mood = 'away';
    const failed = failureOf(hub.chat.completions.create(PLAIN));
    await clock.advance(500);
    await failed;
    const before = clock.elapsed();
    expect(await failureOf(hub.chat.completions.create(PLAIN))).toMatchObject({ code: 'ledger_unavailable' });
    expect(clock.elapsed()).toBe(before);
    expect(books.records.at(-1)?.attempts).toEqual([]);
    expect(await readiness(hub)).toMatchObject([503, { error: { code: 'ledger_unavailable' } }]);
    place.mood = 'well';
    await clock.advance(2_000);
    expect(await readiness(hub)).toMatchObject([200, { status: 'ready' }]);
    await hub.chat.completions.create(PLAIN);
    expect(await linesOf(place.ledger)).toHaveLength(3);
    await hub.close();
  });
});

describe('L5: budgets', () => {
  const prices = { version: 'v1', models: { m: { input: 1_000, output: 1_000 } } };
  const KEY = 'a-key-of-the-app';
  const keys = [{ name: 'app', key: KEY, budgetUsd: { day: 0.06, month: 1 } }];
  /** 30 tokens of a thousand dollars a million: 0.03 dollars. */
  const hubWith = (ledger: Ledger, clock = manualClock()): NexusHub =>
    new NexusHub({ providers: { a: scriptedProvider(SAYS) }, models: { m: 'a' }, prices, keys, ledger, clock });
  const ask = async (hub: NexusHub): Promise<number> => {
    const response = await hub.fetch('http://hub/v1/chat/completions', {
      method: 'POST',
      headers: { authorization: `Bearer ${KEY}` },
      body: JSON.stringify(PLAIN),
    });
    await response.text();
    return response.status;
  };
  const lasting = (): Ledger => ({ ...memoryLedger(), close: () => undefined });

  it('a restart does not forget what was spent', async () => {
    const ledger = lasting();
    const first = hubWith(ledger);
    expect([await ask(first), await ask(first), await ask(first)]).toEqual([200, 200, 429]);
    await first.close();
    const second = hubWith(ledger);
    expect(await ask(second)).toBe(429);
    await second.close();
    const tomorrow = hubWith(ledger, manualClock(1_767_225_600_000 + 86_400_000));
    expect(await ask(tomorrow)).toBe(200);
    await tomorrow.close();
  });

  describe('a ledger that needs a while for its sums', () => {
    /** Knows that all is spent, three seconds after it was asked. */
    function slow(): { readonly clock: ManualClock; readonly hub: NexusHub } {
      const clock = manualClock();
      const spentSince = (): Promise<ReadonlyMap<string, number>> =>
        new Promise((resolve) => clock.schedule(3_000, () => resolve(new Map([['app', 1e9]]))));
      return { clock, hub: hubWith({ ...lasting(), spentSince }, clock) };
    }

    it('is waited for by who comes, also long after the hub has started', async () => {
      const { clock, hub } = slow();
      await clock.advance(2_100);
      const asking = ask(hub);
      await clock.advance(900);
      expect(await asking).toBe(429);
      await hub.close();
    });

    it('is waited for no longer than a second from the first who comes', async () => {
      const { clock, hub } = slow();
      await clock.advance(100);
      const asking = ask(hub);
      await clock.advance(999);
      expect(hub.stats.now().inFlight).toBe(1);
      await clock.advance(1);
      expect([await asking, await ask(hub)]).toEqual([200, 200]);
      await clock.advance(2_000);
      expect(await ask(hub)).toBe(429);
      await hub.close();
    });

    it('is waited for by who wants to know when the hub is ready', async () => {
      const { clock, hub } = slow();
      let isReady = false;
      void hub.ready().then(() => (isReady = true));
      await clock.advance(2_999);
      expect(isReady).toBe(false);
      await clock.advance(1);
      expect(isReady).toBe(true);
      expect(clock.pending).toBe(0);
      await hub.close();
    });
  });

  it('a hub is ready though its ledger is away, or never answers', async () => {
    const away = hubWith({ ...lasting(), open: () => Promise.reject(new Error('away')) });
    await away.ready();
    await away.close();
    const clock = manualClock();
    const silent = hubWith({ ...lasting(), spentSince: () => new Promise(() => undefined) }, clock);
    const ready = silent.ready();
    await clock.advance(10_000);
    await ready;
    await silent.close();
  });

  it('a ledger that does not answer at the start is waited for a second, and asked again', async () => {
    const ledger = lasting();
    const first = hubWith(ledger);
    expect([await ask(first), await ask(first)]).toEqual([200, 200]);
    await first.close();
    let isAway = true;
    const spentSince: Ledger['spentSince'] = (ms) =>
      isAway ? Promise.reject(new Error('away')) : ledger.spentSince(ms);
    const clock = manualClock();
    const hub = hubWith({ ...ledger, spentSince }, clock);
    const asking = ask(hub);
    await clock.advance(1_000);
    expect(await asking).toBe(200);
    isAway = false;
    await clock.advance(2_000);
    expect(await ask(hub)).toBe(429);
    await hub.close();
  });

  it('a wrong counter is put right on demand, and it is told by how much it was wrong', async () => {
    const ledger = lasting();
    const clock = manualClock();
    const hub = hubWith(ledger, clock);
    expect(await ask(hub)).toBe(200);
    // What somebody did to the books: as if nothing had been written of it.
    const wrong = hubWith({ ...ledger, spentSince: async () => new Map() }, clock);
    expect(await ask(wrong)).toBe(200);
    expect(await wrong.reconcileBudgets()).toEqual([{ callerId: 'app', day: 30_000_000, month: 30_000_000 }]);
    expect(wrong.stats.now().ledger.budgetDriftNanoUsd).toBe(30_000_000);
    expect(await hub.reconcileBudgets()).toEqual([{ callerId: 'app', day: -30_000_000, month: -30_000_000 }]);
    expect(await ask(hub)).toBe(429);
    await Promise.all([hub.close(), wrong.close()]);
  });

  it('what is not written yet counts as well', async () => {
    const place = moodyLedger();
    const clock = manualClock();
    const hub = hubWith(place.ledger, clock);
    await clock.advance(0);
    place.mood = 'away';
    expect(await ask(hub)).toBe(200);
    await clock.advance(100);
    expect(await hub.reconcileBudgets()).toEqual([{ callerId: 'app', day: 0, month: 0 }]);
    place.mood = 'well';
    const closing = hub.close();
    await clock.advance(1_000);
    await closing;
  });
});

it('a wrong option is told', () => {
  const providers = { a: scriptedProvider(SAYS) };
  const make =
    (options: object): (() => NexusHub) =>
    () =>
      new NexusHub({ providers, ...options });
  expect(make({ records: { durability: 'sometimes' } })).toThrow(/records\.durability/);
  expect(make({ ledger: {} })).toThrow(/ledger: expected an object with the function "append"/);
});
