import { describe, expect, it } from 'vitest';
import type { ChatChunk, Usage } from 'nexusai-hub/ports';
import { chunkOf, scriptedProvider } from 'nexusai-hub/testing';
import type { StreamStep } from 'nexusai-hub/testing';
import { checkBooks } from './books.ts';
import { failureOf, harness, PLAIN, readAll, STREAM } from './harness.ts';

const USAGE: Usage = { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 };
const text = (content: string): StreamStep => ({ yields: chunkOf({ content }) });
const FINISH: StreamStep = { yields: chunkOf({ finish: 'stop' }) };
const usageChunk: ChatChunk = { ...chunkOf({}), choices: [], usage: USAGE };

describe('the commit point', () => {
  it('R3: after the first content never asks a second target', async () => {
    const first = scriptedProvider({ streams: [text('ten tokens'), { throws: 'stream_interrupted' }] });
    const second = scriptedProvider({ says: 'again' });
    const { hub, books } = harness({ first, second });
    const { text: got, error } = await readAll(await hub.chat.completions.create(STREAM));
    expect(got).toBe('ten tokens');
    expect(error).toMatchObject({ code: 'stream_interrupted' });
    expect(second.calls.length).toBe(0);
    await hub.close();
    checkBooks(books, 1);
    expect(books.records[0]).toMatchObject({ outcome: 'partial', usageProvenance: 'partial' });
  });

  it('hands out what came before the first content together with it', async () => {
    const role = chunkOf({ role: 'assistant', content: '' });
    const { hub } = harness({ a: scriptedProvider({ streams: [{ yields: role }, text('Hi'), FINISH] }) });
    const { chunks } = await readAll(await hub.chat.completions.create(STREAM));
    expect(chunks[0]).toBe(role);
  });
});

describe('an end that is none', () => {
  it('S4: a stream without a finish is an error, never a quiet end', async () => {
    const { hub, books } = harness({ a: scriptedProvider({ streams: [text('half')] }) });
    const { text: got, error } = await readAll(await hub.chat.completions.create(STREAM));
    expect(got).toBe('half');
    expect(error).toMatchObject({ code: 'stream_interrupted' });
    expect(books.tickets).toEqual([['fail stream_interrupted']]);
  });

  it('S4: every choice must have finished', async () => {
    const [choice] = chunkOf({ content: 'second' }).choices;
    const second: ChatChunk = { ...chunkOf({}), choices: choice ? [{ ...choice, index: 1 }] : [] };
    const { hub } = harness({ a: scriptedProvider({ streams: [text('first'), { yields: second }, FINISH] }) });
    expect((await readAll(await hub.chat.completions.create(STREAM))).error).toMatchObject({
      code: 'stream_interrupted',
    });
  });

  it('S6: a stream of nothing is empty_stream at once, and another target is asked', async () => {
    const { hub } = harness({ a: scriptedProvider({ streams: [] }) }, { routing: { maxAttempts: 1 } });
    expect(await failureOf(hub.chat.completions.create(STREAM))).toMatchObject({ code: 'empty_stream' });
    const { hub: two } = harness({ a: scriptedProvider({ streams: [] }), b: scriptedProvider({ says: 'b' }) });
    expect((await readAll(await two.chat.completions.create(STREAM))).text).toBe('b');
  });

  it('goes on throwing to whoever goes on reading', async () => {
    const { hub } = harness({ a: scriptedProvider({ streams: [text('half')] }) });
    const iterator = (await hub.chat.completions.create(STREAM))[Symbol.asyncIterator]();
    await iterator.next();
    expect(await failureOf(iterator.next())).toMatchObject({ code: 'stream_interrupted' });
    expect(await failureOf(iterator.next())).toMatchObject({ code: 'stream_interrupted' });
  });
});

