import { describe, expect, it } from 'vitest';
import { answerInfo, NexusError } from 'nexusai-hub';
import type { NexusHubOptions, Providers } from 'nexusai-hub';
import type { CircuitBreaker, CircuitState, FlowControl, Slot, Waiting } from 'nexusai-hub/ports';
import { manualClock, scriptedProvider } from 'nexusai-hub/testing';
import type { Script } from 'nexusai-hub/testing';
import type { PlaceBounds } from '../../src/defaults/flow-control.ts';
import { queueFlowControl } from '../../src/defaults/flow-control.ts';
import { checkBooks, keepBooks } from './books.ts';
import type { Harness } from './harness.ts';
import { failureOf, harness, PLAIN } from './harness.ts';

const HANGS: Script = { first: [{ hangs: 'until aborted' }], then: { says: '' } };
const after = (ms: number, says: string): Script => ({ first: [{ waitsMs: ms }], then: { says } });

/** Keeps the books of the places a queue gives. */
function booked(flow: FlowControl, slots: number[]): FlowControl {
  const bookedSlot = (slot: Slot): Slot => {
    const place = slots.push(0) - 1;
    return {
      release() {
        slots[place] = (slots[place] ?? 0) + 1;
        slot.release();
      },
    };
  };
  return {
    enter(target, waiting) {
      const slot = flow.enter(target, waiting);
      return slot instanceof Promise ? slot.then(bookedSlot) : bookedSlot(slot);
    },
  };
}

/** A hub whose providers have one place each, unless `bounds` say otherwise. */
function narrow(
  providers: Providers,
  options: Partial<NexusHubOptions> = {},
  bounds: Readonly<Record<string, Partial<PlaceBounds>>> = {},
): Harness {
  const clock = manualClock();
  const books = keepBooks();
  const boundsOf = (id: string): PlaceBounds => ({ maxConcurrency: 1, maxQueue: 10, maxWaitMs: 10_000, ...bounds[id] });
  const flowControl = booked(queueFlowControl(boundsOf, clock), books.slots);
  return { ...harness(providers, { clock, flowControl, ...options }, books), clock };
}

/** Requests that run until the hub lets them go. */
async function holding({ hub, clock }: Harness, count: number): Promise<() => Promise<unknown>> {
  const leaving = new AbortController();
  const held = Array.from({ length: count }, () =>
    failureOf(hub.chat.completions.create(PLAIN, { signal: leaving.signal })),
  );
  await clock.advance(1);
  return () => {
    leaving.abort();
    return Promise.all(held);
  };
}

