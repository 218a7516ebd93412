import { describe, expect, it } from 'vitest';
import type { ChatStream } from 'nexusai-hub';
import { NexusError } from 'nexusai-hub';
import type { CircuitBreaker, CircuitState, FlowControl, Slot } from 'nexusai-hub/ports';
import { chunkOf, scriptedProvider } from 'nexusai-hub/testing';
import type { Script, ScriptedProvider } from 'nexusai-hub/testing';
import { recordingLogger } from '../data/recording-logger.ts';
import { checkBooks, keepBooks } from './books.ts';
import { fallbackRouter } from './fallback-router.ts';
import { failureOf, harness, readAll, STREAM } from './harness.ts';

const SILENT: Script = { streams: [{ hangs: 'until aborted' }] };
const DOWN: Script = { throws: 'provider_unavailable' };
const after = (ms: number, says: string): Script => ({ first: [{ waitsMs: ms }], then: { says } });
/** Less than `timeouts.firstContentMs`: time is short from the start. */
const routing = { deadlineMs: 400 };

/** What a stream says, whenever it begins. */
async function textOf(asking: Promise<ChatStream>): Promise<string> {
  return (await readAll(await asking)).text;
}

/** Which of them were asked by now. */
function asked(...providers: readonly ScriptedProvider[]): number[] {
  return providers.map(({ calls }) => calls.length);
}

