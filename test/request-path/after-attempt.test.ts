import { describe, expect, it } from 'vitest';
import type { AttemptObserver, Balancer, CircuitBreaker, Slot, Ticket } from 'nexusai-hub/ports';
import { chunkOf, scriptedProvider } from 'nexusai-hub/testing';
import { recordingLogger } from '../data/recording-logger.ts';
import { checkBooks, keepBooks } from './books.ts';
import { harness, PLAIN, readAll, STREAM } from './harness.ts';

const AWAY = new Error('away');
const SLOT = 'flow control failed at taking a place back';
const ANSWERS = 'the circuit breaker failed at hearing of the first content of an answer';
const TICKET = 'the circuit breaker failed at hearing of the end of an attempt';
const BALANCER = 'the balancer failed at hearing of an attempt';

/** A rejection that nobody has heard by then would end the process. */
const settled = (): Promise<unknown> => new Promise(setImmediate);

describe.each<[how: string, fails: () => unknown]>([
  ['throw', () => { throw AWAY; }], // prettier-ignore
  ['reject', () => Promise.reject(AWAY)],
])('L2: slots, tickets and observers that %s', (_how, fails) => {
  /** Parts that are asked, and then fail. */
  function failingParts() {
    const { logger, lines } = recordingLogger();
    const asked: string[] = [];
    const failing =
      (name: string) =>
      (...[first]: readonly unknown[]): unknown => {
        asked.push(typeof first === 'string' ? `${name} ${first}` : name);
        return fails();
      };
    const slot: Slot = { release: failing('release') };
    const ticket: Ticket = {
      answers: failing('answers'),
      succeed: failing('succeed'),
      fail: failing('fail'),
      abandon: failing('abandon'),
    };
    const observer: AttemptObserver = { content: failing('content'), over: failing('over') };
    const told = () => lines.map(([level, message, { target, cause }]) => [level, message, target, cause]);
    const error = (message: string, target: string) => ['error', message, target, AWAY];
    const options = {
      logger,
      flowControl: { enter: () => slot },
      circuitBreaker: { state: () => ({ kind: 'closed' }) as const, enter: (): Ticket | undefined => ticket },
      balancer: { order: <T>(targets: T) => targets, begins: () => observer },
    };
    return { asked, told, error, options };
  }

  it('keep no other from being told, and no attempt from its record', async () => {
    const { asked, told, error, options } = failingParts();
    const providers = {
      a: scriptedProvider({ throws: 'provider_unavailable' }),
      b: scriptedProvider({ says: 'Hello' }),
    };
    const { hub, books } = harness(providers, options);
    expect((await hub.chat.completions.create(PLAIN)).choices[0]?.message.content).toBe('Hello');
    await settled();
    expect(asked).toEqual(['release', 'fail', 'over error', 'content', 'release', 'succeed', 'over ok']);
    expect(books.records.map(({ outcome, attempts }) => [outcome, attempts.map((one) => one.outcome)])).toEqual([
      ['ok', ['error', 'ok']],
    ]);
    const expected = [
      ...[SLOT, TICKET, BALANCER].map((message) => error(message, 'a/m')),
      ...[BALANCER, SLOT, TICKET, BALANCER].map((message) => error(message, 'b/m')),
    ];
    expect(told()).toEqual(expected);
    await hub.close();
  });

  it('keep no stream that its caller leaves from its record', async () => {
    const { asked, told, error, options } = failingParts();
    const { hub, books } = harness(
      { a: scriptedProvider({ streams: [{ yields: chunkOf({ content: 'Hello' }) }, { hangs: 'until aborted' }] }) },
      options,
    );
    const leaving = new AbortController();
    const stream = await hub.chat.completions.create(STREAM, { signal: leaving.signal });
    const reading = readAll(stream);
    leaving.abort();
    await reading;
    await settled();
    expect(asked).toEqual(['answers', 'content', 'release', 'abandon', 'over aborted']);
    expect(books.records.map(({ attempts }) => attempts.map(({ outcome }) => outcome))).toEqual([['aborted']]);
    expect(told()).toEqual([ANSWERS, BALANCER, SLOT, TICKET, BALANCER].map((message) => error(message, 'a/m')));
    await hub.close();
  });

  it('keep no request from the next target when a place is given back unused', async () => {
    const { asked, told, error, options } = failingParts();
    const { enter } = options.circuitBreaker;
    const circuitBreaker = {
      ...options.circuitBreaker,
      enter: ({ id }: { readonly id: string }) => (id === 'a/m' ? undefined : enter()),
    };
    const providers = { a: scriptedProvider({ says: 'no' }), b: scriptedProvider({ says: 'Hello' }) };
    const { hub } = harness(providers, { ...options, circuitBreaker });
    expect((await hub.chat.completions.create(PLAIN)).choices[0]?.message.content).toBe('Hello');
    await settled();
    expect(asked).toEqual(['release', 'content', 'release', 'succeed', 'over ok']);
    expect(told()[0]).toEqual(error(SLOT, 'a/m'));
    await hub.close();
  });

  it('end no process when a place comes after its caller has left', async () => {
    const { asked, told, error, options } = failingParts();
    let give: () => void = () => undefined;
    const flowControl = {
      enter: () => new Promise<Slot>((resolve) => (give = () => resolve(options.flowControl.enter()))),
    };
    const { hub } = harness({ a: scriptedProvider({ says: 'Hello' }) }, { ...options, flowControl });
    const leaving = new AbortController();
    const asking = hub.chat.completions.create(PLAIN, { signal: leaving.signal });
    await settled();
    leaving.abort();
    await expect(asking).rejects.toMatchObject({ code: 'cancelled' });
    give();
    await settled();
    expect(asked).toEqual(['release']);
    expect(told()).toEqual([error(SLOT, 'a/m')]);
    await hub.close();
  });

  it('begin without whoever was to hear of the attempt', async () => {
    const { told, error, options } = failingParts();
    const slot: Slot = { release: () => undefined };
    const { hub, books } = harness(
      { a: scriptedProvider({ says: 'Hello' }) },
      {
        logger: options.logger,
        flowControl: { enter: () => slot },
        balancer: { order: (targets) => targets, begins: fails as () => never },
      },
    );
    expect((await hub.chat.completions.create(PLAIN)).choices[0]?.message.content).toBe('Hello');
    await settled();
    expect(books.records).toHaveLength(1);
    expect(told()).toContainEqual(error(BALANCER, 'a/m'));
    await hub.close();
  });
});

