import { describe, expect, it } from 'vitest';
import { isNexusError } from 'nexusai-hub';
import { manualClock } from 'nexusai-hub/testing';
import type { ManualClock } from 'nexusai-hub/testing';
import { LedgerWriter } from '../../src/bookkeeping/ledger-writer.ts';
import type { WriterOptions } from '../../src/bookkeeping/writer-options.ts';
import { entriesOf, entryOf } from './entry.ts';
import type { FickleLedger } from './fickle-ledger.ts';
import { fickleLedger } from './fickle-ledger.ts';
import type { Log } from './log.ts';
import { keptLog } from './log.ts';

const DEFAULTS: WriterOptions = {
  durability: 'batched',
  everyMs: 10,
  maxQueued: 1_000,
  maxQueuedBytes: 100_000_000,
  whenFull: 'drop',
  blockWithinMs: 5_000,
  acknowledgeWithinMs: 2_000,
  whenUnacknowledged: 'refuse',
};

interface SetUp {
  readonly ledger: FickleLedger;
  readonly clock: ManualClock;
  readonly log: Log;
  readonly writer: LedgerWriter;
  /** Adds entries with these ids. */
  readonly add: (...ids: readonly (string | number)[]) => void;
  /** The same, and gives what their answers wait for. */
  readonly waits: (...ids: readonly (string | number)[]) => (Promise<void> | undefined)[];
}

function setUp(options: Partial<WriterOptions> = {}, random: () => number = () => 0.999): SetUp {
  const ledger = fickleLedger();
  const clock = manualClock();
  const log = keptLog();
  const writer = new LedgerWriter(ledger, { ...DEFAULTS, ...options }, { clock, logger: log, random });
  const waits: SetUp['waits'] = (...ids) => entriesOf(...ids).map((entry) => writer.add(entry));
  return { ledger, clock, log, writer, waits, add: (...ids) => void waits(...ids) };
}

/** How a promise stands after a moment. */
async function stateOf(promise: Promise<void> | undefined): Promise<string> {
  if (!promise) return 'nothing to wait for';
  const later = new Promise<string>((resolve) => setImmediate(resolve, 'waiting'));
  return Promise.race([
    promise.then(
      () => 'resolved',
      (error: unknown) => (isNexusError(error) ? error.code : 'another error'),
    ),
    later,
  ]);
}

/** How the last of them stands whenever it is asked. */
function stateOfLast(waits: readonly (Promise<void> | undefined)[]): () => string {
  let state = 'waiting';
  waits.at(-1)?.then(
    () => (state = 'resolved'),
    (error: unknown) => (state = isNexusError(error) ? error.code : 'another error'),
  );
  return () => state;
}

const ids = (count: number): number[] => Array.from({ length: count }, (_, place) => place);

describe('what waits is written', () => {
  it('together, a few milliseconds after the first, in its order', async () => {
    const { ledger, clock, writer, add, waits } = setUp();
    expect(waits('a', 'b')).toEqual([undefined, undefined]);
    await clock.advance(9);
    add('c');
    expect(ledger.asked).toEqual([]);
    expect(writer.report()).toMatchObject({ queued: 3, written: 0, oldestWaitingMs: 9 });
    await clock.advance(1);
    expect(ledger.asked).toEqual([['a', 'b', 'c']]);
    expect(writer.report()).toMatchObject({ queued: 0, queuedBytes: 0, written: 3, state: 'well', oldestWaitingMs: 0 });
    expect(clock.pending).toBe(0);
  });

  it('at once when there is enough for a batch, and never two batches at a time', async () => {
    const { ledger, clock, add } = setUp();
    let going = 0;
    let most = 0;
    const { append } = ledger;
    ledger.append = async (entries) => {
      most = Math.max(most, ++going);
      await append.call(ledger, entries);
      await new Promise(setImmediate);
      going--;
    };
    add(...ids(600));
    await clock.advance(0);
    await clock.advance(10);
    expect(ledger.asked.map(({ length }) => length)).toEqual([256, 256, 88]);
    expect(ledger.taken).toEqual(ids(600).map(String));
    expect(most).toBe(1);
  });

  it('in batches of bounded size, one of any size at least', async () => {
    const { ledger, clock, writer } = setUp();
    const long = [{ position: 0, role: 'user', from: 'caller' as const, json: 'x'.repeat(3_000_000) }];
    for (const id of ['a', 'b']) void writer.add(entryOf(id, long));
    await clock.advance(20);
    expect(ledger.asked).toEqual([['a'], ['b']]);
  });

  it('at once for who wants to read it', async () => {
    const { ledger, clock, writer, add } = setUp();
    add('a');
    expect(await writer.flushed(1_000)).toBe(true);
    expect(ledger.taken).toEqual(['a']);
    expect(await writer.flushed(1_000)).toBe(true);
    expect(clock.pending).toBe(0);
  });

  it('and nobody waits longer to read than he wants, nor at all for a ledger that is away', async () => {
    const { ledger, clock, writer, add } = setUp();
    ledger.mood = 'silent';
    add('a');
    const flushed = writer.flushed(300);
    await clock.advance(299);
    expect(await Promise.race([flushed, Promise.resolve('waiting')])).toBe('waiting');
    await clock.advance(1);
    expect(await flushed).toBe(false);
    await clock.advance(10_000);
    expect(writer.isAway).toBe(true);
    expect(await writer.flushed(300)).toBe(false);
  });
});

