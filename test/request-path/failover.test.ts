import { describe, expect, it } from 'vitest';
import { answerInfo, ChatStream, NexusError } from 'nexusai-hub';
import type { NexusErrorCode } from 'nexusai-hub';
import { CODES } from 'nexusai-hub';
import type { ChatCompletion, EmbeddingResponse, FlowControl, Provider } from 'nexusai-hub/ports';
import { chunkOf, completionOf, manualClock, scriptedProvider } from 'nexusai-hub/testing';
import type { Script } from 'nexusai-hub/testing';
import { queueFlowControl } from '../../src/defaults/flow-control.ts';
import { checkBooks, keepBooks } from './books.ts';
import { failureOf, harness, PLAIN, readAll, STREAM } from './harness.ts';

const DOWN: Script = { throws: 'provider_unavailable' };
const BROKEN_BEFORE_CONTENT: Script = {
  streams: [{ yields: chunkOf({ role: 'assistant', content: '' }) }, { throws: 'stream_interrupted' }],
};

describe('failover before the first content', () => {
  it('asks the next target and tells nobody but the record', async () => {
    const first = scriptedProvider(DOWN);
    const second = scriptedProvider({ says: 'Here I am.' });
    const { hub, books } = harness({ first, second });
    const completion = await hub.chat.completions.create(PLAIN);
    expect(completion.choices[0]?.message.content).toBe('Here I am.');
    expect(answerInfo(completion)).toMatchObject({ provider: 'second', attempts: 2 });
    await hub.close();
    checkBooks(books, 1);
    expect(books.tickets).toEqual([['fail provider_unavailable'], ['succeed']]);
    expect(books.records[0]).toMatchObject({ outcome: 'ok', attempts: [{ outcome: 'error' }, { outcome: 'ok' }] });
  });

  it('R5: streams fail over too, as long as only a role or empty pieces came', async () => {
    const { hub } = harness({
      first: scriptedProvider(BROKEN_BEFORE_CONTENT),
      second: scriptedProvider({ says: 'Hi' }),
    });
    const { text, error } = await readAll(await hub.chat.completions.create(STREAM));
    expect({ text, error }).toEqual({ text: 'Hi', error: undefined });
  });

  it('R5: embeddings go through the same engine', async () => {
    const answer: EmbeddingResponse = {
      object: 'list',
      data: [{ object: 'embedding', index: 0, embedding: [1] }],
      model: 'm',
      usage: { prompt_tokens: 1, total_tokens: 1 },
    };
    const broken: Provider = {
      ...scriptedProvider(DOWN),
      embed: () => Promise.reject(new NexusError('provider_overloaded', 'Busy.')),
    };
    const able: Provider = { ...scriptedProvider(DOWN), embed: () => Promise.resolve(answer) };
    const { hub, books } = harness({ chatOnly: scriptedProvider(DOWN), broken, able });
    expect(await hub.embeddings.create({ model: 'm', input: 'x' })).toBe(answer);
    expect(books.records[0]?.attempts.map(({ providerId }) => providerId)).toEqual(['broken', 'able']);
    await hub.close();
    checkBooks(books, 1);
  });

  it('collects a stream whole for a caller who wants no stream, and fails over while it does', async () => {
    const breaks = scriptedProvider({
      streams: [{ yields: chunkOf({ content: 'half' }) }, { throws: 'stream_interrupted' }],
    });
    const streams = scriptedProvider({
      streams: [
        { yields: [chunkOf({ content: 'who' }), chunkOf({ content: 'le' })] },
        { yields: chunkOf({ finish: 'stop' }) },
      ],
    });
    const { hub } = harness({ breaks, streams });
    const completion = await hub.chat.completions.create(PLAIN);
    expect(completion.choices[0]?.message.content).toBe('whole');
  });

  it('turns a whole completion into a stream for a caller who wants one', async () => {
    const { hub } = harness({ one: scriptedProvider({ says: 'all at once' }) });
    const whole = await hub.chat.completions.create(PLAIN);
    const { hub: other } = harness({ one: scriptedProvider({ completes: whole }) });
    const { text, error } = await readAll(await other.chat.completions.create(STREAM));
    expect({ text, error }).toEqual({ text: 'all at once', error: undefined });
  });

  it.each(Object.keys(CODES) as NexusErrorCode[])('does with %s what its row says', async (code) => {
    const second = scriptedProvider({ says: 'ok' });
    const { hub, books } = harness(
      { first: scriptedProvider({ throws: code }), second },
      { routing: { maxAttempts: 2 } },
    );
    const asked = await hub.chat.completions.create(PLAIN).then(
      () => true,
      (error: unknown) => {
        expect(error).toMatchObject({ code });
        return false;
      },
    );
    expect(asked).toBe(CODES[code].askNext);
    expect(second.calls.length).toBe(CODES[code].askNext ? 1 : 0);
    await hub.close();
    checkBooks(books, 1);
  });
});

