import { describe, expect, it } from 'vitest';
import { answerInfo, isNexusError } from 'nexusai-hub';
import type { NexusHubOptions } from 'nexusai-hub';
import type { ChatRequest, CircuitBreaker, FlowControl, Provider } from 'nexusai-hub/ports';
import { chunkOf, completionOf, scriptedProvider } from 'nexusai-hub/testing';
import type { Script, ScriptedProvider } from 'nexusai-hub/testing';
import { FirstContentTimes } from '../../src/first-content-times.ts';
import { checkBooks, keepBooks } from './books.ts';
import { fallbackRouter } from './fallback-router.ts';
import type { Harness } from './harness.ts';
import { failureOf, harness, PLAIN, readAll, STREAM } from './harness.ts';

const after = (ms: number, says: string): Script => ({ first: [{ waitsMs: ms }], then: { says } });

/** A hub that has measured twenty answers of its model to such a request, each 100 ms, all from `fast`. */
async function measured(
  slow: Provider,
  fast: ScriptedProvider,
  hedge: NonNullable<NexusHubOptions['routing']>['hedge'] = { share: 1 },
  options: Partial<NexusHubOptions> = {},
  request: ChatRequest = PLAIN,
): Promise<Harness> {
  let order: 'warm' | 'slow first' = 'warm';
  const at = harness(
    { slow, fast },
    {
      balancer: { order: (targets) => (order === 'warm' ? [...targets].reverse() : targets) },
      routing: { ...(hedge ? { hedge } : {}) },
      ...options,
    },
  );
  for (let answers = 0; answers < 20; answers++) {
    const answering = at.hub.chat.completions.create({ ...request, stream: request.stream ?? false });
    await at.clock.advance(100);
    const answer = await answering;
    if (!('choices' in answer)) await readAll(answer);
  }
  await at.clock.advance(1);
  order = 'slow first';
  at.books.records.length = 0;
  return at;
}