describe('usage', () => {
  const reported = [text('Hi'), FINISH, { yields: usageChunk }];

  it('S8: is recorded with and without the caller asking, and shown only to who asked', async () => {
    for (const asked of [false, true]) {
      const { hub, books } = harness({ a: scriptedProvider({ streams: reported }) });
      const request = { ...STREAM, stream_options: { include_usage: asked } };
      const { chunks } = await readAll(await hub.chat.completions.create(request));
      expect(chunks.filter(({ usage }) => usage).length).toBe(asked ? 1 : 0);
      expect(chunks.at(-1)?.choices.length).toBe(asked ? 0 : 1);
      expect(books.records[0]).toMatchObject({ usage: USAGE, usageProvenance: 'reported' });
      expect(books.settledWith).toEqual([USAGE]);
    }
  });

  it('is taken off a chunk that also carries content', async () => {
    const both: ChatChunk = { ...chunkOf({ finish: 'stop' }), usage: USAGE };
    const { hub } = harness({ a: scriptedProvider({ streams: [text('Hi'), { yields: both }] }) });
    const { chunks } = await readAll(await hub.chat.completions.create(STREAM));
    expect(chunks.at(-1)).toEqual(chunkOf({ finish: 'stop' }));
  });

  it('S9: is counted and marked where the provider tells none, for the record and for who asked', async () => {
    const { hub, books } = harness({ a: scriptedProvider({ streams: [text('four'), FINISH] }) });
    const request = { ...STREAM, stream_options: { include_usage: true } };
    const { chunks } = await readAll(await hub.chat.completions.create(request));
    const usage = { prompt_tokens: 3 + 3 + 1 + 2, completion_tokens: 1, total_tokens: 10 };
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { ...usage, estimated: true } });
    await hub.close();
    expect(books.records[0]).toMatchObject({ usage, usageProvenance: 'estimated' });
  });

  it('S11: stays absent where nothing was measured, never 0', async () => {
    const { hub, books } = harness(
      { a: scriptedProvider({ streams: [text('half')] }) },
      { tokenCounter: { count: () => Promise.reject(new Error('no encoder')) } },
    );
    await readAll(await hub.chat.completions.create(STREAM));
    await hub.close();
    expect(books.records[0]).toMatchObject({ usage: undefined, usageProvenance: 'absent' });
    expect(hub.stats.now()).toMatchObject({ unmeasured: 1, tokens: { total: 0 } });
  });
});