describe('P1: while the ledger is away', () => {
  it('entries wait and are tried again, ever less often, in their order, with a line of log at each end', async () => {
    const { ledger, clock, log, writer, add } = setUp();
    ledger.mood = 'away';
    add('a');
    await clock.advance(10);
    add('b');
    await clock.advance(60_000);
    const tries = ledger.asked.length;
    expect(tries).toBeGreaterThan(20);
    expect(tries).toBeLessThan(100);
    expect(writer.report()).toMatchObject({
      state: 'away',
      queued: 2,
      failed: expect.any(Number),
      lastError: 'Error',
    });
    ledger.mood = 'well';
    await clock.advance(2_000);
    expect(ledger.taken).toEqual(['a', 'b']);
    expect(writer.report()).toMatchObject({ state: 'well', queued: 0, written: 2, dropped: 0 });
    expect(log.lines.map(({ line }) => line)).toEqual([
      'warn the ledger does not take records: they wait, and are tried again',
      'warn the ledger takes records again',
    ]);
    expect(clock.pending).toBe(0);
  });

  it('no more wait than there is room for: what comes then is lost, and counted; two lines tell of it', async () => {
    const { ledger, clock, log, writer, add } = setUp({ maxQueued: 3 });
    ledger.mood = 'away';
    add('a', 'b', 'c', 'd', 'e');
    await clock.advance(1_000);
    add('f');
    expect(writer.report()).toMatchObject({ queued: 3, dropped: 3 });
    ledger.mood = 'well';
    await clock.advance(3_000);
    expect(ledger.taken).toEqual(['a', 'b', 'c']);
    expect(log.lines.map(({ line }) => line).filter((line) => line.includes('lost'))).toEqual([
      'error no more records can wait for the ledger: what comes now is lost',
      'warn there is room for records again: so many were lost for want of it',
    ]);
    expect(log.lines.at(-1)?.record).toEqual({ lost: 3 });
  });

  it('no more memory is taken than there is room for', async () => {
    const { ledger, clock, writer } = setUp({ maxQueuedBytes: 50_000 });
    ledger.mood = 'away';
    const long = [{ position: 0, role: 'user', from: 'caller' as const, json: 'x'.repeat(10_000) }];
    for (const id of ids(10)) void writer.add(entryOf(String(id), long));
    await clock.advance(10);
    const { queued, queuedBytes, dropped } = writer.report();
    expect(queued).toBe(2);
    expect(dropped).toBe(8);
    expect(queuedBytes).toBeLessThanOrEqual(50_000);
    expect(queuedBytes).toBeGreaterThan(40_000);
  });

  it('a ledger that does not answer counts as away, and what it may have written is written again', async () => {
    const { ledger, clock, writer, add } = setUp();
    ledger.mood = 'silent';
    add('a', 'b');
    await clock.advance(10_009);
    expect(writer.isAway).toBe(false);
    await clock.advance(1);
    expect(writer.report()).toMatchObject({ state: 'away', lastError: 'silent' });
    ledger.mood = 'well';
    await clock.advance(2_000);
    expect(ledger.taken).toEqual(['a', 'b']);
  });
});

