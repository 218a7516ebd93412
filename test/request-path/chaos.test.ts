import { expect, it } from 'vitest';
import { runChaos } from './chaos/run-chaos.ts';

const replayed = process.env['NEXUS_CHAOS_SEED'];
/** About five seconds of them. */
const SEEDS = replayed === undefined ? Array.from({ length: 35 }, (_, place) => place + 1) : [Number(replayed)];

it('whatever providers, callers and owners do: limits hold, and nothing is lost or kept', async () => {
  for (const seed of SEEDS) {
    const { wrong } = await runChaos(seed);
    expect(wrong, `Run it again with NEXUS_CHAOS_SEED=${String(seed)}.`).toEqual([]);
  }
});

it('the same seed gives the same run', async () => {
  const [seed = 1] = SEEDS;
  expect((await runChaos(seed)).trace).toEqual((await runChaos(seed)).trace);
});