it('L2: a balancer that promises an observer hears nothing, and the log says why', async () => {
  const { logger, lines } = recordingLogger();
  const heard: string[] = [];
  const observer: AttemptObserver = { content: () => heard.push('content'), over: () => heard.push('over') };
  const { hub } = harness(
    { a: scriptedProvider({ says: 'Hello' }) },
    { logger, balancer: { order: (targets) => targets, begins: () => Promise.resolve(observer) as never } },
  );
  await hub.chat.completions.create(PLAIN);
  expect(heard).toEqual([]);
  expect(lines).toEqual([
    ['error', BALANCER, { target: 'a/m', cause: expect.objectContaining({ name: 'TypeError' }) as unknown }],
  ]);
  await hub.close();
});

it.each([1, 2, 3, 4])(
  'L2: a circuit breaker that fails at telling of a target (time %i) keeps no place and no ticket',
  async (time) => {
    const books = keepBooks();
    let told = 0;
    const circuitBreaker: CircuitBreaker = {
      ...books.circuitBreaker,
      state() {
        if (++told === time) throw AWAY;
        return { kind: 'closed' };
      },
    };
    const running = new Set<AttemptObserver>();
    const balancer: Balancer = {
      order: (targets) => targets,
      begins() {
        const observer = { content: () => undefined, over: () => void running.delete(observer) };
        running.add(observer);
        return observer;
      },
    };
    const failing = scriptedProvider({ throws: 'provider_unavailable' });
    const options = { circuitBreaker, balancer, routing: { hedge: {} } };
    const { hub, clock } = harness({ failing, b: scriptedProvider({ says: 'Hello' }) }, options, books);
    await hub.chat.completions.create(STREAM, { timeout: 1_000 }).then(readAll, () => undefined);
    await hub.close();
    expect([clock.pending, running.size]).toEqual([0, 0]);
    checkBooks(books, 1);
  },
);
