import { describe, expect, it } from 'vitest';
import type { NexusHubOptions } from 'nexusai-hub';
import type { ChatRequest } from 'nexusai-hub/ports';
import { chunkOf, scriptedProvider } from 'nexusai-hub/testing';
import type { Script, ScriptedProvider } from 'nexusai-hub/testing';
import { checkBooks } from './books.ts';
import type { Harness } from './harness.ts';
import { failureOf, harness, readAll, STREAM } from './harness.ts';

const usage = { prompt_tokens: 5, completion_tokens: 2, total_tokens: 7 };

/** Says some words, then breaks. */
function breakingOff(...words: string[]): ScriptedProvider {
  return scriptedProvider({
    streams: [
      { yields: chunkOf({ role: 'assistant', content: '' }) },
      ...words.map((content) => ({ yields: chunkOf({ content }) })),
      { throws: 'stream_interrupted' as const },
    ],
  });
}

/** Says a word, then breaks. */
const BREAKS: Script = { streams: [{ yields: chunkOf({ content: 'one ' }) }, { throws: 'stream_interrupted' }] };
const UP_TO_FIVE = { continuation: 'marked', backoffMs: 0, maxAttempts: 5 } as const;

function marked(providers: NexusHubOptions['providers'], options: Partial<NexusHubOptions> = {}): Harness {
  return harness(providers, { routing: { continuation: 'marked', backoffMs: 0 }, ...options });
}