describe('R9: another target is asked beside a slow one', () => {
  it.each([PLAIN, STREAM])('and the first answer is taken, the other stopped (stream: $stream)', async (request) => {
    const slow = scriptedProvider(after(60_000, 'late'));
    const at = await measured(slow, scriptedProvider(after(100, 'fast')), { share: 1 }, {}, request);
    const answering = at.hub.chat.completions.create({ ...request, stream: request.stream ?? false });
    await at.clock.advance(99);
    expect(slow.calls).toHaveLength(1);
    await at.clock.advance(101);
    const answer = await answering;
    expect(answerInfo(answer)).toMatchObject({ provider: 'fast', attempts: 2, overheadMs: 0 });
    expect(slow.calls[0]?.context.signal.aborted).toBe(true);
    if ('choices' in answer) expect(answer.choices[0]?.message.content).toBe('fast');
    else expect((await readAll(answer)).text).toBe('fast');
    await at.hub.close();
    expect(at.books.records).toMatchObject([
      {
        outcome: 'ok',
        attempts: [
          { target: 'slow/m', reason: 'first', outcome: 'aborted', error: 'cancelled' },
          { target: 'fast/m', reason: 'hedge', outcome: 'ok' },
        ],
      },
    ]);
    checkBooks(at.books, at.books.leases.length - 20);
  });

  it('R10: the loser is recorded apart, and not billed as nothing', async () => {
    const at = await measured(scriptedProvider(after(60_000, 'late')), scriptedProvider(after(100, 'fast')));
    const answer = at.hub.chat.completions.create(PLAIN);
    await at.clock.advance(200);
    await answer;
    await at.hub.close();
    expect(at.books.records[0]?.attempts).toHaveLength(2);
    expect(at.books.tickets.slice(20)).toEqual([['abandon'], ['succeed']]);
  });

  it('the first one may still win', async () => {
    const at = await measured(scriptedProvider(after(150, 'first')), scriptedProvider(after(100, 'fast')));
    const answer = at.hub.chat.completions.create(PLAIN);
    await at.clock.advance(150);
    expect((await answer).choices[0]?.message.content).toBe('first');
    await at.hub.close();
    expect(at.books.records[0]?.attempts.map(({ outcome }) => outcome)).toEqual(['aborted', 'ok']);
  });

  it('one that fails leaves the answer to the other', async () => {
    const failing: Script = { first: [{ waitsMs: 120 }], then: { throws: 'provider_unavailable' } };
    const at = await measured(scriptedProvider(failing), scriptedProvider(after(100, 'fast')));
    const answer = at.hub.chat.completions.create(PLAIN);
    await at.clock.advance(200);
    expect((await answer).choices[0]?.message.content).toBe('fast');
    const other = await measured(scriptedProvider(after(180, 'slow')), fastThenFails());
    const second = other.hub.chat.completions.create(PLAIN);
    await other.clock.advance(200);
    expect((await second).choices[0]?.message.content).toBe('slow');
  });

  it('both that fail are failures, and the search goes on', async () => {
    const failing: Script = { first: [{ waitsMs: 150 }], then: { throws: 'provider_denied' } };
    const at = await measured(scriptedProvider(failing), fastThenFails());
    const answer = failureOf(at.hub.chat.completions.create(PLAIN));
    await at.clock.advance(60_000);
    const error = await answer;
    expect(isNexusError(error) && error.details.tried?.map(({ target }) => target)).toEqual(
      expect.arrayContaining(['slow/m', 'fast/m']),
    );
    await at.hub.close();
    checkBooks(at.books, 1);
  });

  it('one whose circuit is half open is passed by, and asked in its turn: a probe that lost would tell nothing', async () => {
    const failing: Script = { first: [{ waitsMs: 150 }], then: { throws: 'provider_unavailable' } };
    const fast = scriptedProvider(after(100, 'fast'));
    const { circuitBreaker } = keepBooks();
    let kind: 'closed' | 'half-open' = 'closed';
    const probing: CircuitBreaker = {
      enter: (target) => circuitBreaker.enter(target),
      state: ({ id }) => (id === 'fast/m' ? { kind } : { kind: 'closed' }),
    };
    const at = await measured(scriptedProvider(failing), fast, { share: 1 }, { circuitBreaker: probing });
    kind = 'half-open';
    const answer = at.hub.chat.completions.create(PLAIN);
    await at.clock.advance(149);
    expect(fast.calls).toHaveLength(20);
    await at.clock.advance(101);
    expect((await answer).choices[0]?.message.content).toBe('fast');
    await at.hub.close();
    expect(at.books.records[0]?.attempts.map(({ reason }) => reason)).toEqual(['first', 'next']);
  });

  it('a caller who leaves ends both', async () => {
    const slow = scriptedProvider({ first: [{ hangs: 'until aborted' }], then: { says: '' } });
    const at = await measured(slow, fastThenHangs());
    const leaving = new AbortController();
    const answer = failureOf(at.hub.chat.completions.create(PLAIN, { signal: leaving.signal }));
    await at.clock.advance(150);
    leaving.abort();
    expect(await answer).toMatchObject({ code: 'cancelled' });
    await at.hub.close();
    expect(at.books.records[0]?.attempts.map(({ outcome }) => outcome)).toEqual(['aborted', 'aborted']);
    expect(at.clock.pending).toBe(0);
    checkBooks(at.books, 1);
  });

  it('not before answers were measured, not with tools, not for a lone target, and not beyond the budget', async () => {
    const fresh = harness(
      { slow: scriptedProvider(after(5_000, 'slow')), fast: scriptedProvider(after(100, 'fast')) },
      { routing: { hedge: {} } },
    );
    const unmeasured = fresh.hub.chat.completions.create(PLAIN);
    await fresh.clock.advance(5_000);
    expect((await unmeasured).choices[0]?.message.content).toBe('slow');

    const tools = [{ type: 'function' as const, function: { name: 'pay' } }];
    for (const [withTools, content] of [
      [false, 'slow'],
      [true, 'fast'],
    ] as const) {
      const hedge = { share: 1, withTools };
      const at = await measured(scriptedProvider(after(5_000, 'slow')), scriptedProvider(after(100, 'fast')), hedge);
      const answer = at.hub.chat.completions.create({ ...PLAIN, tools });
      await at.clock.advance(5_000);
      expect((await answer).choices[0]?.message.content).toBe(content);
    }

    const at = await measured(scriptedProvider(after(5_000, 'slow')), scriptedProvider(after(100, 'fast')), {
      share: 0.1,
    });
    const answers = Array.from({ length: 20 }, () => at.hub.chat.completions.create(PLAIN));
    await at.clock.advance(5_000);
    const texts = (await Promise.all(answers)).map(({ choices }) => choices[0]?.message.content);
    // A tenth of the twenty before and the twenty now, and one in ten seconds.
    expect(texts.filter((text) => text === 'fast')).toHaveLength(5);
  });

  it('not beside a probe: a target that lost every time would never be asked again', async () => {
    const books = keepBooks();
    let isHalfOpen = false;
    const circuitBreaker: CircuitBreaker = {
      ...books.circuitBreaker,
      state: ({ id }) => ({ kind: isHalfOpen && id === 'slow/m' ? 'half-open' : 'closed' }),
    };
    const slow = scriptedProvider(after(5_000, 'slow'));
    const at = await measured(slow, scriptedProvider(after(100, 'fast')), { share: 1 }, { circuitBreaker });
    isHalfOpen = true;
    const answer = at.hub.chat.completions.create(PLAIN);
    await at.clock.advance(5_000);
    expect((await answer).choices[0]?.message.content).toBe('slow');
  });

  it('no sooner than minMs', async () => {
    const slow = scriptedProvider(after(5_000, 'slow'));
    const fast = scriptedProvider(after(100, 'fast'));
    const at = await measured(slow, fast, { share: 1, minMs: 700 });
    const answer = at.hub.chat.completions.create(PLAIN);
    await at.clock.advance(699);
    expect(fast.calls).toHaveLength(20);
    await at.clock.advance(101);
    expect((await answer).choices[0]?.message.content).toBe('fast');
  });

  it('whole answers, which take longer, do not say when a stream is slow', async () => {
    const fast = scriptedProvider(after(100, 'fast'));
    const at = await measured(scriptedProvider(after(300, 'slow')), fast);
    const answering = at.hub.chat.completions.create(STREAM);
    await at.clock.advance(300);
    expect((await readAll(await answering)).text).toBe('slow');
    expect(fast.calls).toHaveLength(20);
  });

  it('R2: two that fail alike lead to another model once', async () => {
    const slow = scriptedProvider({ first: [{ waitsMs: 200 }], then: { throws: 'content_filtered' } });
    const [fast, spare] = [thenDoes({ throws: 'content_filtered' }), scriptedProvider({ says: 'Fine.' })];
    const never = scriptedProvider({ says: 'never' });
    const router = fallbackRouter({ m: { slow, fast }, f: { spare }, g: { never } }, [
      { model: 'f', on: ['content_filter'] },
      { model: 'g', on: ['content_filter'] },
    ]);
    const at = await measured(slow, fast, { share: 1 }, { router, providers: { slow, fast, spare, never } });
    const answering = at.hub.chat.completions.create(PLAIN);
    await at.clock.advance(200);
    expect((await answering).choices[0]?.message.content).toBe('Fine.');
    expect([fast.calls.length, never.calls.length]).toEqual([21, 0]);
  });

  it('of two that begin in the same moment one is taken, and the other let go', async () => {
    let open = (): void => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    const script: Script = {
      streams: [{ waitsFor: gate }, { yields: chunkOf({ content: 'x' }) }, { yields: chunkOf({ finish: 'stop' }) }],
    };
    const [slow, fast] = [scriptedProvider(script), thenDoes(script)];
    const at = await measured(slow, fast, { share: 1 }, {}, STREAM);
    const answering = at.hub.chat.completions.create(STREAM);
    await at.clock.advance(100);
    open();
    expect((await readAll(await answering)).text).toBe('x');
    await at.hub.close();
    expect(at.books.records[0]?.attempts.map(({ outcome }) => outcome)).toEqual(['aborted', 'ok']);
    expect([slow.calls[0]?.ended, fast.calls[20]?.ended]).toEqual(['complete', 'returned']);
    checkBooks(at.books, 1);
  });

  it('one that gets its place in the moment in which the other begins gives it back', async () => {
    const books = keepBooks();
    let answers = (): void => undefined;
    const slow: Provider = {
      kind: 'slow',
      open: () => new Promise((resolve) => (answers = () => resolve(completionOf('slow')))),
    };
    const flowControl: FlowControl = {
      enter(target, waiting) {
        if (target.providerId === 'fast') answers();
        return books.flowControl.enter(target, waiting);
      },
    };
    const parts = { flowControl, circuitBreaker: books.circuitBreaker };
    const at = await measured(slow, scriptedProvider(after(100, 'fast')), { share: 1 }, parts);
    const answering = at.hub.chat.completions.create(PLAIN);
    await at.clock.advance(100);
    expect((await answering).choices[0]?.message.content).toBe('slow');
    await at.hub.close();
    expect(at.clock.pending).toBe(0);
    checkBooks(books, 0);
  });

  it('the budget holds for those, too, that get their places at the same time', async () => {
    const fast = thenDoes(after(100, 'fast'));
    const places: (() => void)[] = [];
    const late: Pick<NexusHubOptions, 'flowControl'> = {
      flowControl: {
        enter: async ({ providerId }) => {
          if (providerId === 'fast' && fast.calls.length >= 20)
            await new Promise<void>((resolve) => void places.push(resolve));
          return { release: () => undefined };
        },
      },
    };
    const failing: Script = { first: [{ waitsMs: 200 }], then: { throws: 'provider_unavailable' } };
    const at = await measured(scriptedProvider(failing), fast, { share: 0.1 }, late);
    const answers = Array.from({ length: 20 }, () => at.hub.chat.completions.create(PLAIN));
    await at.clock.advance(100);
    expect(places).toHaveLength(20);
    for (const give of places.splice(0)) give();
    await at.clock.advance(1);
    // As above: a tenth of forty, and one.
    expect(fast.calls).toHaveLength(25);
    // Who was not asked beside the other is asked when that has failed.
    await at.clock.advance(99);
    for (const give of places) give();
    await at.clock.advance(100);
    expect((await Promise.all(answers)).map(({ choices }) => choices[0]?.message.content)).toEqual(
      Array.from({ length: 20 }, () => 'fast'),
    );
    await at.hub.close();
  });

  it('one that fails while the other waits for its place leaves the answer to that', async () => {
    const failing: Script = { first: [{ waitsMs: 110 }], then: { throws: 'provider_denied' } };
    const fast = scriptedProvider(after(100, 'fast'));
    const late: Pick<NexusHubOptions, 'flowControl'> = {
      flowControl: {
        enter: async ({ providerId }) => {
          if (providerId === 'fast' && fast.calls.length === 20)
            await new Promise<void>((resolve) => at.clock.schedule(30, resolve));
          return { release: () => undefined };
        },
      },
    };
    const at: Harness = await measured(scriptedProvider(failing), fast, { share: 1 }, late);
    const answer = at.hub.chat.completions.create(PLAIN);
    await at.clock.advance(1_000);
    expect((await answer).choices[0]?.message.content).toBe('fast');
    await at.hub.close();
    expect(at.books.records[0]?.attempts.map(({ reason }) => reason)).toEqual(['first', 'hedge']);
  });
});

/** Fast while it is measured, then it fails or hangs. */
function fastThenFails(): ScriptedProvider {
  return thenDoes({ first: [{ waitsMs: 20 }], then: { throws: 'provider_denied' } });
}

function fastThenHangs(): ScriptedProvider {
  return thenDoes({ first: [{ hangs: 'until aborted' }], then: { says: '' } });
}

function thenDoes(script: Script): ScriptedProvider {
  return scriptedProvider([...Array.from({ length: 20 }, () => after(100, 'fast')), script]);
}

describe('FirstContentTimes', () => {
  it('tells the quantile of the last answers, once there are enough', () => {
    const times = new FirstContentTimes(0.9);
    for (let ms = 1; ms < 20; ms++) times.add('m', ms);
    expect(times.of('m')).toBeUndefined();
    times.add('m', 20);
    expect(times.of('m')).toBe(19);
    expect(times.of('other')).toBeUndefined();
    for (let answer = 0; answer < 200; answer++) times.add('m', 500);
    expect(times.of('m')).toBe(500);
  });
});
