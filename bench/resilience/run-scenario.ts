import type { RecordedRequest } from 'nexusai-hub/testing';

import { tagIn } from './behaviours.ts';
import { type LoadOrder, runLoad } from './load.ts';
import type { AskedProvider, Measured } from './measured.ts';
import type { Scenario } from './scenarios.ts';
import { MODEL, RETRY_AFTER_MS, Stage } from './stage.ts';

/** How much a run does. */
export interface Extent {
  /** Length of one scenario. */
  readonly forMs: number;
  /** Time from one request to the next. */
  readonly everyMs: number;
}

/** Long enough for several probes. */
export const FULL: Extent = { forMs: 5_000, everyMs: 10 };
/** Just long enough that every path is walked. */
export const QUICK: Extent = { forMs: 500, everyMs: 10 };

/** Runs one scenario on a stage of its own, and ends all it started. */
export async function runScenario({ hub = {}, load, happens, threshold }: Scenario, extent: Extent): Promise<Measured> {
  const stage = await Stage.set(hub, threshold);
  const over = new AbortController();
  try {
    // What fails from the start does so before the first request.
    const happening = Promise.resolve(happens?.(stage.actors, extent.forMs, over.signal));
    const order: LoadOrder = {
      ...extent,
      port: stage.port,
      model: MODEL,
      wholeEvery: 4,
      leavesEvery: 0,
      leavesAfterMs: 0,
      ...load,
    };
    const startedAt = performance.now();
    const seen = await runLoad(order);
    const forMs = performance.now() - startedAt;
    over.abort();
    await happening;
    const gaveBack = await stage.givesBack();
    const requests = stage.actors.flatMap((actor) => actor.requests);
    const asked = await Promise.all(requests.map(askedOf));
    return { seen, asked, gaveBack, forMs, watch: stage.watch, probesDue: Math.floor(forMs / RETRY_AFTER_MS) };
  } finally {
    over.abort();
    await stage.strike();
  }
}

async function askedOf(request: RecordedRequest): Promise<AskedProvider> {
  const leftAtMs = await Promise.race([request.left, Promise.resolve(undefined)]);
  return { tag: tagIn(request), atMs: request.atMs, leftAtMs };
}