describe('an entry the ledger does not take', () => {
  it.each([0, 1, 63, 99])('is found among others and left out, with its name (place %i)', async (place) => {
    const { ledger, clock, log, writer, add } = setUp();
    ledger.poison.add(String(place));
    add(...ids(100));
    await clock.advance(30_000);
    add('later');
    await clock.advance(30_000);
    add('last');
    await clock.advance(30_000);
    expect(new Set(ledger.taken)).toEqual(
      new Set([
        ...ids(100)
          .filter((id) => id !== place)
          .map(String),
        'later',
        'last',
      ]),
    );
    expect(writer.report()).toMatchObject({ queued: 0, queuedBytes: 0, written: 101, refused: 1, dropped: 0 });
    expect(log.lines.filter(({ line }) => line.startsWith('error'))).toMatchObject([
      { record: { entryId: String(place), requestId: `request-${String(place)}` } },
    ]);
    expect(clock.pending).toBe(0);
  });

  it('does not hold up the others meanwhile', async () => {
    const { ledger, clock, add } = setUp();
    ledger.poison.add('0');
    add(...ids(100));
    await clock.advance(20);
    expect(ledger.taken).toHaveLength(99);
  });

  it('may be one of many, also side by side', async () => {
    const { ledger, clock, writer, add } = setUp({}, Math.random);
    for (const id of [3, 4, 5, 6, 7, 40, 99]) ledger.poison.add(String(id));
    add(...ids(100));
    for (const id of ids(40)) {
      add(`later-${String(id)}`);
      await clock.advance(3_000);
    }
    expect(writer.report()).toMatchObject({ queued: 0, written: 133, refused: 7 });
  });

  it('is not given up while nothing else was written: it may be the ledger', async () => {
    const { ledger, clock, writer, add } = setUp();
    ledger.mood = 'away';
    add('only');
    await clock.advance(600_000);
    expect(writer.report()).toMatchObject({ queued: 1, refused: 0, dropped: 0 });
    ledger.mood = 'well';
    await clock.advance(3_000);
    expect(ledger.taken).toEqual(['only']);
  });

  it('is never found in an outage, however often the ledger comes and goes', async () => {
    let state = 7;
    const random = (): number => (state = (state * 16_807) % 2_147_483_647) / 2_147_483_647;
    const { ledger, clock, writer, add } = setUp({}, random);
    for (const id of ids(400)) {
      ledger.mood = random() < 0.5 ? 'away' : 'well';
      add(id);
      await clock.advance(random() * 500);
    }
    ledger.mood = 'well';
    await clock.advance(5_000);
    expect(writer.report()).toMatchObject({ written: 400, refused: 0, dropped: 0 });
  });
});

describe('acknowledged', () => {
  const acknowledged = { durability: 'acknowledged' } as const;

  it('answers wait until their records are written, which happens at once; those that come meanwhile go together', async () => {
    const { ledger, clock, waits } = setUp(acknowledged);
    const all = waits('a', 'b');
    await Promise.resolve();
    expect(ledger.asked).toEqual([['a', 'b']]);
    all.push(...waits('c', 'd'));
    await clock.advance(0);
    expect(ledger.asked).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
    expect(await Promise.all(all.map(stateOf))).toEqual(['resolved', 'resolved', 'resolved', 'resolved']);
    expect(clock.pending).toBe(0);
  });

  it('they do not end well when that takes too long, and the record is written all the same', async () => {
    const { ledger, clock, log, writer, waits } = setUp(acknowledged);
    ledger.mood = 'away';
    const [first] = waits('a');
    await clock.advance(1_999);
    expect(await stateOf(first)).toBe('waiting');
    await clock.advance(1);
    expect(await stateOf(first)).toBe('ledger_unavailable');
    expect(() => writer.checkOpen()).toThrow(expect.objectContaining({ code: 'ledger_unavailable' }) as Error);
    ledger.mood = 'well';
    await clock.advance(3_000);
    expect(ledger.taken).toEqual(['a']);
    writer.checkOpen();
    expect(writer.report()).toMatchObject({ unacknowledged: 1 });
    expect(log.lines.filter(({ line }) => line.includes('acknowledged'))).toHaveLength(1);
  });

  it('or they end all the same, which is counted', async () => {
    const { ledger, clock, log, writer, waits } = setUp({ ...acknowledged, whenUnacknowledged: 'deliver' });
    ledger.mood = 'away';
    const all = waits('a', 'b');
    await clock.advance(2_000);
    expect(await Promise.all(all.map(stateOf))).toEqual(['resolved', 'resolved']);
    writer.checkOpen();
    expect(writer.report()).toMatchObject({ unacknowledged: 2, queued: 2 });
    expect(log.lines.filter(({ line }) => line.includes('acknowledged'))).toHaveLength(1);
  });

  it('one there is no room for, or that is refused, does not end well at once', async () => {
    const { ledger, clock, waits } = setUp({ ...acknowledged, maxQueued: 1, acknowledgeWithinMs: 600_000 });
    ledger.mood = 'away';
    const [, full] = waits('a', 'b');
    expect(await stateOf(full)).toBe('ledger_unavailable');
    ledger.mood = 'well';
    await clock.advance(3_000);
    expect(ledger.taken).toEqual(['a']);
  });

  it('nor does one the ledger refuses', async () => {
    const { ledger, clock, add, waits } = setUp({ ...acknowledged, acknowledgeWithinMs: 600_000 });
    ledger.poison.add('bad');
    const bad = stateOfLast(waits('bad'));
    for (const id of ids(4)) {
      add(`good ${String(id)}`);
      await clock.advance(3_000);
    }
    expect(bad()).toBe('ledger_unavailable');
  });
});

