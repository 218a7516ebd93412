import { isNexusError } from 'nexusai-hub';
import { manualClock } from 'nexusai-hub/testing';
import { expect, it } from 'vitest';
import { heapLimitBytes } from '../../src/defaults/heap-limit.ts';
import type { SheddingLimits } from '../../src/defaults/load-shedder.ts';
import { LoadShedder } from '../../src/defaults/load-shedder.ts';
import type { ProcessLoad } from '../../src/defaults/process-load.ts';
import { processLoad } from '../../src/defaults/process-load.ts';

const LIMITS: SheddingLimits = { maxHeapShare: 0.8, maxInFlight: 100 };
const IDLE: ProcessLoad = {
  heapBytes: 100,
  heapLimitBytes: 1_000,
  rssBytes: 0,
  rssLimitBytes: Infinity,
  loopDelayMs: 0,
};

/** A shedder whose process uses what the test says. */
function shedding(limits: Partial<SheddingLimits> = {}) {
  const clock = manualClock();
  const logged: string[] = [];
  const log = (_facts: object, message: string): void => void logged.push(message);
  const logger = { debug: log, info: log, warn: log, error: log };
  const state = { load: IDLE, looked: 0 };
  const measure = (): ProcessLoad => {
    state.looked++;
    return state.load;
  };
  const shedder = new LoadShedder({ ...LIMITS, ...limits }, measure, clock, logger);
  /** What becomes of a request: taken, or when it is to come back. */
  const ask = (priority = 0, { inFlight = 0, bodyBytes = 0 } = {}): 'taken' | number | undefined => {
    if (shedder.hasRoomForAll(inFlight, bodyBytes)) return 'taken';
    try {
      shedder.check(priority, inFlight, bodyBytes);
      return 'taken';
    } catch (cause) {
      if (!isNexusError(cause) || cause.code !== 'overloaded' || cause.status !== 503) throw cause;
      return cause.details.retryAfterMs;
    }
  };
  return { shedder, clock, logged, state, ask };
}

it.each<[string, Partial<ProcessLoad>, Partial<SheddingLimits>, object]>([
  ['heap', { heapBytes: 800 }, {}, {}],
  ['memory', { rssBytes: 5_000 }, { maxRssBytes: 5_000 }, {}],
  ['memory of the container', { rssBytes: 900, rssLimitBytes: 1_000 }, {}, {}],
  ['late loop', { loopDelayMs: 50 }, { maxLoopDelayMs: 50 }, {}],
  ['crowd', {}, {}, { inFlight: 100 }],
  ['body too large for the heap that is left', {}, {}, { bodyBytes: 350 }],
])('a %s at its limit turns a request away, and one just below does not', (_what, load, limits, request) => {
  const full = shedding(limits);
  full.state.load = { ...IDLE, ...load };
  expect(full.ask(0, request)).toBe(1_000);
  const below = shedding(limits);
  const less = (part: object): object => Object.fromEntries(Object.entries(part).map(([name, of]) => [name, of - 1]));
  below.state.load = { ...IDLE, ...(load.rssLimitBytes ? { ...load, rssBytes: 899 } : less(load)) };
  expect(below.ask(0, less(request))).toBe('taken');
});

it('counts the bodies under way in advance, and gives them back', () => {
  const { shedder, ask } = shedding();
  shedder.addBodies(300);
  expect(ask(0, { bodyBytes: 49 })).toBe('taken');
  expect(ask(0, { bodyBytes: 50 })).toBe(1_000);
  shedder.addBodies(-300);
  expect(ask(0, { bodyBytes: 50 })).toBe('taken');
});

it('turns the low away sooner and the high later', () => {
  const { ask } = shedding();
  expect([-5, 0, 5].map((priority) => ask(priority, { inFlight: 89 }))).toEqual(['taken', 'taken', 'taken']);
  expect([-5, 0, 5].map((priority) => ask(priority, { inFlight: 90 }))).toEqual([1_000, 'taken', 'taken']);
  expect([-5, 0, 5].map((priority) => ask(priority, { inFlight: 100 }))).toEqual([1_000, 1_000, 'taken']);
  expect([-5, 0, 5].map((priority) => ask(priority, { inFlight: 110 }))).toEqual([1_000, 1_000, 1_000]);
});

it('looks at most ten times a second, without a timer, and recovers by itself', async () => {
  const { ask, clock, state, shedder, logged } = shedding();
  state.load = { ...IDLE, heapBytes: 900 };
  for (let request = 0; request < 1_000; request++) expect(ask()).toBe(1_000);
  expect([state.looked, clock.pending, shedder.shed]).toEqual([1, 0, 1_000]);
  state.load = IDLE;
  await clock.advance(99);
  expect(ask()).toBe(1_000);
  await clock.advance(1);
  expect(ask()).toBe('taken');
  expect(state.looked).toBe(2);
  expect(logged).toEqual([expect.stringContaining('turns requests away'), expect.stringContaining('has room again')]);
});

it('names a longer wait the longer it lasts, up to ten seconds, and begins anew after it', async () => {
  const { ask, clock, state } = shedding();
  state.load = { ...IDLE, heapBytes: 900 };
  const waits: unknown[] = [];
  for (const ms of [0, 500, 2_500, 60_000]) {
    await clock.advance(ms);
    waits.push(ask());
  }
  expect(waits).toEqual([1_000, 1_000, 3_000, 10_000]);
  state.load = IDLE;
  await clock.advance(100);
  expect(ask()).toBe('taken');
  state.load = { ...IDLE, heapBytes: 900 };
  await clock.advance(100);
  expect(ask()).toBe(1_000);
});

const MB = 1024 * 1024;
it.each([
  ['nothing was told', '', Infinity, 288],
  ['a flag', '--no-warnings --max-old-space-size=96', Infinity, 96],
  ['the flag in its other spelling', '--max_old_space_size=96', Infinity, 96],
  ['the last flag counts', '--max-old-space-size=200 --max-old-space-size=96', Infinity, 96],
  ['0 tells nothing', '--max-old-space-size=0', Infinity, 288],
  ['a worker', '', 64, 64],
  ['a worker, and a flag for less', '--max-old-space-size=96', 4096, 96],
  ['more than there is', '--max-old-space-size=4096', Infinity, 288],
])('the heap takes no more than its old generation: %s', (_what, flags, ofWorkerMb, wantedMb) => {
  expect(heapLimitBytes(288 * MB, flags, ofWorkerMb)).toBe(wantedMb * MB);
});

it('measures the process it runs in', () => {
  const first = processLoad(manualClock())();
  expect(first.heapBytes).toBeGreaterThan(1_000_000);
  expect(first.heapLimitBytes).toBeGreaterThan(first.heapBytes);
  expect(first.rssBytes).toBeGreaterThan(first.heapBytes);
  expect(first.loopDelayMs).toBe(0);
});

it('finds how late the loop was, and forgets it after a second', async () => {
  let now = 0;
  const measure = processLoad({ ...manualClock(), elapsed: () => now });
  measure();
  now = 120;
  await new Promise(setImmediate);
  expect(measure().loopDelayMs).toBe(120);
  now = 1_121;
  expect(measure().loopDelayMs).toBe(0);
});