describe('R3: an answer that breaks off after its first content', () => {
  it('ends with its error, where nobody said otherwise', async () => {
    const spare = scriptedProvider({ says: 'never' });
    const { hub } = harness({ a: breakingOff('Once upon ', 'a time'), spare });
    const { text, error } = await readAll(await hub.chat.completions.create(STREAM));
    expect(text).toBe('Once upon a time');
    expect(error).toMatchObject({ code: 'stream_interrupted' });
    expect(spare.calls).toHaveLength(0);
  });

  it('is gone on with by another target, marked, in one stream with one start', async () => {
    const b = scriptedProvider({ says: ' there was a fox.', usage });
    const at = marked({ a: breakingOff('Once upon ', 'a time'), b });
    const { text, chunks, error } = await readAll(await at.hub.chat.completions.create(STREAM));
    expect({ text, error }).toEqual({ text: 'Once upon a time there was a fox.', error: undefined });
    expect(b.calls[0]?.request.messages).toMatchObject([
      ...STREAM.messages,
      { role: 'assistant', content: 'Once upon a time' },
      { role: 'user' },
    ]);
    const marks = chunks.flatMap((chunk) => ('nexus' in chunk ? [chunk.nexus] : []));
    expect(marks).toEqual([{ continued: { provider: 'b', after: 'stream_interrupted' } }]);
    expect(new Set(chunks.map(({ id, model }) => `${id} ${model}`)).size).toBe(1);
    // S12: one role, one finish.
    expect(chunks.flatMap(({ choices }) => choices.filter(({ delta }) => delta.role !== undefined))).toHaveLength(1);
    expect(chunks.flatMap(({ choices }) => choices.filter(({ finish_reason: end }) => end !== null))).toHaveLength(1);
    await at.hub.close();
    expect(at.books.records).toMatchObject([
      {
        outcome: 'ok',
        // Nobody told the usage of both parts: it is counted over the whole text.
        usageProvenance: 'estimated',
        attempts: [
          { target: 'a/m', reason: 'first', outcome: 'partial' },
          { target: 'b/m', reason: 'continuation', outcome: 'ok' },
        ],
      },
    ]);
    checkBooks(at.books, 1);
  });

  it('may break off again, and ends with the first error when nobody is left', async () => {
    const at = marked(
      { a: breakingOff('one '), b: breakingOff('two '), c: scriptedProvider({ throws: 'provider_denied' }) },
      { routing: { continuation: 'marked', backoffMs: 0, maxAttempts: 3 } },
    );
    const { text, error } = await readAll(await at.hub.chat.completions.create(STREAM));
    expect(text).toBe('one two ');
    expect(error).toMatchObject({ code: 'stream_interrupted', details: { provider: 'b' } });
    await at.hub.close();
    expect(at.books.records[0]).toMatchObject({ outcome: 'partial', usageProvenance: 'partial' });
    checkBooks(at.books, 1);
  });

  it.each<[string, Script[], Script[]]>([
    ['failed before', [{ throws: 'provider_unavailable' }, { says: 'never' }], [BREAKS]],
    [
      'failed in an earlier round',
      [{ throws: 'provider_unavailable' }, BREAKS, { says: 'never' }],
      [{ throws: 'provider_unavailable' }, { says: 'never' }],
    ],
  ])('who %s is not asked to go on, also where it may recover', async (_when, first, second) => {
    const at = marked({ a: scriptedProvider(first), b: scriptedProvider(second) }, { routing: UP_TO_FIVE });
    const reading = readAll(await at.hub.chat.completions.create(STREAM));
    await at.clock.advance(1_000);
    expect(await reading).toMatchObject({ text: 'one ', error: { code: 'stream_interrupted' } });
    await at.hub.close();
    const { attempts = [] } = at.books.records[0] ?? {};
    expect(attempts.map(({ reason }) => reason)).not.toContain('continuation');
    checkBooks(at.books, 1);
  });

  it('three parts of three targets are one answer', async () => {
    const c = scriptedProvider({ says: 'three' });
    const at = marked({ a: breakingOff('one '), b: breakingOff('two '), c });
    const { text, error } = await readAll(await at.hub.chat.completions.create(STREAM));
    expect({ text, error }).toEqual({ text: 'one two three', error: undefined });
    expect(c.calls[0]?.request.messages.at(-2)).toMatchObject({ role: 'assistant', content: 'one two ' });
    await at.hub.close();
    checkBooks(at.books, 1);
  });

  describe('long after its search was over', () => {
    const options = { routing: { continuation: 'marked', backoffMs: 0, deadlineMs: 60_000 } } as const;
    const breakingLate = (): ScriptedProvider =>
      scriptedProvider({
        streams: [
          { yields: chunkOf({ content: 'half ' }) },
          { waitsMs: 59_000 },
          { yields: chunkOf({ content: 'of ' }) },
          { waitsMs: 59_000 },
          { throws: 'stream_interrupted' },
        ],
      });

    it('is gone on with all the same', async () => {
      const at = marked({ a: breakingLate(), b: scriptedProvider({ says: 'it' }) }, options);
      const reading = readAll(await at.hub.chat.completions.create(STREAM));
      for (let minute = 0; minute < 2; minute++) await at.clock.advance(59_000);
      expect(await reading).toMatchObject({ text: 'half of it', error: undefined });
      await at.hub.close();
      checkBooks(at.books, 1);
    });

    it('has as much time again, and no more', async () => {
      const slow = scriptedProvider({
        first: [{ waitsMs: 25_000 }, { throws: 'provider_unavailable' }],
        then: { says: 'x' },
      });
      const b = scriptedProvider({ streams: [{ hangs: 'until aborted' }] });
      const time = { timeouts: { firstContentMs: 50_000 } };
      const at = marked({ a: breakingLate(), slow, b }, { ...options, ...time });
      const reading = readAll(await at.hub.chat.completions.create(STREAM));
      for (let second = 0; second < 118 + 59; second++) await at.clock.advance(1_000);
      expect(b.calls).toHaveLength(1);
      expect(b.calls[0]?.context.signal.aborted).toBe(false);
      for (let second = 0; second < 2; second++) await at.clock.advance(1_000);
      expect(b.calls[0]?.context.signal.aborted).toBe(true);
      expect(await reading).toMatchObject({ text: 'half of ', error: { code: 'stream_interrupted' } });
      await at.hub.close();
      checkBooks(at.books, 1);
    });
  });

  it('whoever was silent for all the time there was is blamed for that, however old the request is', async () => {
    const late: Script = {
      streams: [{ yields: chunkOf({ content: 'half ' }) }, { waitsMs: 50_000 }, { throws: 'stream_interrupted' }],
    };
    const silent = scriptedProvider({ streams: [{ hangs: 'until aborted' }] });
    const routing = { continuation: 'marked', backoffMs: 0, deadlineMs: 3_000 } as const;
    const at = marked({ a: scriptedProvider(late), silent }, { routing });
    const reading = readAll(await at.hub.chat.completions.create(STREAM));
    await at.clock.advance(53_000);
    expect(await reading).toMatchObject({ error: { code: 'stream_interrupted' } });
    await at.hub.close();
    expect(at.books.tickets).toEqual([['fail stream_interrupted'], ['fail first_content_timeout']]);
  });

  it('is no longer than the caller allows, and its usage is of both parts', async () => {
    const b = scriptedProvider({
      says: 'and on.',
      usage: { prompt_tokens: 40, completion_tokens: 3, total_tokens: 43 },
    });
    const at = marked({ a: breakingOff('12345678', '90123456'), b });
    const request = { ...STREAM, max_tokens: 20, max_completion_tokens: 3, stream_options: { include_usage: true } };
    const { chunks } = await readAll(await at.hub.chat.completions.create(request));
    // Four characters a token.
    expect(b.calls[0]?.request).toMatchObject({ max_tokens: 16, max_completion_tokens: 1 });
    const usages = chunks.flatMap(({ usage: told }) => (told ? [told] : []));
    expect(usages).toMatchObject([{ completion_tokens: 4 + 3, estimated: true }]);
    expect(usages[0]?.prompt_tokens).toBeLessThan(40);
    expect(usages[0]?.total_tokens).toBe((usages[0]?.prompt_tokens ?? 0) + 7);
    await at.hub.close();
  });

  const tool = { type: 'function' as const, function: { name: 'pay' } };
  it.each<[string, Partial<ChatRequest>]>([
    ['tools', { tools: [tool] }],
    ['several answers', { n: 2 }],
    ['a structure', { response_format: { type: 'json_object' } }],
  ])('is not gone on with where there are %s', async (_what, members) => {
    const b = scriptedProvider({ says: 'never' });
    const { hub } = marked({ a: breakingOff('half'), b });
    const { error } = await readAll(await hub.chat.completions.create({ ...STREAM, ...members, stream: true }));
    expect(error).toMatchObject({ code: 'stream_interrupted' });
    expect(b.calls).toHaveLength(0);
  });

  it('nobody is looked for when it is the caller who left', async () => {
    const hangs: Script = { streams: [{ yields: chunkOf({ content: 'x' }) }, { hangs: 'until aborted' }] };
    const b = scriptedProvider({ says: 'never' });
    const at = marked({ a: scriptedProvider(hangs), b });
    const leaving = new AbortController();
    const stream = await at.hub.chat.completions.create(STREAM, { signal: leaving.signal });
    const reading = readAll(stream);
    await at.clock.advance(10);
    leaving.abort();
    expect((await reading).error).toMatchObject({ code: 'cancelled' });
    expect(b.calls).toHaveLength(0);
    await at.hub.close();
    expect(at.books.records[0]?.outcome).toBe('aborted');
    checkBooks(at.books, 1);
  });

  it.each(['signal', 'loop', 'hub'] as const)('who is looked for is let go when the caller leaves: %s', async (how) => {
    const b = scriptedProvider({ first: [{ hangs: 'until aborted' }], then: { says: '' } });
    const at = marked({ a: breakingOff('x'), b });
    const leaving = new AbortController();
    const stream = await at.hub.chat.completions.create(STREAM, { signal: leaving.signal });
    const iterator = stream[Symbol.asyncIterator]();
    await iterator.next();
    await iterator.next();
    const pending = iterator.next().catch((error: unknown) => error);
    await at.clock.advance(10);
    expect(b.calls).toHaveLength(1);
    if (how === 'signal') leaving.abort();
    if (how === 'loop') await iterator.return?.();
    const closing = how === 'hub' ? at.hub.close({ drainMs: 1 }) : undefined;
    await at.clock.advance(5_000);
    await closing;
    await pending;
    expect(b.calls[0]?.context.signal.aborted).toBe(true);
    await at.hub.close();
    expect(at.books.records).toHaveLength(1);
    expect(at.books.records[0]?.attempts.map(({ outcome }) => outcome)).toEqual(['partial', 'aborted']);
    expect(at.clock.pending).toBe(0);
    checkBooks(at.books, 1);
  });

  it('K1: is billed to who said it, also where the next one failed at going on', async () => {
    const said = { ...chunkOf({ content: 'x' }), usage };
    const a = scriptedProvider({ streams: [{ yields: said }, { throws: 'stream_interrupted' }] });
    const prices = {
      byProvider: { a: { '*': { input: 1, output: 1 } }, b: { '*': { input: 1_000, output: 1_000 } } },
    };
    const at = marked({ a, b: scriptedProvider({ throws: 'provider_denied' }) }, { prices });
    await readAll(await at.hub.chat.completions.create(STREAM));
    await at.hub.close();
    expect(at.books.records).toMatchObject([
      { costNanoUsd: 7_000, attempts: [{ costNanoUsd: 7_000 }, { reason: 'continuation', costNanoUsd: null }] },
    ]);
    expect(at.hub.stats.now().byProvider).toMatchObject({ a: { tokens: { total: 7 } }, b: { tokens: { total: 0 } } });
  });

  it('S12: a usage that the hub has counted belongs to the same stream', async () => {
    const counting = { ...STREAM, stream_options: { include_usage: true } };
    const other = { ...chunkOf({ content: 'y', finish: 'stop' }), id: 'another', model: 'other' };
    const at = marked({ a: breakingOff('x'), b: scriptedProvider({ streams: [{ yields: other }] }) });
    const { chunks } = await readAll(await at.hub.chat.completions.create(counting));
    expect(chunks.at(-1)?.usage).toMatchObject({ estimated: true });
    expect(new Set(chunks.map(({ id, model }) => `${id} ${model}`)).size).toBe(1);
  });

  it('an unread stream is still given up', async () => {
    const a = scriptedProvider({ streams: [{ yields: chunkOf({ content: 'x' }) }, { hangs: 'until aborted' }] });
    const at = marked({ a, b: scriptedProvider({ says: 'never' }) }, { timeouts: { unreadMs: 300 } });
    const stream = await at.hub.chat.completions.create(STREAM);
    await at.clock.advance(300);
    const iterator = stream[Symbol.asyncIterator]();
    await iterator.next();
    expect(await failureOf(iterator.next())).toMatchObject({ code: 'cancelled' });
    await at.hub.close();
    checkBooks(at.books, 1);
  });
});
