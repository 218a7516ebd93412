import { describe, expect, it } from 'vitest';
import { memoryStore } from 'nexusai-hub';
import type { Store } from 'nexusai-hub/ports';
import { manualClock } from 'nexusai-hub/testing';
import { A, B, BAD_KEY, errorOf, type Process, processWith, targetOf } from './circuit-set-up.ts';

/** Processes over one store, on one time. */
function processes(count: number, spoil: (store: Store) => Store = (store) => store): Process[] {
  const clock = manualClock();
  const store = spoil(memoryStore(clock));
  return Array.from({ length: count }, () => processWith(clock, store));
}

const CLOSED = { kind: 'closed' };

describe('B2: over a restart', () => {
  it('an open circuit is open until the same absolute time, however often processes come and go', async () => {
    const clock = manualClock();
    const store = memoryStore(clock);
    const first = processWith(clock, store);
    await first.fail(3);
    const state = first.circuit.state(A);
    expect(state).toEqual({ kind: 'open', retryAtMs: clock.now() + 5_000, why: 'failures' });
    await first.circuit.close?.();
    for (let restart = 0; restart < 4; restart++) {
      await clock.advance(1_000);
      const next = processWith(clock, store);
      await clock.advance(0);
      expect(next.circuit.state(A)).toEqual(state);
      await next.circuit.close?.();
    }
    const last = processWith(clock, store);
    await clock.advance(1_000);
    expect(last.circuit.state(A)).toEqual({ kind: 'half-open' });
    expect(await last.fail(10)).toBe(1);
  });

  it('a refused key, a told time and a hold are known again', async () => {
    const clock = manualClock();
    const store = memoryStore(clock);
    const first = processWith(clock, store);
    await first.fail(1, BAD_KEY, targetOf('a', 'x'));
    await first.fail(1, errorOf('provider_rate_limited', { retryAfterMs: 90_000 }), targetOf('a', 'y'));
    await first.succeed(1, targetOf('c', 'z'));
    first.circuit.hold?.('p/c', 'open');
    await first.circuit.close?.();

    const { circuit } = processWith(clock, store);
    await clock.advance(0);
    expect(circuit.state(targetOf('b', 'x'))).toMatchObject({ kind: 'open', why: 'key' });
    expect(circuit.state(targetOf('a', 'y'))).toMatchObject({ why: 'told', retryAtMs: clock.now() + 90_000 });
    expect(circuit.enter(targetOf('c', 'y'), true)).toBeUndefined();
    expect(circuit.list?.().map(({ id }) => id)).toEqual(expect.arrayContaining(['p#x', 'p#y/a', 'p/c']));
    expect(circuit.hold?.('p/c', 'auto')).toBe(true);
    await circuit.close?.();

    const third = processWith(clock, store);
    await clock.advance(0);
    expect(third.circuit.state(targetOf('c', 'z'))).toEqual(CLOSED);
  });

  it('what happened long ago is forgotten', async () => {
    const clock = manualClock();
    const store = memoryStore(clock);
    await processWith(clock, store).fail(3);
    await clock.advance(2 * 3_600_000);
    const { circuit } = processWith(clock, store);
    await clock.advance(0);
    expect(circuit.state(A)).toEqual(CLOSED);
  });
});

