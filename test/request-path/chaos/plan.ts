import type { Dice } from './dice.ts';
import type { QuotaManner } from './watched-quota.ts';

/** What the hub of one run is like. */
export interface HubPlan {
  readonly providers: readonly [ProviderPlan, ...ProviderPlan[]];
  readonly keys: readonly KeyPlan[];
  /** What it is configured by: all of these, and more. */
  readonly document: Readonly<Record<string, unknown>>;
  readonly strategy: 'weighted' | 'round-robin' | 'least-busy' | 'latency' | 'cost' | 'sticky';
  /** A balancer that does not draw, in place of the strategy. */
  readonly keepsOrder: boolean;
  readonly maxAttempts: number;
  readonly deadlineMs: number;
  readonly wholeMs: number;
  readonly whenAllOpen: 'fail_fast' | 'wait' | 'least_bad';
  readonly circuit: CircuitPlan;
  /** A breaker that is watched cannot be configured anew. */
  readonly watchesCircuit: boolean;
  readonly requestsPerSecond: number;
  readonly quota: 'own' | QuotaManner;
  readonly history: boolean;
  readonly durability: 'batched' | 'acknowledged';
  readonly disconnect: 'reported' | 'delivered' | 'none' | 'drain';
  readonly lateLedger: boolean;
  readonly cache: boolean;
  /** Part of the answers that come as they should. */
  readonly health: number;
}

/** A provider, with the members of a configuration. */
export interface ProviderPlan extends Bounds {
  readonly id: string;
  readonly kind: 'own' | 'wire';
  readonly api_keys?: readonly string[];
  readonly models: readonly object[];
}

export interface Bounds {
  readonly max_concurrency: number;
  readonly max_queue: number;
  readonly max_wait_ms: number;
  readonly rate_limit?: number;
}

/** A key of callers, with the members of a configuration. */
export interface KeyPlan {
  readonly name: string;
  readonly key: string;
  readonly rpm?: number;
  readonly tpm?: number;
  readonly max_concurrent?: number;
  readonly budget_usd?: { readonly day: number };
  readonly priority?: number;
}

export interface CircuitPlan {
  readonly failures: number;
  readonly failure_rate: number;
  readonly window_ms: number;
  readonly retry_after_ms: number;
  readonly max_wait_ms: number;
}

/** The model with one target, at this provider. */
export function onlyAt(providerId: string): string {
  return `only-${providerId}`;
}

export function hubPlanOf(dice: Dice): HubPlan {
  const plan = {
    providers: providerPlansOf(dice),
    keys: ['alma', 'bert', 'cleo'].map((name) => keyPlanOf(dice, name)),
    strategy: dice.pick(['weighted', 'round-robin', 'least-busy', 'latency', 'cost', 'sticky'] as const),
    keepsOrder: dice.chance(0.25),
    maxAttempts: dice.whole(1, 5),
    deadlineMs: dice.pick([600, 3_000, 20_000]),
    wholeMs: dice.pick([500, 4_000]),
    whenAllOpen: dice.pick(['fail_fast', 'wait', 'least_bad'] as const),
    circuit: circuitPlanOf(dice),
    watchesCircuit: dice.chance(0.5),
    requestsPerSecond: dice.pick([1_000, 1_000, 8]),
    quota: dice.pick(['own', 'at once', 'at once', 'late', 'away at times'] as const),
    history: dice.chance(0.3),
    durability: dice.pick(['batched', 'batched', 'acknowledged'] as const),
    disconnect: dice.pick(['reported', 'delivered', 'none', 'drain'] as const),
    lateLedger: dice.chance(0.3),
    cache: dice.chance(0.15),
    health: dice.pick([0, 0.3, 0.7, 0.95]),
  };
  return { ...plan, document: documentOf(dice, plan) };
}