describe('R4: one policy for every endpoint, plain or streamed', () => {
  const embeddings: EmbeddingResponse = {
    object: 'list',
    data: [],
    model: 'm',
    usage: { prompt_tokens: 1, total_tokens: 1 },
  };
  const speaks = (says: string): Provider => ({
    ...scriptedProvider({ says }),
    embed: () => Promise.resolve(embeddings),
    forward: () => Promise.resolve({ contentType: 'application/json', body: Buffer.from('{}') }),
  });
  const fails = (code: NexusErrorCode): Provider => {
    const failing = (): Promise<never> => Promise.reject(new NexusError(code, 'Scripted.'));
    return { kind: 'failing', open: failing, embed: failing, forward: failing };
  };
  const bodies: [path: string, body: object][] = [
    ['chat/completions', PLAIN],
    ['chat/completions', STREAM],
    ['embeddings', { model: 'm', input: 'x' }],
    ['completions', { model: 'm', prompt: 'x' }],
    ['responses', { model: 'm', input: 'x' }],
    ['moderations', { model: 'm', input: 'x' }],
  ];
  const policies = [
    { maxAttempts: 1, code: 'provider_unavailable', answers: false },
    { maxAttempts: 2, code: 'provider_unavailable', answers: true },
    { maxAttempts: 2, code: 'provider_denied', answers: true },
    { maxAttempts: 2, code: 'provider_rejected', answers: false },
    { maxAttempts: 2, code: 'content_filtered', answers: false },
  ] as const;

  it.each(policies)('$code within $maxAttempts attempts: the next one answers: $answers', async (policy) => {
    for (const [path, body] of bodies) {
      const providers = { first: fails(policy.code), second: speaks('here') };
      const { hub, books } = harness(providers, { routing: { maxAttempts: policy.maxAttempts } });
      const response = await hub.fetch(`http://hub/v1/${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      await response.text();
      expect([path, response.status === 200]).toEqual([path, policy.answers]);
      await hub.close();
      expect(books.tickets.length).toBe(policy.answers ? 2 : 1);
      checkBooks(books, 1);
    }
  });
});

describe('R1: one budget of attempts', () => {
  it.each([1, 2, 3, 5, 8].flatMap((maxAttempts) => [1, 2, 4].map((targets) => ({ maxAttempts, targets }))))(
    'never asks more than $maxAttempts times over $targets targets',
    async ({ maxAttempts, targets }) => {
      const providers = Object.fromEntries(
        Array.from({ length: targets }, (_, place) => [`p${String(place)}`, scriptedProvider(DOWN)]),
      );
      const { hub, clock, books } = harness(providers, { routing: { maxAttempts } });
      const failure = failureOf(hub.chat.completions.create(PLAIN));
      await clock.advance(60_000);
      expect(await failure).toMatchObject({ code: 'provider_unavailable' });
      const calls = Object.values(providers).reduce((sum, provider) => sum + provider.calls.length, 0);
      expect(calls).toBe(maxAttempts);
      await hub.close();
      checkBooks(books, 1);
      expect(clock.pending).toBe(0);
    },
  );

  it('R2: ends after the planned attempts with an error that lists all', async () => {
    const a = scriptedProvider({ throws: 'provider_denied' });
    const b = scriptedProvider({ throws: 'provider_quota_exhausted' });
    const { hub } = harness({ a, b }, { routing: { maxAttempts: 9 } });
    const error = await failureOf(hub.chat.completions.create(PLAIN));
    expect(error).toMatchObject({
      code: 'no_target',
      details: {
        tried: [
          { target: 'a/m', code: 'provider_denied' },
          { target: 'b/m', code: 'provider_quota_exhausted' },
        ],
      },
    });
    expect(String(error)).toContain('a/m (provider_denied), b/m (provider_quota_exhausted)');
    expect([a.calls.length, b.calls.length]).toEqual([1, 1]);
  });

  it('R7: keeps its state per request: each of 100 calls at once falls over once', async () => {
    const a = scriptedProvider(Array.from({ length: 100 }, (_, call) => (call % 2 === 0 ? DOWN : { says: 'a' })));
    const b = scriptedProvider({ says: 'b' });
    const { hub, books } = harness({ a, b });
    await Promise.all(Array.from({ length: 100 }, () => hub.chat.completions.create(PLAIN)));
    expect([a.calls.length, b.calls.length]).toEqual([100, 50]);
    await hub.close();
    checkBooks(books, 100);
  });
});

describe('repeats', () => {
  it('pauses before it asks the same target again, twice as long each round', async () => {
    const provider = scriptedProvider([DOWN, DOWN, { says: 'third time' }]);
    const { hub, clock } = harness({ provider }, { routing: { backoffMs: 1000 } });
    const answer = hub.chat.completions.create(PLAIN);
    await clock.advance(499);
    expect(provider.calls.length).toBe(1);
    await clock.advance(1);
    expect(provider.calls.length).toBe(2);
    await clock.advance(999);
    expect(provider.calls.length).toBe(2);
    await clock.advance(1);
    expect((await answer).choices[0]?.message.content).toBe('third time');
  });

  it('R6: waits as long as the provider asks for', async () => {
    const limited = new NexusError('provider_rate_limited', 'Slow down.', { retryAfterMs: 7_000 });
    const provider = scriptedProvider([{ throws: limited }, { says: 'ok' }]);
    const { hub, clock } = harness({ provider });
    const answer = hub.chat.completions.create(PLAIN);
    await clock.advance(6_999);
    expect(provider.calls.length).toBe(1);
    await clock.advance(1);
    await answer;
  });

  it('R6: gives up at once when the wait is longer than the deadline, and says how long it is', async () => {
    const limited = new NexusError('provider_rate_limited', 'Slow down.', { retryAfterMs: 90_000 });
    const { hub } = harness({ provider: scriptedProvider({ throws: limited }) });
    const error = await failureOf(hub.chat.completions.create(PLAIN));
    expect(error).toMatchObject({ code: 'provider_rate_limited', details: { retryAfterMs: 90_000 } });
  });

  it('R6: asks again only those whose own wait is over', async () => {
    const limited = new NexusError('provider_rate_limited', 'Slow down.', { retryAfterMs: 30_000 });
    const patient = scriptedProvider({ throws: limited });
    const quick = scriptedProvider(DOWN);
    const { hub, clock } = harness({ patient, quick }, { routing: { maxAttempts: 4 } });
    const failure = failureOf(hub.chat.completions.create(PLAIN));
    await clock.advance(10_000);
    await failure;
    expect([patient.calls.length, quick.calls.length]).toEqual([1, 3]);
  });

  it('does not ask a target again whose failure lasts', async () => {
    const denied = scriptedProvider({ throws: 'provider_denied' });
    const { hub } = harness({ denied });
    await failureOf(hub.chat.completions.create(PLAIN));
    expect(denied.calls.length).toBe(1);
  });

  it('believes the provider over the kind of failure', async () => {
    const never = new NexusError('provider_rate_limited', 'Too large.', { askAgain: false });
    const provider = scriptedProvider({ throws: never });
    const { hub } = harness({ provider });
    await failureOf(hub.chat.completions.create(PLAIN));
    expect(provider.calls.length).toBe(1);
  });

  it('begins no attempt after the deadline', async () => {
    const slow: Script = { first: [{ waitsMs: 20_000 }], then: DOWN };
    const provider = scriptedProvider(slow);
    const { hub, clock } = harness({ provider }, { routing: { maxAttempts: 50, deadlineMs: 50_000 } });
    const failure = failureOf(hub.chat.completions.create(PLAIN));
    await clock.advance(120_000);
    await failure;
    expect(provider.calls.length).toBe(3);
  });
});

describe('the deadline', () => {
  it('bounds the wait for a place too', async () => {
    const provider = scriptedProvider({ first: [{ waitsMs: 2_000 }], then: { says: 'slow' } });
    const bounds = { maxConcurrency: 1, maxQueue: 10, maxWaitMs: 10_000 };
    const clock = manualClock();
    const flowControl = queueFlowControl(() => bounds, clock);
    const { hub } = harness({ provider }, { clock, flowControl, routing: { deadlineMs: 500 } });
    const first = hub.chat.completions.create(PLAIN);
    const second = failureOf(hub.chat.completions.create(PLAIN));
    await clock.advance(500);
    expect(await second).toMatchObject({ code: 'overloaded' });
    await clock.advance(2_000);
    await first;
    expect(provider.calls.length).toBe(1);
  });

  it('lets no attempt begin that got its place too late', async () => {
    const books = keepBooks();
    const provider = scriptedProvider({ says: 'x' });
    let letIn: () => void = () => undefined;
    const flowControl: FlowControl = {
      async enter(...given) {
        await new Promise<void>((resolve) => (letIn = resolve));
        return books.flowControl.enter(...given);
      },
    };
    const { hub, clock } = harness({ provider }, { flowControl, routing: { deadlineMs: 500 } }, books);
    const failure = failureOf(hub.chat.completions.create(PLAIN));
    await clock.advance(600);
    letIn();
    expect(await failure).toMatchObject({ code: 'deadline_exceeded' });
    expect(provider.calls.length).toBe(0);
    await hub.close();
    checkBooks(books, 1);
  });
});

describe('circuits', () => {
  it('leaves a target alone whose circuit is open', async () => {
    const resting = scriptedProvider({ says: 'no' });
    const { hub } = harness(
      { resting, other: scriptedProvider({ says: 'yes' }) },
      {},
      keepBooks(new Set(['resting/m'])),
    );
    expect((await hub.chat.completions.create(PLAIN)).choices[0]?.message.content).toBe('yes');
    expect(resting.calls.length).toBe(0);
  });

  it('says when to come back when all are left alone', async () => {
    const { hub, books } = harness({ a: scriptedProvider({ says: '' }) }, {}, keepBooks(new Set(['a/m'])));
    const error = await failureOf(hub.chat.completions.create(PLAIN));
    expect(error).toMatchObject({
      code: 'no_target',
      details: { retryAfterMs: 7_000, tried: [{ target: 'a/m', code: 'circuit_open' }] },
    });
    await hub.close();
    checkBooks(books, 1);
  });
});

describe('parts that misbehave', () => {
  it.each([
    [
      'throws',
      () => {
        throw new Error('bad day');
      },
    ],
    ['loses a target', () => []],
    ['returns a stranger', (targets: readonly unknown[]) => targets.map(() => ({ id: 'x' }) as never)],
  ])('goes in the configured order when the balancer %s', async (_what, order) => {
    const { hub } = harness(
      { a: scriptedProvider({ says: 'a' }), b: scriptedProvider({ says: 'b' }) },
      { balancer: { order } },
    );
    expect((await hub.chat.completions.create(PLAIN)).choices[0]?.message.content).toBe('a');
  });

  it('answers without the session tracker when it fails, and whatever the sinks throw', async () => {
    const { hub, books } = harness(
      { a: scriptedProvider({ says: 'a' }) },
      {
        sessionTracker: { open: () => Promise.reject(new Error('down')), active: () => 0 },
        statsSinks: [
          {
            record: () => {
              throw new Error('full');
            },
          },
        ],
      },
    );
    expect((await hub.chat.completions.create(PLAIN)).choices[0]?.message.content).toBe('a');
    await hub.close();
    expect(books.leases).toEqual([1]);
  });

  it('gives the place back when the circuit breaker fails', async () => {
    const books = keepBooks();
    const circuitBreaker = {
      state: books.circuitBreaker.state,
      enter: (): never => {
        throw new Error('broken breaker');
      },
    };
    const { hub } = harness({ a: scriptedProvider({ says: 'a' }) }, { circuitBreaker }, books);
    expect(await failureOf(hub.chat.completions.create(PLAIN))).toMatchObject({ code: 'internal' });
    await hub.close();
    checkBooks(books, 1);
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['a text', 'hello'],
    ['a completion without choices', { id: 'x', object: 'chat.completion' }],
    ['a choice without a message', { ...completionOf('x'), choices: [{ index: 0 }] }],
    [
      'chunks without choices',
      (async function* () {
        yield await Promise.resolve({ id: 'x' });
      })(),
    ],
  ])('asks the next when a provider gives %s', async (_what, given) => {
    for (const request of [PLAIN, STREAM]) {
      const odd: Provider = { kind: 'odd', open: () => Promise.resolve(given as ChatCompletion) };
      const { hub, books } = harness({ odd, sound: scriptedProvider({ says: 'sound' }) });
      const answer = await hub.chat.completions.create(request);
      expect(answerInfo(answer)).toMatchObject({ provider: 'sound' });
      if (answer instanceof ChatStream) await readAll(answer);
      await hub.close();
      expect(books.tickets[0]?.[0]).toMatch(/^fail (malformed_response|empty_stream)$/);
      checkBooks(books, 1);
    }
  });

  it('gives the reservation of a request that came to nothing back', async () => {
    const { hub, books } = harness({ a: scriptedProvider({ throws: 'provider_denied' }) });
    await failureOf(hub.chat.completions.create(PLAIN));
    expect(books.settledWith).toEqual([{ prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 }]);
    expect(books.records[0]).toMatchObject({ usage: undefined, usageProvenance: 'absent' });
  });

  it('counts a provider that throws anything else as unavailable, and shows nothing of it', async () => {
    const { hub } = harness(
      { a: scriptedProvider({ throws: new TypeError('secret inside') }) },
      { routing: { maxAttempts: 1 } },
    );
    const error = await failureOf(hub.chat.completions.create(PLAIN));
    expect(error).toMatchObject({ code: 'provider_unavailable', details: { provider: 'a' } });
    expect(String(error)).not.toContain('secret');
  });
});
