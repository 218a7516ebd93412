import type { Asking } from './asking.ts';
import type { ChaosHub } from './chaos-hub.ts';
import { boundsOf, circuitPlanOf, keyPlanOf, onlyAt } from './plan.ts';
import type { KeyPlan } from './plan.ts';

/** A provider that comes and goes. */
const EXTRA = 'extra';

/** Something happens: requests come, time passes, callers leave, owners change what they have configured. */
export async function takeStep(chaos: ChaosHub): Promise<void> {
  const { dice, clock } = chaos;
  switch (dice.pick(['ask', 'ask', 'ask', 'ask', 'time', 'time', 'time', 'abort', 'hold', 'configure', 'explain'])) {
    case 'ask':
      for (let count = dice.pick([1, 1, 3, 8]); count > 0; count--) chaos.ask(askingIn(chaos));
      return clock.advance(0);
    case 'time':
      return clock.advance(dice.pick([1, 10, 100, 350, 1_200, 6_000, 61_000]));
    case 'abort':
      return abortOne(chaos);
    case 'hold':
      return holdCircuit(chaos);
    case 'configure':
      return configure(chaos);
    case 'explain':
      return askAsExplained(chaos);
  }
}

/** A request of any kind. */
export function askingIn({ dice, keys, plan, asked }: ChaosHub): Asking {
  const door = dice.pick(['open', 'open', 'fetch']);
  const isInProcess = door === 'open';
  const key = keys.get(dice.pick(['alma', 'bert', 'cleo']));
  // Names of conversations that the hub makes are never the same, and neither are the homes that follow from them.
  const isNamed = plan.strategy === 'sticky' || dice.chance(0.3);
  return {
    user: `r${String(asked.length)}`,
    model: dice.pick(['m', 'm', 'm', 'm', 'f', onlyAt('p0')]),
    door,
    key: isInProcess && dice.chance(0.3) ? undefined : key,
    streamed: dice.chance(0.6),
    asksUsage: dice.chance(0.4),
    timeoutMs: isInProcess && dice.chance(0.3) ? dice.pick([100, 900, 5_000]) : undefined,
    priority: isInProcess && dice.chance(0.3) ? dice.pick([-10, 10]) : undefined,
    conversationId: isNamed ? `c${String(dice.whole(0, 3))}` : undefined,
    maxTokens: dice.pick([undefined, undefined, 3]),
    reader: dice.pick(['eager', 'eager', 'eager', 'slow', 'stops', 'leaves']),
    readerAfter: dice.whole(0, 4),
  };
}

async function abortOne({ asked, dice, clock }: ChaosHub): Promise<void> {
  const open = asked.filter(({ end }) => end === undefined);
  const one = open[dice.whole(0, open.length - 1)];
  if (!one) return;
  one.abortedAtMs = clock.elapsed();
  one.controller.abort();
  await clock.advance(0);
}

async function holdCircuit({ hub, dice }: ChaosHub): Promise<void> {
  const circuits = await hub.circuits.list();
  const one = circuits[dice.whole(0, circuits.length - 1)];
  const how = dice.pick(['open', 'close', 'auto', 'auto']);
  if (one) await hub.circuits[how](one.id);
}

async function configure(chaos: ChaosHub): Promise<void> {
  const { hub, dice } = chaos;
  switch (dice.pick(['bounds', 'key', 'circuit', 'strategy', 'extra'])) {
    case 'bounds':
      return changeBounds(chaos);
    case 'key':
      return changeKey(chaos);
    case 'circuit':
      await hub.admin.config.apply({ circuit: circuitPlanOf(dice) });
      return;
    case 'strategy': {
      const strategy = dice.pick(['weighted', 'round-robin', 'least-busy', 'latency']);
      if (chaos.plan.strategy !== 'sticky') await hub.admin.config.apply({ routing: { strategy } });
      return;
    }
    case 'extra':
      return bringOrTakeExtra(chaos);
  }
}

async function changeBounds({ hub, dice, clock, plan, places }: ChaosHub): Promise<void> {
  const { id } = dice.pick(plan.providers);
  const bounds = boundsOf(dice);
  // Who waits is let in before it is told that there are more places.
  places.set(id, bounds.max_concurrency, clock.elapsed());
  await hub.admin.config.apply({ providers: [{ id, ...bounds }] });
}

async function changeKey({ hub, dice, clock, keys, keyPlans, places }: ChaosHub): Promise<void> {
  const next: KeyPlan = keyPlanOf(dice, dice.pick(['alma', 'bert', 'cleo']));
  keys.set(next.name, next);
  keyPlans.push(next);
  places.set(next.name, next.max_concurrent, clock.elapsed());
  const nothing = { rpm: null, tpm: null, max_concurrent: null, budget_usd: null, priority: null };
  await hub.admin.config.apply({ keys: [{ ...nothing, ...next }] });
}

async function bringOrTakeExtra({ hub, dice, clock, providers, places }: ChaosHub): Promise<void> {
  if (providers.delete(EXTRA)) {
    // Nothing bounds those any more who came before.
    places.set(EXTRA, undefined, clock.elapsed());
    await hub.admin.providers.delete(EXTRA);
    return;
  }
  const extra = { id: EXTRA, kind: 'own' as const, ...boundsOf(dice), models: [{ name: 'm' }] };
  providers.set(EXTRA, extra);
  places.set(EXTRA, extra.max_concurrency, clock.elapsed());
  await hub.admin.config.apply({ providers: [extra] });
}

/** Where nothing changes in between, and nobody draws, a request goes where it was said to go. */
async function askAsExplained(chaos: ChaosHub): Promise<void> {
  const { hub, plan, clock, attempts } = chaos;
  const { user, streamed, reader, readerAfter } = askingIn(chaos);
  const conversationId = 'c1';
  const messages = [{ role: 'user' as const, content: 'Hello' }];
  const { first, candidates } = await hub.explain({ model: 'm', messages, stream: streamed }, { conversationId });
  const seen = attempts.length;
  // Of one that is half open nobody is told whether its only probe is under way.
  const isClosed = candidates.some(({ verdict, circuit }) => verdict === 'asked_first' && circuit === 'closed');
  const isFree = first !== undefined && isClosed && hasPlace(first, chaos);
  chaos.ask({ user, streamed, reader, readerAfter, model: 'm', door: 'open', conversationId });
  await clock.advance(0);
  const asked = attempts.slice(seen).find((one) => one.user === user)?.target;
  if (asked === undefined || asked === first) return;
  if (plan.keepsOrder && (isFree || first === undefined))
    chaos.complain(`${user} was to go to ${String(first)}, and went to ${asked}`);
}

function hasPlace(target: string, { providers, attempts, places, clock }: ChaosHub): boolean {
  const id = /^[^#/]*/.exec(target)?.[0] ?? '';
  const running = attempts.filter((one) => one.providerId === id && one.endedAtMs === undefined).length;
  return providers.get(id)?.rate_limit === undefined && running < places.mostSince(id, clock.elapsed() + 1);
}