describe('B2: between processes', () => {
  it('one opens, all leave the target alone within a second; one probe succeeds, all come back', async () => {
    const [one, two] = processes(2) as [Process, Process];
    await two.succeed(1);
    await one.clock.advance(1_000);
    await one.fail(3);
    const state = one.circuit.state(A);
    expect(two.circuit.state(A)).toEqual(CLOSED);
    await one.clock.advance(1_000);
    two.circuit.state(A);
    await one.clock.advance(0);
    expect(two.circuit.state(A)).toEqual(state);

    await one.clock.advance(4_000);
    await one.succeed(1);
    two.circuit.state(A);
    await one.clock.advance(1_000);
    two.circuit.state(A);
    await one.clock.advance(0);
    expect(two.circuit.state(A)).toEqual(CLOSED);
  });

  it('the later time to ask again wins', async () => {
    const [one, two] = processes(2) as [Process, Process];
    await one.fail(3);
    await one.clock.advance(500);
    await two.fail(3);
    const later = { kind: 'open', retryAtMs: one.clock.now() + 5_000, why: 'failures' };
    await one.clock.advance(1_000);
    for (const { circuit } of [one, two]) circuit.state(A);
    await one.clock.advance(0);
    for (const { circuit } of [one, two]) expect(circuit.state(A)).toEqual(later);
  });

  /** A process that reads this as the last word on model a. */
  async function reading(record: object, before: (one: Process) => Promise<unknown>): Promise<Process> {
    const clock = manualClock();
    const store = memoryStore(clock);
    const one = processWith(clock, store);
    await before(one);
    await store.set('circuits', 'p/a', JSON.stringify({ why: 'failures', retryAtMs: 0, toldUntilMs: 0, ...record }));
    await clock.advance(1_000);
    one.circuit.state(A);
    await clock.advance(0);
    return one;
  }

  it('an old recovery does not close what opened after it', async () => {
    const start = manualClock().now();
    const { circuit } = await reading({ atMs: start + 900, movedAtMs: start + 100 }, async (one) => {
      await one.clock.advance(200);
      await one.fail(3);
    });
    expect(circuit.state(A).kind).toBe('open');
  });

  it('what was written before a hold is out of date after it', async () => {
    const start = manualClock().now();
    const record = { atMs: start, movedAtMs: start, toldUntilMs: start + 90_000, retryAtMs: start + 90_000 };
    const { circuit } = await reading(record, async (one) => {
      await one.succeed(1);
      await one.clock.advance(1);
      one.circuit.hold?.('p/a', 'auto');
      await one.clock.advance(0);
    });
    expect(circuit.state(A)).toEqual(CLOSED);
  });

  it('a hold wins over all, and freeing makes the circuit new everywhere', async () => {
    const [one, two] = processes(2) as [Process, Process];
    for (const each of [one, two]) await each.fail(3);
    await one.fail(1, errorOf('provider_rate_limited', { retryAfterMs: 900_000 }), B);
    await one.clock.advance(1_000);
    two.circuit.state(A);
    await one.clock.advance(0);
    expect(two.circuit.state(B)).toMatchObject({ kind: 'open', why: 'told' });
    one.circuit.hold?.('p/a', 'closed');
    one.circuit.hold?.('p/b', 'auto');
    two.circuit.state(A);
    await one.clock.advance(1_000);
    two.circuit.state(A);
    await one.clock.advance(0);
    expect(two.circuit.state(A)).toEqual(CLOSED);
    expect(two.circuit.state(B)).toEqual(CLOSED);
    expect(await two.fail(10)).toBe(10);
  });

  it('each lets one probe in at most', async () => {
    const four = processes(4);
    for (const each of four) await each.fail(3);
    await four[0]?.clock.advance(5_000);
    let probes = 0;
    for (const each of four) probes += await each.fail(10);
    expect(probes).toBeLessThanOrEqual(4);
  });
});