describe('time limits', () => {
  const limits = { firstContentMs: 200, idleMs: 5_000, unreadMs: 60_000 };

  it('T1: the first content is late after 200 ms, not when it comes', async () => {
    const provider = scriptedProvider({ first: [{ waitsMs: 2_000 }], then: { says: 'late' } });
    const { hub, clock, books } = harness({ provider }, { timeouts: limits, routing: { maxAttempts: 1 } });
    const failure = failureOf(hub.chat.completions.create(STREAM));
    await clock.advance(199);
    expect(books.records).toEqual([]);
    await clock.advance(1);
    expect(await failure).toMatchObject({ code: 'first_content_timeout' });
    expect(provider.calls[0]?.context.signal.aborted).toBe(true);
    await hub.close();
    checkBooks(books, 1);
  });

  it('T1: counts content, not headers and role chunks', async () => {
    const steps = [{ yields: chunkOf({ role: 'assistant', content: '' }) }, { waitsMs: 300 }, text('late'), FINISH];
    const { hub, clock } = harness(
      { a: scriptedProvider({ streams: steps }) },
      { timeouts: limits, routing: { maxAttempts: 1 } },
    );
    const failure = failureOf(hub.chat.completions.create(STREAM));
    await clock.advance(200);
    expect(await failure).toMatchObject({ code: 'first_content_timeout' });
  });

  it('T2: a provider deaf to everything costs the limit and no more', async () => {
    const deaf = scriptedProvider({ first: [{ hangs: 'deaf' }], then: { says: '' } });
    const { hub, clock, books } = harness({ deaf, other: scriptedProvider({ says: 'ok' }) }, { timeouts: limits });
    const answer = hub.chat.completions.create(STREAM);
    await clock.advance(200);
    expect((await readAll(await answer)).text).toBe('ok');
    await hub.close();
    checkBooks(books, 1);
  });

  it('T3: a stalled stream ends with stream_idle', async () => {
    const steps = [text('a'), text('b'), text('c'), { hangs: 'until aborted' as const }];
    const { hub, clock, books } = harness({ a: scriptedProvider({ streams: steps }) }, { timeouts: limits });
    const reading = readAll(await hub.chat.completions.create(STREAM));
    await clock.advance(4_999);
    expect(books.records).toEqual([]);
    await clock.advance(1);
    expect(await reading).toMatchObject({ text: 'abc', error: { code: 'stream_idle' } });
    checkBooks({ ...books, records: [] }, 0);
  });

  it('T4: a slow stream of 90 s passes at an idle limit of 5 s', async () => {
    const steps = Array.from({ length: 20 }, () => [{ waitsMs: 4_500 }, text('x')]).flat();
    const { hub, clock } = harness(
      { a: scriptedProvider({ streams: [text('x'), ...steps, FINISH] }) },
      { timeouts: limits },
    );
    const reading = readAll(await hub.chat.completions.create(STREAM));
    await clock.advance(90_000);
    expect(await reading).toMatchObject({ text: 'x'.repeat(21), error: undefined });
    expect(clock.pending).toBe(0);
  });

  it('T5: bytes without a whole frame keep a stream alive', async () => {
    const fragments = Array.from({ length: 200 }, () => ({ waitsMs: 50 }));
    const provider = scriptedProvider({ streams: [text('x'), ...fragments, text('y'), FINISH] });
    const { hub, clock } = harness({ provider }, { timeouts: { ...limits, idleMs: 2_000 } });
    const reading = readAll(await hub.chat.completions.create(STREAM));
    for (let beat = 0; beat < 10; beat++) {
      await clock.advance(1_000);
      provider.calls[0]?.context.heartbeat();
    }
    await clock.advance(1_000);
    expect(await reading).toMatchObject({ text: 'xy', error: undefined });
  });

  it('holds a stream to a total only when there is one', async () => {
    const steps = [text('x'), { waitsMs: 3_000 }, text('y'), { waitsMs: 3_000 }, FINISH];
    const { hub, clock } = harness(
      { a: scriptedProvider({ streams: steps }) },
      { timeouts: { ...limits, streamMs: 4_000 } },
    );
    const reading = readAll(await hub.chat.completions.create(STREAM));
    await clock.advance(4_000);
    expect(await reading).toMatchObject({ text: 'xy', error: { code: 'total_timeout' } });
  });

  it('holds a whole answer to its own limit, not to the first content of streams', async () => {
    const slow = scriptedProvider({ first: [{ waitsMs: 50_000 }], then: { says: 'worth the wait' } });
    const { hub, clock } = harness({ slow }, { timeouts: { ...limits, wholeMs: 60_000 } });
    const answer = hub.chat.completions.create(PLAIN);
    await clock.advance(50_000);
    expect((await answer).choices[0]?.message.content).toBe('worth the wait');
    const { hub: other, clock: time } = harness(
      { slow: scriptedProvider({ first: [{ hangs: 'deaf' }], then: { says: '' } }) },
      { timeouts: { wholeMs: 60_000 } },
    );
    const failure = failureOf(other.chat.completions.create(PLAIN));
    await time.advance(60_000);
    expect(await failure).toMatchObject({ code: 'total_timeout' });
  });

  it("does not blame the provider for a reader's pause", async () => {
    const steps = [text('w'), text('x'), text('y'), FINISH];
    const { hub, clock } = harness({ a: scriptedProvider({ streams: steps }) }, { timeouts: limits });
    const iterator = (await hub.chat.completions.create(STREAM))[Symbol.asyncIterator]();
    await iterator.next();
    await clock.advance(50_000);
    await iterator.next();
    await clock.advance(50_000);
    expect(await iterator.next()).toMatchObject({ done: false });
    expect(await iterator.next()).toMatchObject({ done: false });
    expect(await iterator.next()).toMatchObject({ done: true });
  });

  it('T3: counts from the moment somebody waits again, however long the reader was away before', async () => {
    const steps = [text('a'), text('b'), { hangs: 'until aborted' as const }];
    const { hub, clock } = harness({ a: scriptedProvider({ streams: steps }) }, { timeouts: limits });
    const iterator = (await hub.chat.completions.create(STREAM))[Symbol.asyncIterator]();
    await iterator.next();
    await clock.advance(20_000);
    await iterator.next();
    await clock.advance(20_000);
    const failure = failureOf(iterator.next());
    await clock.advance(5_000);
    expect(await failure).toMatchObject({ code: 'stream_idle' });
  });

  it('ends a stream that nobody reads, and gives everything back', async () => {
    const { hub, clock, books } = harness(
      { a: scriptedProvider({ streams: [text('x'), { hangs: 'deaf' }] }) },
      { timeouts: limits },
    );
    await hub.chat.completions.create(STREAM);
    await clock.advance(60_000);
    await hub.close();
    checkBooks(books, 1);
    expect(books.records[0]).toMatchObject({ outcome: 'aborted', error: 'cancelled' });
    expect(books.tickets).toEqual([['abandon']]);
  });
});
