import { describe, expect, it } from 'vitest';
import { NexusError } from 'nexusai-hub';
import type { NexusHubOptions } from 'nexusai-hub';
import type { CircuitBreaker, CircuitState, FlowControl, Target } from 'nexusai-hub/ports';
import { chunkOf, manualClock, scriptedProvider } from 'nexusai-hub/testing';
import type { Script } from 'nexusai-hub/testing';
import { OPTIONS, processWith } from '../defaults/circuit-set-up.ts';
import { checkBooks, keepBooks } from './books.ts';
import type { Harness } from './harness.ts';
import { failureOf, harness, PLAIN, STREAM } from './harness.ts';

const says = (text: string): ReturnType<typeof scriptedProvider> => scriptedProvider({ says: text });

describe('B3: when the circuit of every target is open', () => {
  /** Circuits that are open for a while: `a` for 3 s, `b` for 2 s. */
  function allOpen(circuit: NonNullable<NexusHubOptions['circuit']>, why: 'failures' | 'forced' = 'failures'): Harness {
    const books = keepBooks();
    const [a, b] = [says('a'), says('b')];
    const closesAtMs: Record<string, number> = { 'a/m': 3_000, 'b/m': 2_000 };
    const state = ({ id }: Target): CircuitState => {
      const leftMs = (closesAtMs[id] ?? 0) - at.clock.elapsed();
      return leftMs <= 0 ? { kind: 'closed' } : { kind: 'open', retryAtMs: at.clock.now() + leftMs, why };
    };
    const circuitBreaker: CircuitBreaker = {
      state,
      enter: (target, insist) => {
        const isShut = state(target).kind === 'open' && (insist !== true || why === 'forced');
        return isShut ? undefined : books.circuitBreaker.enter(target);
      },
    };
    const at = harness({ a, b }, { circuitBreaker, circuit }, books);
    return at;
  }

  it('fail_fast: it is refused at once, with the time to come back', async () => {
    const { hub, books } = allOpen({});
    expect(await failureOf(hub.chat.completions.create(PLAIN))).toMatchObject({
      code: 'no_target',
      details: { retryAfterMs: 2_000, tried: [{ code: 'circuit_open' }, { code: 'circuit_open' }] },
    });
    checkBooks(books, 1);
  });

  it('wait: it waits for the first to come back', async () => {
    const { hub, clock, books } = allOpen({ whenAllOpen: 'wait' });
    const answer = hub.chat.completions.create(PLAIN);
    await clock.advance(1_999);
    expect(books.tickets).toEqual([]);
    await clock.advance(1);
    expect((await answer).choices[0]?.message.content).toBe('b');
  });

  it('wait: but not longer than it was told', async () => {
    const { hub } = allOpen({ whenAllOpen: 'wait', maxWaitMs: 1_999 });
    expect(await failureOf(hub.chat.completions.create(PLAIN))).toMatchObject({ code: 'no_target' });
  });

  it.each(['wait', 'fail_fast'] as const)('%s: a probe that is under way is looked at now and then', async (how) => {
    let looks = 0;
    const circuitBreaker: CircuitBreaker = {
      state: () => ({ kind: 'half-open' }),
      enter: () => {
        looks++;
        return undefined;
      },
    };
    const { hub, clock } = harness({ a: says('a') }, { circuitBreaker, circuit: { whenAllOpen: how } });
    const failing = failureOf(hub.chat.completions.create(PLAIN));
    await clock.advance(5_000);
    expect(await failing).toMatchObject({ code: 'no_target', details: { retryAfterMs: 100 } });
    expect(looks).toBe(how === 'wait' ? 51 : 1);
  });

  it('least_bad: the one closest to coming back is asked, once', async () => {
    const { hub, books } = allOpen({ whenAllOpen: 'least_bad' });
    expect((await hub.chat.completions.create(PLAIN)).choices[0]?.message.content).toBe('b');
    await hub.close();
    expect(books.records[0]?.attempts).toHaveLength(1);
  });

  it.each(['wait', 'least_bad'] as const)('%s: never one that somebody holds open', async (whenAllOpen) => {
    const { hub } = allOpen({ whenAllOpen }, 'forced');
    expect(await failureOf(hub.chat.completions.create(PLAIN))).toMatchObject({ code: 'no_target' });
  });
});

it('a target that is back serves others while its probe streams on', async () => {
  const clock = manualClock();
  const down: Script = { throws: 'provider_unavailable' };
  const long: Script = { streams: [{ yields: chunkOf({ content: 'Well' }) }, { hangs: 'until aborted' }] };
  const a = scriptedProvider([down, down, down, long, { says: 'a' }]);
  const { circuit } = processWith(clock);
  const { hub } = harness({ a, b: says('b') }, { clock, circuitBreaker: circuit });
  const ask = async (): Promise<unknown> => (await hub.chat.completions.create(PLAIN)).choices[0]?.message.content;
  for (let time = 0; time < 4; time++) expect(await ask()).toBe('b');
  await clock.advance(OPTIONS.retryAfterMs);
  const leaving = new AbortController();
  await hub.chat.completions.create(STREAM, { signal: leaving.signal });
  expect(await ask()).toBe('a');
  leaving.abort();
  await hub.close();
  expect(a.calls).toHaveLength(5);
});

describe('targets without a place to give', () => {
  /** Who gives a place at once; the others give one when they are waited for. */
  function flowOf(free: readonly string[], waits: [string, number][]): FlowControl {
    return {
      enter({ providerId }, { maxWaitMs }) {
        waits.push([providerId, maxWaitMs]);
        if (free.includes(providerId) || maxWaitMs > 0) return { release: () => undefined };
        throw new NexusError('overloaded', 'No place.', { retryAfterMs: 1 });
      },
    };
  }

  it('are passed over while another has one', async () => {
    const waits: [string, number][] = [];
    const { hub } = harness({ a: says('a'), b: says('b') }, { flowControl: flowOf(['b'], waits) });
    expect((await hub.chat.completions.create(PLAIN)).choices[0]?.message.content).toBe('b');
    expect(waits).toEqual([
      ['a', 0],
      ['b', 0],
    ]);
  });

  it('are waited for when nobody has', async () => {
    const waits: [string, number][] = [];
    const { hub } = harness({ a: says('a'), b: says('b') }, { flowControl: flowOf([], waits) });
    expect((await hub.chat.completions.create(PLAIN)).choices[0]?.message.content).toBe('a');
    expect(waits).toEqual([
      ['a', 0],
      ['b', 0],
      ['a', 60_000],
    ]);
  });

  it('a lone one is waited for at once', async () => {
    const waits: [string, number][] = [];
    const { hub } = harness({ a: says('a') }, { flowControl: flowOf([], waits) });
    expect((await hub.chat.completions.create(PLAIN)).choices[0]?.message.content).toBe('a');
    expect(waits).toEqual([['a', 60_000]]);
  });
});