describe('T1: where time is short the next is asked beside one that is slow to begin', () => {
  it('who has its answer before the end is taken: it is slow, and not cut for it', async () => {
    const [slow, other] = [scriptedProvider(after(300, 'slow')), scriptedProvider(SILENT)];
    const { hub, clock, books } = harness({ slow, other }, { routing });
    const text = textOf(hub.chat.completions.create(STREAM));
    await clock.advance(199);
    expect(asked(slow, other)).toEqual([1, 0]);
    await clock.advance(1);
    expect(asked(slow, other)).toEqual([1, 1]);
    await clock.advance(100);
    expect(await text).toBe('slow');
    expect(other.calls[0]?.context.signal.aborted).toBe(true);
    await hub.close();
    // The other one had no time to show anything.
    expect(books.tickets).toEqual([['succeed'], ['abandon']]);
    expect(books.records[0]?.attempts).toMatchObject([
      { reason: 'next', outcome: 'aborted', error: 'cancelled' },
      { reason: 'first', outcome: 'ok' },
    ]);
    checkBooks(books, 1);
    expect(clock.pending).toBe(0);
  });

  it('who was silent for long enough is blamed for it when another one answers', async () => {
    const [silent, other] = [scriptedProvider(SILENT), scriptedProvider(after(50, 'other'))];
    const { hub, clock, books } = harness({ silent, other }, { routing });
    const text = textOf(hub.chat.completions.create(STREAM));
    await clock.advance(250);
    expect(await text).toBe('other');
    await hub.close();
    expect(books.tickets).toEqual([['fail first_content_timeout'], ['succeed']]);
    expect(books.records[0]?.attempts).toMatchObject([
      { outcome: 'error', error: 'first_content_timeout' },
      { outcome: 'ok' },
    ]);
    checkBooks(books, 1);
  });

  it('one after the other, each after half of what is left; at once where the last one failed', async () => {
    const [a, b, c, d] = [SILENT, SILENT, DOWN, after(20, 'd')].map((script) => scriptedProvider(script));
    const { hub, clock, books } = harness({ a: a!, b: b!, c: c!, d: d! }, { routing: { ...routing, maxAttempts: 4 } });
    const text = textOf(hub.chat.completions.create(STREAM));
    await clock.advance(200);
    expect(asked(a!, b!, c!, d!)).toEqual([1, 1, 0, 0]);
    await clock.advance(99);
    expect(asked(a!, b!, c!, d!)).toEqual([1, 1, 0, 0]);
    await clock.advance(1);
    expect(asked(a!, b!, c!, d!)).toEqual([1, 1, 1, 1]);
    await clock.advance(20);
    expect(await text).toBe('d');
    await hub.close();
    checkBooks(books, 1);
    expect(clock.pending).toBe(0);
  });

  it('no more of them than there are attempts, and all end with the deadline', async () => {
    const silent = Array.from({ length: 4 }, () => scriptedProvider(SILENT));
    const [a, b, c, d] = silent;
    const at = harness({ a: a!, b: b!, c: c!, d: d! }, { routing: { ...routing, maxAttempts: 3 } });
    const failure = failureOf(at.hub.chat.completions.create(STREAM));
    await at.clock.advance(399);
    expect(asked(...silent)).toEqual([1, 1, 1, 0]);
    await at.clock.advance(1);
    expect(await failure).toMatchObject({ code: 'deadline_exceeded' });
    await at.hub.close();
    checkBooks(at.books, 1);
    expect(at.clock.pending).toBe(0);
  });

  it('those that one fails for go on as ever when all beside each other have failed', async () => {
    const late: Script = { first: [{ waitsMs: 250 }], then: DOWN };
    const [a, b, c] = [scriptedProvider(late), scriptedProvider(DOWN), scriptedProvider(after(10, 'c'))];
    const { hub, clock, books } = harness({ a, b, c }, { routing });
    const text = textOf(hub.chat.completions.create(STREAM));
    await clock.advance(210);
    expect(await text).toBe('c');
    await hub.close();
    checkBooks(books, 1);
  });

  it('another model takes its turn like any other target', async () => {
    const [silent, other] = [scriptedProvider(SILENT), scriptedProvider(after(10, 'other'))];
    const router = fallbackRouter({ m: { silent }, n: { other } }, [{ model: 'n', on: ['unavailable'] }]);
    const { hub, clock, books } = harness({ silent, other }, { router, routing });
    const text = textOf(hub.chat.completions.create(STREAM));
    await clock.advance(210);
    expect(await text).toBe('other');
    await hub.close();
    expect(books.records[0]?.attempts.map(({ reason }) => reason)).toEqual(['first', 'fallback']);
  });

  it('a circuit breaker that fails at telling who else there is costs nobody the answer', async () => {
    const books = keepBooks();
    let fails = false;
    const state = (): CircuitState => {
      if (fails) throw new Error('away');
      return { kind: 'closed' };
    };
    const enter: CircuitBreaker['enter'] = (target) => {
      fails = true;
      return books.circuitBreaker.enter(target);
    };
    const { logger, lines } = recordingLogger();
    const [slow, other] = [scriptedProvider(after(300, 'slow')), scriptedProvider(SILENT)];
    const options = { circuitBreaker: { state, enter }, logger, routing };
    const { hub, clock } = harness({ slow, other }, options, books);
    const text = textOf(hub.chat.completions.create(STREAM));
    await clock.advance(300);
    expect(await text).toBe('slow');
    expect(lines.map(([, message]) => message)).toContain('the circuit breaker failed at telling of targets');
    await hub.close();
    checkBooks(books, 1);
    expect(clock.pending).toBe(0);
  });

  it('a whole answer is not raced', async () => {
    const [slow, other] = [scriptedProvider(after(1_000, 'slow')), scriptedProvider({ says: 'other' })];
    const { hub, clock } = harness({ slow, other }, { routing });
    const answer = hub.chat.completions.create({ ...STREAM, stream: false });
    await clock.advance(1_000);
    expect((await answer).choices[0]?.message.content).toBe('slow');
    expect(asked(other)).toEqual([0]);
  });

  it('a hedge has its own turn, and those that follow theirs', async () => {
    const [slow, hedge, last] = [scriptedProvider(SILENT), scriptedProvider(SILENT), scriptedProvider({ says: 'x' })];
    let order: 'warm' | 'slow first' = 'warm';
    const balancer = {
      order: <T>(targets: readonly T[]) => (order === 'warm' ? [...targets].reverse() : targets),
    };
    const options = { balancer, routing: { ...routing, hedge: { share: 1, minMs: 50 } } };
    const { hub, clock, books } = harness({ slow, hedge, last }, options);
    for (let answers = 0; answers < 20; answers++) await textOf(hub.chat.completions.create(STREAM));
    order = 'slow first';
    const text = textOf(hub.chat.completions.create(STREAM));
    await clock.advance(50);
    expect(asked(slow, hedge)).toEqual([1, 1]);
    await clock.advance(174);
    expect(asked(last)).toEqual([20]);
    await clock.advance(1);
    expect(await text).toBe('x');
    await hub.close();
    expect(books.records.at(-1)?.attempts.map(({ reason }) => reason)).toEqual(['first', 'hedge', 'next']);
    checkBooks(books, 21);
  });

  it('who goes on with a broken answer is no exception', async () => {
    const breaks: Script = {
      streams: [{ yields: chunkOf({ content: 'Half ' }) }, { waitsMs: 600 }, { throws: 'stream_interrupted' }],
    };
    const [a, b, c] = [scriptedProvider(breaks), scriptedProvider(SILENT), scriptedProvider(after(10, 'of it'))];
    const { hub, clock, books } = harness({ a, b, c }, { routing: { ...routing, continuation: 'marked' } });
    const text = textOf(hub.chat.completions.create(STREAM));
    await clock.advance(600);
    expect(asked(b, c)).toEqual([1, 0]);
    await clock.advance(210);
    expect(await text).toBe('Half of it');
    await hub.close();
    expect(books.records[0]?.attempts.map(({ reason, error }) => [reason, error])).toEqual([
      ['first', 'stream_interrupted'],
      ['continuation', 'first_content_timeout'],
      ['continuation', undefined],
    ]);
    checkBooks(books, 1);
  });
});

