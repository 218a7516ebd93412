import { setTimeout as sleep } from 'node:timers/promises';

import { fastest } from 'nexusai-hub';

import { cutAfter, failing, html, PIECES, silent, slow } from './behaviours.ts';
import type { LoadOrder } from './load.ts';
import { fewBegin, noticed, refusalsWithRetryAfter, type Rule, withinBudget, withinHedges } from './rules.ts';
import type { Extras, Stage } from './stage.ts';

/** One way to fail, and what has to hold all the same. */
export interface Scenario {
  /** What happens, in a line. */
  readonly what: string;
  /** Options of the hub beside those of every run. */
  readonly hub?: Extras;
  readonly load?: Partial<Pick<LoadOrder, 'wholeEvery' | 'leavesEvery' | 'leavesAfterMs'>>;
  /** Lets it happen. Begins with the load; resolves when nothing more is to come, or `signal` says it is over. */
  readonly happens?: (actors: Stage['actors'], forMs: number, signal: AbortSignal) => unknown;
  /** Failures in a row after which only probes may go to the failing provider. */
  readonly threshold?: number;
  /** Answers may break off after their first content: the provider died in the middle of them. */
  readonly mayBreak?: boolean;
  /** Nobody can answer. */
  readonly isOutage?: boolean;
  /** What has to hold besides. */
  readonly rules?: readonly Rule[];
}

/** The default of `circuit.failures`. */
const FAILURES = 5;
/** What takes a refused key or a limit out at once. */
const ONE_IS_ENOUGH = 1;
const SLOW_MS = 1_000;
const UP_AND_DOWN_MS = 400;
const RETRIES = { share: 0.2, perSecond: 2 };
const HEDGE = { share: 0.05, minMs: 50 };

/** What can be run, in the order of the table. */
export const SCENARIOS = {
  healthy: { what: 'nothing fails' },
  dead: {
    what: 'one refuses connections from the start',
    threshold: FAILURES,
    happens: ([one]) => one.goDown(),
  },
  dies: {
    what: 'one dies in the middle of the run',
    threshold: FAILURES,
    mayBreak: true,
    happens: async ([one], forMs, signal) => {
      await pause(forMs / 3, signal);
      await one.goDown();
    },
  },
  flapping: {
    what: 'one goes down and comes back, again and again',
    threshold: FAILURES,
    mayBreak: true,
    happens: async ([one], _forMs, signal) => {
      while (!signal.aborted) {
        await one.goDown();
        await pause(UP_AND_DOWN_MS, signal);
        await one.comeUp();
        await pause(UP_AND_DOWN_MS, signal);
      }
    },
  },
  silent: {
    what: 'one accepts streams and sends nothing',
    load: { wholeEvery: 0 },
    threshold: FAILURES,
    happens: ([one]) => one.play(silent),
  },
  slow: {
    what: `every tenth answer of one begins ${SLOW_MS} ms late, with hedging`,
    load: { wholeEvery: 0 },
    hub: { routing: { hedge: HEDGE } },
    happens: ([one]) => one.play(slow(SLOW_MS, 10)),
    // Unhedged it would be every thirtieth.
    rules: [withinHedges(HEDGE.share), fewBegin(SLOW_MS, 0.01)],
  },
  slower: {
    what: `every answer of one begins ${SLOW_MS / 4} ms late, with the strategy "latency"`,
    load: { wholeEvery: 0 },
    hub: { strategy: fastest },
    happens: ([one]) => one.play(slow(SLOW_MS / 4, 1)),
    // By weight it would be every third.
    rules: [fewBegin(SLOW_MS / 4, 0.1)],
  },
  limited: {
    what: 'one answers 429 with Retry-After: 1',
    threshold: ONE_IS_ENOUGH,
    happens: ([one]) => one.play(failing(429, 'rate_limit_exceeded', { 'retry-after': '1' })),
  },
  failing: {
    what: 'one answers 500',
    threshold: FAILURES,
    happens: ([one]) => one.play(failing(500, 'server_error')),
  },
  'cut-before': {
    what: 'streams of one break off before their first content',
    load: { wholeEvery: 0 },
    threshold: FAILURES,
    happens: ([one]) => one.play(cutAfter(0)),
  },
  'cut-after': {
    what: 'streams of one break off after half of their content',
    load: { wholeEvery: 0 },
    threshold: FAILURES,
    mayBreak: true,
    happens: ([one]) => one.play(cutAfter(PIECES / 2)),
  },
  continued: {
    what: "the same with continuation: 'marked'",
    load: { wholeEvery: 0 },
    hub: { routing: { continuation: 'marked' } },
    threshold: FAILURES,
    happens: ([one]) => one.play(cutAfter(PIECES / 2)),
  },
  html: {
    what: 'one answers 200 with an HTML page',
    threshold: FAILURES,
    happens: ([one]) => one.play(html),
  },
  denied: {
    what: 'one refuses our key (401)',
    threshold: ONE_IS_ENOUGH,
    happens: ([one]) => one.play(failing(401, 'invalid_api_key')),
  },
  down: {
    what: 'all three refuse connections',
    isOutage: true,
    threshold: FAILURES,
    happens: (actors) => Promise.all(actors.map((actor) => actor.goDown())),
    rules: [refusalsWithRetryAfter],
  },
  storm: {
    what: 'all three answer 500, and no circuit ever opens',
    isOutage: true,
    hub: { routing: { maxAttempts: 6, retries: RETRIES }, circuit: { failures: 1_000_000 } },
    happens: (actors) => actors.map((actor) => actor.play(failing(500, 'server_error'))),
    rules: [withinBudget(RETRIES)],
  },
  leaving: {
    what: 'every third client leaves after 30 ms; one begins late',
    load: { wholeEvery: 0, leavesEvery: 3, leavesAfterMs: 30 },
    happens: ([one]) => one.play(slow(SLOW_MS / 4, 1)),
    rules: [noticed],
  },
} as const satisfies Readonly<Record<string, Scenario>>;

/** Name of a scenario. */
export type ScenarioName = keyof typeof SCENARIOS;

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}