function documentOf(dice: Dice, plan: Omit<HubPlan, 'document'>): Record<string, unknown> {
  const hedge = { quantile: 0.5, min_ms: 20, share: 1 };
  const fallback = dice.pick(['f', { model: 'f', on: ['unavailable', 'context_length'] }]);
  const prices = { version: 'one', models: { '*': { input: 1_000, output: 1_000 } } };
  return {
    providers: [...plan.providers],
    keys: [...plan.keys],
    routing: {
      strategy: plan.strategy,
      max_attempts: plan.maxAttempts,
      deadline_ms: plan.deadlineMs,
      backoff_ms: dice.pick([0, 50, 400]),
      continuation: dice.pick(['off', 'marked']),
      retries: dice.pick([
        { share: 0, per_second: 0 },
        { share: 0.2, per_second: 0.3 },
        { share: 5, per_second: 5 },
      ]),
      ...(dice.chance(0.5) && { hedge }),
    },
    timeouts: {
      whole_ms: plan.wholeMs,
      first_content_ms: dice.pick([300, 1_000, 8_000]),
      idle_ms: dice.pick([200, 2_000]),
      unread_ms: dice.pick([700, 5_000]),
      ...(dice.chance(0.3) && { stream_ms: 6_000 }),
    },
    circuit: { ...plan.circuit, when_all_open: plan.whenAllOpen },
    limits: {
      requests_per_second: plan.requestsPerSecond,
      cut_streams: dice.chance(0.3),
      unpriced: dice.pick(['refuse', 'allow']),
    },
    ...(dice.chance(0.7) && { fallbacks: { m: fallback } }),
    // A token costs a thousandth of a dollar.
    ...((plan.strategy === 'cost' || dice.chance(0.8)) && { prices }),
  };
}

export function circuitPlanOf(dice: Dice): CircuitPlan {
  return {
    failures: dice.pick([1, 2, 5]),
    failure_rate: dice.pick([0.1, 0.5, 1]),
    window_ms: dice.pick([1_000, 10_000]),
    retry_after_ms: dice.pick([300, 2_000, 10_000]),
    max_wait_ms: dice.pick([500, 5_000]),
  };
}

function providerPlansOf(dice: Dice): HubPlan['providers'] {
  const others = Array.from({ length: dice.whole(0, 3) }, (_, place) => place + 1);
  return [providerPlanOf(dice, 0), ...others.map((place) => providerPlanOf(dice, place))];
}

/** The first one has every model, with a share. */
function providerPlanOf(dice: Dice, place: number): ProviderPlan {
  const id = `p${String(place)}`;
  const tier = dice.chance(0.2) ? 2 : 1;
  const weight = place === 0 ? 1 : dice.pick([1, 1, 3, 0]);
  return {
    id,
    kind: dice.pick(['own', 'wire']),
    ...boundsOf(dice),
    ...(dice.chance(0.3) && { rate_limit: dice.pick([1, 3, 10]) }),
    ...(dice.chance(0.2) && { api_keys: ['key-of-chaos-1', 'key-of-chaos-2'] }),
    models: [
      ...(place === 0 || dice.chance(0.8) ? [{ name: 'm', weight, tier }] : []),
      ...(place === 0 || dice.chance(0.5) ? [{ name: 'f', upstream_model: dice.pick(['f', 'm']) }] : []),
      { name: onlyAt(id), upstream_model: 'm' },
    ],
  };
}

export function boundsOf(dice: Dice): Bounds {
  return {
    max_concurrency: dice.pick([1, 2, 5, 100]),
    max_queue: dice.pick([0, 1, 5, 100]),
    max_wait_ms: dice.pick([50, 1_000, 10_000]),
  };
}

export function keyPlanOf(dice: Dice, name: string): KeyPlan {
  return {
    name,
    key: `key-of-${name}`,
    ...(dice.chance(0.4) && { rpm: dice.pick([3, 10, 40]) }),
    ...(dice.chance(0.3) && { tpm: dice.pick([100, 1_000]) }),
    ...(dice.chance(0.4) && { max_concurrent: dice.pick([1, 2, 5]) }),
    ...(dice.chance(0.3) && { budget_usd: { day: dice.pick([0.05, 0.5]) } }),
    ...(dice.chance(0.5) && { priority: dice.pick([-5, 0, 7]) }),
  };
}