describe('T1: one that has no place is waited for beside one that is slow to begin', () => {
  /** Targets named `full…` have a place when a test gives one, and note who waits. */
  function withFull(...full: readonly string[]) {
    const books = keepBooks();
    const waiting = new Map<string, { readonly signal: AbortSignal; readonly give: (slot: Slot) => void }>();
    const flowControl: FlowControl = {
      enter(target, how) {
        if (!full.includes(target.providerId)) return books.flowControl.enter(target, how);
        if (how.maxWaitMs === 0) throw new NexusError('overloaded', 'No place.');
        return new Promise<Slot>((give) => waiting.set(target.providerId, { signal: how.signal, give }));
      },
    };
    const providers = Object.fromEntries(full.map((name) => [name, scriptedProvider({ says: name })]));
    const slow = scriptedProvider(after(300, 'slow'));
    const at = harness({ slow, ...providers }, { flowControl, routing }, books);
    const place = (): Slot | Promise<Slot> => books.flowControl.enter({} as never, {} as never);
    return { ...at, waiting, place, slow };
  }

  it.each([[['full']], [['full', 'fuller']]])('and asked when its place comes: %j', async (full) => {
    const { hub, clock, waiting, place, books } = withFull(...full);
    const text = textOf(hub.chat.completions.create(STREAM));
    await clock.advance(200);
    expect([...waiting.keys()]).toEqual(full);
    waiting.get('full')?.give(await place());
    await clock.advance(0);
    expect(await text).toBe('full');
    await hub.close();
    checkBooks(books, 1);
  });

  it.each([[['full']], [['full', 'fuller']]])('its queue is left when the slow one answers: %j', async (full) => {
    const { hub, clock, waiting, place, books } = withFull(...full);
    const text = textOf(hub.chat.completions.create(STREAM));
    await clock.advance(300);
    expect(await text).toBe('slow');
    for (const { signal } of waiting.values()) expect(signal.aborted).toBe(true);
    // A place that comes all the same is given back.
    for (const { give } of waiting.values()) give(await place());
    await clock.advance(0);
    await hub.close();
    checkBooks(books, 1);
    expect(clock.pending).toBe(0);
  });

  it.each([[['full']], [['full', 'fuller']]])('its queue is left when the caller leaves: %j', async (full) => {
    const { hub, clock, waiting, books } = withFull(...full);
    const leaving = new AbortController();
    const failure = failureOf(hub.chat.completions.create(STREAM, { signal: leaving.signal }));
    await clock.advance(250);
    expect([...waiting.keys()]).toEqual(full);
    leaving.abort();
    expect(await failure).toMatchObject({ code: 'cancelled' });
    for (const { signal } of waiting.values()) expect(signal.aborted).toBe(true);
    await hub.close();
    checkBooks(books, 1);
    expect(clock.pending).toBe(0);
  });
});
