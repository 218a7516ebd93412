import { describe, expect, it } from 'vitest';
import { answerInfo, NexusError } from 'nexusai-hub';
import type { ChatStream, NexusHubOptions } from 'nexusai-hub';
import type { FlowControl } from 'nexusai-hub/ports';
import { chunkOf, scriptedProvider } from 'nexusai-hub/testing';
import type { Script, StreamStep } from 'nexusai-hub/testing';
import { checkBooks, keepBooks } from './books.ts';
import { failureOf, harness, PLAIN, readAll, STREAM } from './harness.ts';

const ANSWERS: Script = { says: 'Here I am.' };
const SILENT: Script = { streams: [{ hangs: 'until aborted' }] };
const ROLE = chunkOf({ role: 'assistant', content: '' });

/** A stream that is asked for, and a look at whether it has begun. */
function begun(asking: Promise<ChatStream>): { readonly stream: Promise<ChatStream>; isThere: boolean } {
  const look = { stream: asking, isThere: false };
  void asking.then(() => (look.isThere = true));
  return look;
}

describe('time limits where another target takes over', () => {
  it.each<[string, Script]>([
    ['says nothing at all', { streams: [{ hangs: 'until aborted' }] }],
    ['is deaf to everything', { streams: [{ hangs: 'deaf' }] }],
    ['says its first word too late', { first: [{ waitsMs: 2_000 }], then: { says: 'late' } }],
    ['sends a role and nothing more', { streams: [{ yields: ROLE }, { hangs: 'until aborted' }] }],
    [
      'sends roles again and again',
      {
        streams: Array<StreamStep[]>(50)
          .fill([{ yields: ROLE }, { waitsMs: 50 }])
          .flat(),
      },
    ],
  ])('T1, T2: the next is asked to the millisecond when the first %s', async (_what, script) => {
    const [first, second] = [scriptedProvider(script), scriptedProvider(ANSWERS)];
    const { hub, clock, books } = harness({ first, second }, { timeouts: { firstContentMs: 200, idleMs: 10_000 } });
    const look = begun(hub.chat.completions.create(STREAM));
    await clock.advance(199);
    expect([look.isThere, second.calls.length]).toEqual([false, 0]);
    await clock.advance(1);
    expect([look.isThere, second.calls.length]).toEqual([true, 1]);
    const stream = await look.stream;
    expect(answerInfo(stream)).toMatchObject({ provider: 'second', attempts: 2 });
    expect(await readAll(stream)).toMatchObject({ text: 'Here I am.', error: undefined });
    await clock.advance(5_000);
    expect(books.tickets[0]).toEqual(['fail first_content_timeout']);
    await hub.close();
    checkBooks(books, 1);
    expect(clock.pending).toBe(0);
  });

  it('T1: each attempt has the whole limit for itself, and all of them end with the deadline', async () => {
    const silent = Array.from({ length: 3 }, () => scriptedProvider({ streams: [{ hangs: 'deaf' }] }));
    const [a, b, c] = silent;
    const options = {
      timeouts: { firstContentMs: 400 },
      routing: { deadlineMs: 1_000, maxAttempts: 10, backoffMs: 0 },
    };
    const { hub, clock, books } = harness({ a: a!, b: b!, c: c! }, options);
    const failure = failureOf(hub.chat.completions.create(STREAM));
    const asked: number[][] = [];
    for (const ms of [399, 1, 399, 1, 199]) {
      await clock.advance(ms);
      asked.push(silent.map(({ calls }) => calls.length));
    }
    expect(asked).toEqual([
      [1, 0, 0],
      [1, 1, 0],
      [1, 1, 0],
      [1, 1, 1],
      [1, 1, 1],
    ]);
    await clock.advance(1);
    expect(await failure).toMatchObject({ code: 'deadline_exceeded' });
    await hub.close();
    checkBooks(books, 1);
    expect(clock.pending).toBe(0);
  });

  it('T1: a silent one has half of the time before the next is asked, where less is left than its limit', async () => {
    const [first, second] = [scriptedProvider(SILENT), scriptedProvider(ANSWERS)];
    const { hub, clock, books } = harness({ first, second }, { routing: { deadlineMs: 300 } });
    const look = begun(hub.chat.completions.create(STREAM));
    await clock.advance(149);
    expect(second.calls).toHaveLength(0);
    await clock.advance(1);
    expect(await readAll(await look.stream)).toMatchObject({ text: 'Here I am.', error: undefined });
    await hub.close();
    expect(books.tickets).toEqual([['fail first_content_timeout'], ['succeed']]);
    checkBooks(books, 1);
  });

  it.each<[string, Partial<NexusHubOptions>, ReadonlySet<string>?]>([
    ['there is nobody else', { models: { m: 'first' } }],
    ['no attempt is left', { routing: { deadlineMs: 300, maxAttempts: 1 } }],
    ['the others are left alone', {}, new Set(['second/m'])],
  ])('T1: who is asked last gets all of the time, and its silence counts: %s', async (_what, options, open) => {
    const [first, second] = [scriptedProvider(SILENT), scriptedProvider(ANSWERS)];
    const all = { routing: { deadlineMs: 300 }, ...options };
    const { hub, clock, books } = harness({ first, second }, all, keepBooks(open));
    const failure = failureOf(hub.chat.completions.create(STREAM));
    await clock.advance(299);
    expect(books.tickets).toEqual([[]]);
    await clock.advance(1);
    expect(await failure).toMatchObject({ code: 'deadline_exceeded' });
    expect(second.calls).toHaveLength(0);
    expect(books.tickets).toEqual([['fail first_content_timeout']]);
    expect(books.records[0]?.attempts).toMatchObject([{ error: 'deadline_exceeded' }]);
  });

  it('T1: who has no place to give may be asked after a silent one', async () => {
    const [full, silent] = [scriptedProvider(ANSWERS), scriptedProvider(SILENT)];
    const flowControl: FlowControl = {
      enter({ providerId }, { maxWaitMs }) {
        if (providerId === 'full' && maxWaitMs === 0) throw new NexusError('overloaded', 'No place.');
        return { release: () => undefined };
      },
    };
    const { hub, clock } = harness({ full, silent }, { flowControl, routing: { deadlineMs: 300 } });
    const look = begun(hub.chat.completions.create(STREAM));
    await clock.advance(150);
    expect(await readAll(await look.stream)).toMatchObject({ text: 'Here I am.' });
  });

  it('T1: the time of a call is shared, too, and tells nothing of who was given little', async () => {
    const [first, second] = [scriptedProvider(SILENT), scriptedProvider(SILENT)];
    const { hub, clock, books } = harness({ first, second });
    const failure = failureOf(hub.chat.completions.create(STREAM, { timeout: 200 }));
    await clock.advance(99);
    expect(second.calls).toHaveLength(0);
    await clock.advance(1);
    expect(second.calls).toHaveLength(1);
    await clock.advance(100);
    expect(await failure).toMatchObject({ code: 'deadline_exceeded', message: expect.stringContaining('0.2 s') });
    expect(books.tickets).toEqual([['fail deadline_exceeded'], ['fail deadline_exceeded']]);
  });

  it('T1: when an answer has begun the time of its call shortens no search for who goes on with it', async () => {
    const breaks: StreamStep[] = [{ yields: chunkOf({ content: 'Half. ' }) }, { waitsMs: 250 }];
    const first = scriptedProvider({ streams: [...breaks, { throws: 'stream_interrupted' }] });
    const [second, third] = [scriptedProvider(SILENT), scriptedProvider(ANSWERS)];
    const { hub, clock } = harness({ first, second, third }, { routing: { continuation: 'marked' } });
    const reading = readAll(await hub.chat.completions.create(STREAM, { timeout: 300 }));
    await clock.advance(30_000);
    expect([second.calls.length, third.calls.length]).toEqual([1, 0]);
    await clock.advance(250);
    expect(await reading).toMatchObject({ text: 'Half. Here I am.' });
  });

  it('T3: a stream that stalls before its content is another target’s, after it an error in-band', async () => {
    const stalls = (step: StreamStep): Script => ({ streams: [step, { hangs: 'until aborted' }] });
    const early = scriptedProvider(stalls({ yields: ROLE }));
    const second = scriptedProvider(stalls({ yields: chunkOf({ role: 'assistant', content: 'Half' }) }));
    const third = scriptedProvider(ANSWERS);
    const { hub, clock, books } = harness({ early, second, third }, { timeouts: { idleMs: 2_000 } });
    const look = begun(hub.chat.completions.create(STREAM));
    await clock.advance(1_999);
    expect(look.isThere).toBe(false);
    await clock.advance(1);
    const reading = readAll(await look.stream);
    await clock.advance(2_000);
    expect(await reading).toMatchObject({ text: 'Half', error: { code: 'stream_idle' } });
    expect(third.calls).toHaveLength(0);
    expect(books.tickets).toEqual([['fail stream_idle'], ['fail stream_idle']]);
    await hub.close();
    checkBooks(books, 1);
    expect(clock.pending).toBe(0);
  });

  it('T4: the one who took over may take as long as it goes on, far beyond the deadline', async () => {
    const slow = Array.from({ length: 30 }, (): StreamStep[] => [
      { yields: chunkOf({ content: 'x' }) },
      { waitsMs: 4_000 },
    ]);
    const first = scriptedProvider({ streams: [{ hangs: 'deaf' }] });
    const second = scriptedProvider({ streams: [...slow.flat(), { yields: chunkOf({ finish: 'stop' }) }] });
    const options = { timeouts: { firstContentMs: 1_000, idleMs: 5_000 }, routing: { deadlineMs: 10_000 } };
    const { hub, clock } = harness({ first, second }, options);
    const look = begun(hub.chat.completions.create(STREAM));
    await clock.advance(1_000);
    const reading = readAll(await look.stream);
    await clock.advance(120_000);
    expect(await reading).toMatchObject({ text: 'x'.repeat(30), error: undefined });
    expect(clock.pending).toBe(0);
  });

  it('T4: the total limit of a stream is its own, whatever the idle limit, and counts for each attempt', async () => {
    const endless: StreamStep[] = Array.from({ length: 100 }, (): StreamStep[] => [
      { yields: chunkOf({ content: 'x' }) },
      { waitsMs: 100 },
    ]).flat();
    const first = scriptedProvider({ streams: [{ hangs: 'until aborted' }] });
    const second = scriptedProvider({ streams: endless });
    const options = { timeouts: { firstContentMs: 900, idleMs: 5_000, streamMs: 1_000 } };
    const { hub, clock } = harness({ first, second }, options);
    const look = begun(hub.chat.completions.create(STREAM));
    await clock.advance(900);
    const reading = readAll(await look.stream);
    await clock.advance(999);
    await clock.advance(1);
    expect(await reading).toMatchObject({ text: 'x'.repeat(10), error: { code: 'total_timeout' } });
  });

  it('T5: bytes keep a first target alive while nothing whole comes of them, and their silence ends it', async () => {
    const second = scriptedProvider(ANSWERS);
    // A provider that collects the pieces of a tool call: bytes come, chunks do not.
    let silentAfter = Infinity;
    const { hub, clock } = harness(
      {
        first: {
          kind: 'collecting',
          open: (_request, { heartbeat, clock: time, signal }) =>
            new Promise((resolve, reject) => {
              signal.addEventListener('abort', () => {
                reject(signal.reason as Error);
              });
              let count = 0;
              const piece = (): void => {
                if (count++ >= silentAfter) return;
                heartbeat();
                if (count === 200) resolve(streamOf('arguments'));
                else time.schedule(50, piece);
              };
              piece();
            }),
        },
        second,
      },
      { timeouts: { idleMs: 2_000 } },
    );
    const kept = begun(hub.chat.completions.create(STREAM));
    await clock.advance(10_000);
    expect(await readAll(await kept.stream)).toMatchObject({ text: 'arguments' });
    expect(second.calls).toHaveLength(0);

    silentAfter = 10;
    const given = begun(hub.chat.completions.create(STREAM));
    await clock.advance(450 + 1_999);
    expect(second.calls).toHaveLength(0);
    await clock.advance(1);
    expect(await readAll(await given.stream)).toMatchObject({ text: 'Here I am.' });
  });

  it('T1: a whole answer that takes too long is not asked for twice', async () => {
    const first = scriptedProvider({ first: [{ hangs: 'deaf' }], then: ANSWERS });
    const second = scriptedProvider(ANSWERS);
    const { hub, clock } = harness({ first, second }, { timeouts: { wholeMs: 3_000 } });
    const failure = failureOf(hub.chat.completions.create(PLAIN));
    await clock.advance(3_000);
    expect(await failure).toMatchObject({ code: 'total_timeout' });
    expect(second.calls).toHaveLength(0);
  });
});

async function* streamOf(content: string) {
  yield await Promise.resolve([chunkOf({ role: 'assistant', content }), chunkOf({ finish: 'stop' })]);
}