describe('when all targets are full', () => {
  it('the first place that comes is taken, wherever that is', async () => {
    const [a, b] = [scriptedProvider(HANGS), scriptedProvider([after(100, 'b'), after(0, 'b again')])];
    const { hub, clock, books } = narrow({ a, b });
    const leaving = new AbortController();
    const held = failureOf(hub.chat.completions.create(PLAIN, { signal: leaving.signal }));
    const running = hub.chat.completions.create(PLAIN);
    await clock.advance(1);
    const waiting = hub.chat.completions.create(PLAIN);
    await clock.advance(100);
    expect(answerInfo(await waiting)).toMatchObject({ provider: 'b', attempts: 1 });
    await running;

    // It left the other queue: the place there is free for whoever comes.
    leaving.abort();
    await held;
    const next = failureOf(hub.chat.completions.create(PLAIN, { timeout: 10 }));
    await clock.advance(10);
    await next;
    expect(a.calls).toHaveLength(2);
    expect(clock.pending).toBe(0);
    await hub.close();
    checkBooks(books, 4);
  });

  it('places that come together are not lost: one is taken, the other goes to the next', async () => {
    const [a, b] = [
      scriptedProvider([after(100, 'a'), after(50, 'a')]),
      scriptedProvider([after(100, 'b'), after(50, 'b')]),
    ];
    const { hub, clock, books } = narrow({ a, b });
    const asked = Array.from({ length: 4 }, () => hub.chat.completions.create(PLAIN));
    await clock.advance(150);
    const answers = await Promise.all(asked);
    expect(answers.map((answer) => answerInfo(answer)?.provider)).toEqual(['a', 'b', 'a', 'b']);
    expect(clock.pending).toBe(0);
    await hub.close();
    checkBooks(books, 4);
  });

  it('a queue that is full is not joined, and the others are', async () => {
    const [a, b] = [scriptedProvider(HANGS), scriptedProvider([after(100, 'b'), after(0, 'b again')])];
    const at = narrow({ a, b }, {}, { a: { maxQueue: 0 } });
    const letGo = await holding(at, 1);
    const running = at.hub.chat.completions.create(PLAIN);
    await at.clock.advance(1);
    const waiting = at.hub.chat.completions.create(PLAIN);
    await at.clock.advance(100);
    expect(answerInfo(await waiting)).toMatchObject({ provider: 'b' });
    await running;
    await letGo();
    await at.hub.close();
  });

  it('who is in several queues counts in each, and hears what each of them says', async () => {
    const [a, b] = [scriptedProvider(HANGS), scriptedProvider(HANGS)];
    const routing = { backoffMs: 0, retries: { share: 0, perSecond: 0 } };
    const at = narrow({ a, b }, { routing }, { a: { maxQueue: 1 }, b: { maxQueue: 1 } });
    const letGo = await holding(at, 2);
    const tried = [{ target: 'a/m' }, { target: 'b/m' }];
    const waiting = failureOf(at.hub.chat.completions.create(PLAIN));
    await at.clock.advance(1);
    expect(await failureOf(at.hub.chat.completions.create(PLAIN))).toMatchObject({
      code: 'overloaded',
      details: { tried },
    });
    await at.clock.advance(10_000);
    expect(await waiting).toMatchObject({ code: 'overloaded', details: { tried } });
    await letGo();
    await at.hub.close();
  });

  it('a target that is left alone when its place comes does not end the wait for the others', async () => {
    const [a, b] = [scriptedProvider(after(100, 'a')), scriptedProvider(after(200, 'b'))];
    const books = keepBooks();
    const states = new Map<string, CircuitState>();
    const circuitBreaker: CircuitBreaker = {
      state: ({ id }) => states.get(id) ?? { kind: 'closed' },
      enter: (target, insist) => (states.has(target.id) ? undefined : books.circuitBreaker.enter(target, insist)),
    };
    const { hub, clock } = narrow({ a, b }, { circuitBreaker });
    const running = [hub.chat.completions.create(PLAIN), hub.chat.completions.create(PLAIN)];
    await clock.advance(1);
    const waiting = hub.chat.completions.create(PLAIN);
    await clock.advance(1);
    states.set('a/m', { kind: 'open', retryAtMs: Infinity, why: 'failures' });
    await clock.advance(400);
    expect(answerInfo(await waiting)).toMatchObject({ provider: 'b', attempts: 1 });
    await Promise.all(running);
    await hub.close();
  });

  it('those that gave no place are waited for again when the one that did fails', async () => {
    const a = scriptedProvider([after(300, 'a'), after(0, 'a again')]);
    const b = scriptedProvider([after(100, 'b'), { throws: 'provider_unavailable' }]);
    const { hub, clock } = narrow({ a, b });
    const running = [hub.chat.completions.create(PLAIN), hub.chat.completions.create(PLAIN)];
    await clock.advance(1);
    const waiting = hub.chat.completions.create(PLAIN);
    await clock.advance(300);
    expect(answerInfo(await waiting)).toMatchObject({ provider: 'a', attempts: 2 });
    await Promise.all(running);
    await hub.close();
  });

  it('a target whose circuit has opened since it was full is left alone, and not waited for', async () => {
    const books = keepBooks();
    const states = new Map<string, CircuitState>();
    const circuitBreaker: CircuitBreaker = {
      ...books.circuitBreaker,
      state: ({ id }) => states.get(id) ?? { kind: 'closed' },
    };
    const failing: Script = { first: [{ waitsMs: 100 }], then: { throws: 'provider_denied' } };
    const at = narrow({ a: scriptedProvider(HANGS), b: scriptedProvider(failing) }, { circuitBreaker });
    const letGo = await holding(at, 1);
    const waiting = failureOf(at.hub.chat.completions.create(PLAIN));
    await at.clock.advance(50);
    states.set('a/m', { kind: 'open', retryAtMs: Infinity, why: 'failures' });
    await at.clock.advance(50);
    expect(await waiting).toMatchObject({
      code: 'no_target',
      details: {
        tried: [
          { target: 'b/m', code: 'provider_denied' },
          { target: 'a/m', code: 'circuit_open' },
        ],
      },
    });
    await letGo();
    expect(at.clock.pending).toBe(0);
    await at.hub.close();
  });

  it('higher priorities go first in every queue', async () => {
    const [a, b] = [scriptedProvider(HANGS), scriptedProvider(after(100, 'b'))];
    const at = narrow({ a, b });
    const letGo = await holding(at, 1);
    const running = at.hub.chat.completions.create(PLAIN);
    await at.clock.advance(1);
    const ended: string[] = [];
    const low = at.hub.chat.completions.create(PLAIN, { priority: 0 }).then(() => ended.push('low'));
    const high = at.hub.chat.completions.create(PLAIN, { priority: 5 }).then(() => ended.push('high'));
    await at.clock.advance(300);
    await Promise.all([running, low, high]);
    expect(ended).toEqual(['high', 'low']);
    await letGo();
    await at.hub.close();
  });

  it.each(['leaves', 'has no more time'])('a caller who %s is in no queue any more', async (how) => {
    const [a, b] = [scriptedProvider(HANGS), scriptedProvider(HANGS)];
    const at = narrow({ a, b });
    const letGo = await holding(at, 2);
    const leaving = new AbortController();
    const call = how === 'leaves' ? { signal: leaving.signal } : { timeout: 50 };
    const waiting = failureOf(at.hub.chat.completions.create(PLAIN, call));
    await at.clock.advance(50);
    leaving.abort();
    expect(await waiting).toMatchObject({ code: how === 'leaves' ? 'cancelled' : 'deadline_exceeded' });
    await letGo();
    expect([a.calls.length, b.calls.length, at.clock.pending]).toEqual([1, 1, 0]);
    await at.hub.close();
    checkBooks(at.books, 3);
  });

  it('the deadline bounds the wait', async () => {
    const at = narrow({ a: scriptedProvider(HANGS), b: scriptedProvider(HANGS) }, { routing: { deadlineMs: 500 } });
    const letGo = await holding(at, 2);
    const waiting = failureOf(at.hub.chat.completions.create(PLAIN));
    await at.clock.advance(500);
    expect(await waiting).toMatchObject({ code: 'overloaded' });
    await letGo();
    await at.hub.close();
  });

  it('a flow control that is deaf to the signal gets its place back', async () => {
    const books = keepBooks();
    const late: (() => void)[] = [];
    const flowControl: FlowControl = {
      enter(target, waiting: Waiting) {
        if (waiting.maxWaitMs === 0) throw new NexusError('overloaded', 'It is full.');
        return new Promise((resolve) =>
          late.push(() => {
            resolve(books.flowControl.enter(target, waiting));
          }),
        );
      },
    };
    const { hub, clock } = harness(
      { a: scriptedProvider({ says: 'a' }), b: scriptedProvider({ says: 'b' }) },
      { flowControl },
      books,
    );
    const waiting = hub.chat.completions.create(PLAIN);
    await clock.advance(1);
    expect(late).toHaveLength(2);
    late[1]?.();
    expect(answerInfo(await waiting)).toMatchObject({ provider: 'b' });
    late[0]?.();
    await hub.close();
    checkBooks(books, 1);
    expect(books.slots).toEqual([1, 1]);
  });

  it('keys of one provider share its queue: nobody waits there twice at a time', async () => {
    const waits: string[] = [];
    const refusals: (() => void)[] = [];
    const flowControl: FlowControl = {
      enter({ id }, { maxWaitMs }) {
        const full = new NexusError('overloaded', 'It is full.');
        if (maxWaitMs === 0) throw full;
        waits.push(id);
        return new Promise((_resolve, reject) => {
          refusals.push(() => {
            reject(full);
          });
        });
      },
    };
    const provider = { ...scriptedProvider({ says: 'a' }), keys: ['one', 'two'] };
    const other = scriptedProvider({ says: 'b' });
    const { hub, clock } = harness(
      { a: provider, b: other },
      { flowControl, routing: { retries: { share: 0, perSecond: 0 } } },
    );
    const waiting = failureOf(hub.chat.completions.create(PLAIN));
    await clock.advance(1);
    expect(waits).toEqual(['a#one/m', 'b/m']);
    for (const refuse of refusals) refuse();
    await clock.advance(1);
    expect(waits).toEqual(['a#one/m', 'b/m', 'a#two/m']);
    refusals.at(-1)?.();
    expect(await waiting).toMatchObject({ code: 'overloaded' });
    await hub.close();
  });
});