describe('the store', () => {
  it('is read at most once a second, and only when somebody asks', async () => {
    let reads = 0;
    const [one] = processes(1, (store) => ({ ...store, list: (folder) => (reads++, store.list(folder)) })) as [Process];
    expect(reads).toBe(2);
    await one.clock.advance(10_000);
    expect(reads).toBe(2);
    for (let time = 0; time < 100; time++) {
      one.circuit.state(A);
      one.circuit.enter(A)?.succeed();
      await one.clock.advance(20);
    }
    expect(reads).toBe(6);
    expect(one.clock.pending).toBe(0);
  });

  it('may be gone: circuits go on, what was not written is written when it is back, and the log tells each once', async () => {
    let isGone = true;
    const gone = <T>(work: () => Promise<T>): Promise<T> => (isGone ? Promise.reject(new Error('gone')) : work());
    const [one, two] = processes(2, (store) => ({
      ...store,
      list: (folder) => gone(() => store.list(folder)),
      set: (...entry) => gone(() => store.set(...entry)),
    })) as [Process, Process];
    await one.fail(3);
    for (let second = 0; second < 2; second++) {
      expect(one.circuit.state(A).kind).toBe('open');
      await one.clock.advance(1_000);
    }
    const ofStore = () => one.log.filter((line) => line.includes('the store of circuits'));
    expect(ofStore()).toEqual(['warn: the store of circuits does not answer; circuits are not shared until it does']);
    isGone = false;
    for (let second = 0; second < 2; second++) {
      for (const { circuit } of [one, two]) circuit.state(A);
      await one.clock.advance(1_000);
    }
    expect(one.circuit.state(A).kind).toBe('open');
    expect(two.circuit.state(A)).toEqual(one.circuit.state(A));
    expect(ofStore().slice(1)).toEqual(['info: the store of circuits is back']);
  });

  it('M4: may be gone for long: what waits to be written is bounded, and what somebody held is not forgotten', async () => {
    let isGone = true;
    const written: string[] = [];
    const [one] = processes(1, (store) => ({
      ...store,
      set: async (folder, name) => {
        if (isGone) throw new Error('gone');
        written.push(`${folder} ${name}`);
      },
    })) as [Process];
    const told = errorOf('provider_rate_limited', { retryAfterMs: 60_000 });
    await one.fail(1, told, A);
    expect(one.circuit.hold?.('p/a', 'open')).toBe(true);
    for (let model = 0; model < 2_500; model++) one.circuit.enter(targetOf(`model-${String(model)}`))?.fail(told);
    await one.clock.advance(1_000);
    isGone = false;
    await one.circuit.close?.();
    expect(written).toHaveLength(2_000);
    expect(written).toContain('circuit-holds p/a');
    expect(written.at(-1)).toBe('circuits p/model-2499');
  });

  it('may hang: nobody waits for it', async () => {
    const never = new Promise<never>(() => undefined);
    let reads = 0;
    const [one] = processes(1, (store) => ({ ...store, list: () => (reads++, never), set: () => never })) as [Process];
    await one.clock.advance(5_000);
    expect(await one.fail(10)).toBe(3);
    expect(reads).toBe(2);
    expect(one.circuit.state(A).kind).toBe('open');
    expect(one.circuit.hold?.('p/a', 'closed')).toBe(true);
  });

  it('may hold what is no record: it is passed over', async () => {
    const clock = manualClock();
    const store = memoryStore(clock);
    const good = {
      atMs: clock.now(),
      movedAtMs: clock.now(),
      retryAtMs: clock.now() + 4_000,
      why: 'key',
      toldUntilMs: 0,
    };
    const wrong = [
      '',
      'null',
      '[]',
      '{}',
      JSON.stringify({ ...good, retryAtMs: '9' }),
      JSON.stringify({ ...good, why: 'x' }),
    ];
    for (const [place, text] of wrong.entries()) await store.set('circuits', `p/${String(place)}`, text);
    await store.set('circuit-holds', 'p/0', '{"how":"ajar","atMs":1}');
    await store.set('circuits', 'p/a', JSON.stringify(good));
    const { circuit, log } = processWith(clock, store);
    await clock.advance(0);
    for (const place of wrong.keys()) expect(circuit.state(targetOf(String(place)))).toEqual(CLOSED);
    expect(circuit.state(A)).toMatchObject({ kind: 'open', why: 'key' });
    expect(log).toEqual([]);
  });

  it('has few writes: of changes that come faster than it takes them only the last is written', async () => {
    const values: string[] = [];
    const [one] = processes(1, (store) => ({
      ...store,
      set: async (folder, name, value, ttlMs) => {
        values.push(value);
        await new Promise((resolve) => setImmediate(resolve));
        return store.set(folder, name, value, ttlMs);
      },
    })) as [Process];
    await one.succeed(1);
    for (let time = 0; time < 100; time++) one.circuit.hold?.('p/a', time % 2 === 0 ? 'open' : 'closed');
    await one.circuit.close?.();
    expect(values.length).toBeLessThanOrEqual(4);
    expect(values.filter((value) => value.includes('"how"')).at(-1)).toContain('closed');
  });

  it('M1: is told nothing while all is well', async () => {
    let writes = 0;
    const [one] = processes(1, (store) => ({ ...store, set: () => (writes++, Promise.resolve()) })) as [Process];
    await one.succeed(1_000);
    await one.clock.advance(10_000);
    await one.fail(2);
    expect(writes).toBe(0);
    await one.fail(1);
    expect(writes).toBe(1);
  });
});
