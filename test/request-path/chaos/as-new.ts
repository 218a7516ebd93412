import type { Asked } from './asking.ts';
import type { ChaosHub } from './chaos-hub.ts';
import { onlyAt } from './plan.ts';

/** Probes that close all circuits of a provider: it has two keys at most. */
const PROBES = 6;
/** As many places are asked for; more say nothing more. */
const MOST = 5;

/** When all is over every place can be had, and every circuit closes: nothing was kept. */
export async function checkAsNew(chaos: ChaosHub): Promise<void> {
  const { hub, clock, plan } = chaos;
  for (const { id, held } of await hub.circuits.list()) if (held) await hub.circuits.auto(id);
  // Longer than any provider may tell to wait, and into another day.
  await clock.advance(25 * 3_600_000);
  const now = clock.elapsed() + 1;
  for (const { id, rate_limit: pace } of plan.providers) {
    const most = chaos.places.mostSince(id, now);
    await probe(id, chaos);
    if (pace === undefined && most <= MOST) await checkPlacesOf(id, most, chaos);
  }
  for (const { name, rpm = Infinity, tpm, budget_usd: budget, max_concurrent: most = Infinity } of chaos.keys.values())
    if (most <= Math.min(MOST, rpm) && !tpm && !budget) await checkPlacesOfKey(name, most, chaos);
}

/** One after the other, as circuits are probed. */
async function probe(id: string, chaos: ChaosHub): Promise<void> {
  let last: Asked | undefined;
  for (let count = 0; count < PROBES; count++) {
    last = askAt(id, chaos);
    await chaos.clock.advance(70_000);
  }
  if (last?.end !== 'answer') chaos.complain(`${id} is well, and yet its answer is ${String(last?.end)}`);
}

async function checkPlacesOf(id: string, most: number, chaos: ChaosHub): Promise<void> {
  const before = chaos.attempts.length;
  for (let count = 0; count < most; count++) askAt(id, chaos);
  await chaos.clock.advance(4);
  const running = chaos.attempts.length - before;
  if (running !== most) chaos.complain(`${id} has ${String(running)} of ${String(most)} places when all is over`);
  await chaos.clock.advance(70_000);
}

async function checkPlacesOfKey(name: string, most: number, chaos: ChaosHub): Promise<void> {
  const asked = Array.from({ length: most }, () => askAt('p0', chaos, chaos.keys.get(name)));
  await chaos.clock.advance(4);
  const refused = asked.filter(({ end }) => end === 'rate_limited').length;
  if (refused > 0) chaos.complain(`${name} lacks ${String(refused)} of ${String(most)} places when all is over`);
  await chaos.clock.advance(70_000);
}

function askAt(id: string, chaos: ChaosHub, key?: Asked['how']['key']): Asked {
  // A request like another one would be answered from the cache.
  const user = `r${String(chaos.asked.length)}`;
  const how = { user, conversationId: user, model: onlyAt(id), door: 'open', key, streamed: false } as const;
  return chaos.ask({ ...how, reader: 'eager', readerAfter: 0 });
}
