import { checkAsNew } from './as-new.ts';
import { ChaosHub } from './chaos-hub.ts';
import { checkCodes, checkEnd, checkRequests } from './checks.ts';
import { takeStep } from './steps.ts';

/** One run, all of which follows from its seed; `wrong` is what must not have been. */
export async function runChaos(seed: number): Promise<{ wrong: readonly string[]; trace: readonly string[] }> {
  const chaos = new ChaosHub(seed);
  await chaos.hub.ready();
  for (let steps = chaos.dice.whole(5, 25); steps > 0 && chaos.wrong.length === 0; steps--) {
    await takeStep(chaos);
    checkRequests(chaos);
  }
  // Sometimes it closes with all that is under way.
  if (chaos.dice.chance(0.3)) await close(chaos);
  else await comeToRest(chaos);
  for (const { how, end, begunAtMs, endedAtMs } of chaos.asked)
    chaos.trace.push(`${how.user} ${String(end)} ${String(begunAtMs)} ${String(endedAtMs)}`);
  return chaos;
}

async function comeToRest(chaos: ChaosHub): Promise<void> {
  chaos.recover();
  // Longer than any limit of time, also that of a client that takes no bytes.
  await chaos.clock.advance(400_000);
  checkEnd(chaos);
  if (chaos.wrong.length === 0) await checkAsNew(chaos);
  await close(chaos);
}

async function close(chaos: ChaosHub): Promise<void> {
  const { hub, clock, dice } = chaos;
  const closing = hub.close({ drainMs: dice.pick([0, 100, 10_000]) });
  await clock.advance(400_000);
  await closing;
  checkEnd(chaos);
  checkCodes(chaos);
  if (clock.pending > 0) chaos.complain(`${String(clock.pending)} timers are left`);
}