describe('block', () => {
  const block = { whenFull: 'block', maxQueued: 2 } as const;

  it('ends of answers wait for room, in their order, and their records are written', async () => {
    const { ledger, clock, writer, waits } = setUp(block);
    ledger.mood = 'away';
    const all = waits('a', 'b', 'c', 'd');
    expect(all.slice(0, 2)).toEqual([undefined, undefined]);
    expect(writer.holdsAnswers).toBe(true);
    await clock.advance(3_000);
    expect(await Promise.all(all.slice(2).map(stateOf))).toEqual(['waiting', 'waiting']);
    ledger.mood = 'well';
    await clock.advance(2_000);
    expect(await Promise.all(all.slice(2).map(stateOf))).toEqual(['resolved', 'resolved']);
    expect(ledger.taken).toEqual(['a', 'b', 'c', 'd']);
    expect(writer.report()).toMatchObject({ dropped: 0, queued: 0 });
    expect(writer.holdsAnswers).toBe(false);
    expect(clock.pending).toBe(0);
  });

  it('for a bounded time: then the record is lost, and the answer ends', async () => {
    const { ledger, clock, writer, waits } = setUp(block);
    ledger.mood = 'away';
    const [, , third] = waits('a', 'b', 'c');
    await clock.advance(5_000);
    expect(await stateOf(third)).toBe('resolved');
    expect(writer.report()).toMatchObject({ dropped: 1, queued: 2 });
    ledger.mood = 'well';
    await clock.advance(2_000);
    expect(ledger.taken).toEqual(['a', 'b']);
  });
});

describe('closing', () => {
  it('P5: writes what waits before it is done', async () => {
    const { ledger, clock, writer, add } = setUp();
    add(...ids(1_000));
    await writer.close(2_000);
    expect(ledger.taken).toHaveLength(1_000);
    expect(writer.report()).toMatchObject({ queued: 0, dropped: 0, written: 1_000 });
    expect(clock.pending).toBe(0);
  });

  it('D2: waits no longer than it is given for a ledger that never answers, and tells what is lost', async () => {
    const { ledger, clock, log, writer, add } = setUp();
    ledger.mood = 'silent';
    add('a', 'b');
    let isClosed = false;
    const closing = writer.close(2_000).then(() => (isClosed = true));
    await clock.advance(1_999);
    expect(isClosed).toBe(false);
    await clock.advance(1);
    await closing;
    expect(log.lines.at(-1)).toEqual({
      line: 'error the hub closed before the ledger took all records: the rest is lost',
      record: { lost: 2 },
    });
    expect(writer.report()).toMatchObject({ queued: 0, dropped: 2 });
    await clock.advance(0);
    expect(clock.pending).toBe(0);
  });

  it('tries a ledger that is away once more, at once', async () => {
    const { ledger, clock, writer, add } = setUp();
    ledger.mood = 'away';
    add('a');
    await clock.advance(30_000);
    ledger.mood = 'well';
    await writer.close(2_000);
    expect(ledger.taken).toEqual(['a']);
  });

  it('tells answers that wait that their records are lost', async () => {
    const { ledger, clock, writer, waits } = setUp({ durability: 'acknowledged', acknowledgeWithinMs: 60_000 });
    ledger.mood = 'silent';
    const last = stateOfLast(waits('a'));
    const closing = writer.close(1_000);
    await clock.advance(1_000);
    await closing;
    expect(last()).toBe('ledger_unavailable');
  });
});

it('what runs between writes sees neither the ledger nor the queue move', async () => {
  const { ledger, clock, writer, add } = setUp();
  add('a');
  let go: () => void = () => undefined;
  const between = writer.between(
    () =>
      new Promise<void>((resolve) => {
        go = resolve;
      }),
  );
  await clock.advance(5_000);
  expect(ledger.asked).toEqual([]);
  expect([...writer.waiting()].map(({ id }) => id)).toEqual(['a']);
  go();
  await between;
  await clock.advance(0);
  expect(ledger.taken).toEqual(['a']);
});
