import { memoryLedger, NexusHub } from 'nexusai-hub';
import type { NexusHubOptions } from 'nexusai-hub';
import type { CircuitBreaker, LedgerEntry, Provider, RequestRecord } from 'nexusai-hub/ports';
import type { ProviderSettings } from 'nexusai-hub/provider-kit';
import { manualClock } from 'nexusai-hub/testing';
import type { ManualClock } from 'nexusai-hub/testing';
import { opossumCircuit } from '../../../src/defaults/circuit-breaker.ts';
import { silentLogger } from '../../../src/defaults/logger.ts';
import { memoryStore } from '../../../src/defaults/store.ts';
import { actOf, WELL } from './acts.ts';
import type { Asked, Asking } from './asking.ts';
import { askFor } from './asking.ts';
import { checkBegin } from './check-begin.ts';
import { diceOf } from './dice.ts';
import type { Dice } from './dice.ts';
import { Limits } from './limits.ts';
import { hubPlanOf } from './plan.ts';
import type { HubPlan, KeyPlan, ProviderPlan } from './plan.ts';
import type { NextAct } from './providers.ts';
import { ownProvider, pause, wireProvider } from './providers.ts';
import { watchedCircuit } from './watched-circuit.ts';
import type { SeenAttempt } from './watched-provider.ts';
import { watchedProvider } from './watched-provider.ts';
import { watchedQuota } from './watched-quota.ts';
import type { WatchedQuota } from './watched-quota.ts';

/** A real hub before providers without manners, and all that is seen of it. */
export class ChaosHub {
  readonly plan: HubPlan;
  readonly dice: Dice;
  readonly clock: ManualClock = manualClock();
  readonly hub: NexusHub;
  readonly quota: WatchedQuota | undefined;
  readonly asked: Asked[] = [];
  readonly attempts: SeenAttempt[] = [];
  readonly records: RequestRecord[] = [];
  /** As they are configured now. */
  readonly providers: Map<string, ProviderPlan>;
  readonly keys: Map<string, KeyPlan>;
  /** How many at once are allowed to a provider, or a key. */
  readonly places = new Limits();
  /** Every plan that a key ever had. */
  readonly keyPlans: KeyPlan[];
  /** What must not be and was seen. */
  readonly wrong: string[] = [];
  /** What happened, for comparing one run with another. */
  readonly trace: string[] = [];
  readonly #acts: Dice;
  #isWell = false;

  constructor(seed: number) {
    this.dice = diceOf(seed);
    this.#acts = diceOf(seed + 1);
    this.plan = hubPlanOf(this.dice);
    const { providers, keys, quota } = this.plan;
    this.providers = new Map(providers.map((provider) => [provider.id, provider]));
    this.keys = new Map(keys.map((key) => [key.name, key]));
    this.keyPlans = [...keys];
    for (const { id, max_concurrency: most } of providers) this.places.set(id, most, 0);
    for (const { name, max_concurrent: most } of keys) this.places.set(name, most, 0);
    this.quota = quota === 'own' ? undefined : watchedQuota(quota, diceOf(seed + 2), this.clock);
    this.hub = new NexusHub(this.#options(seed));
  }

  /** While a quota is away, and in the moment it goes, more may be let in than its limits say. */
  get countsExactly(): boolean {
    return this.plan.quota === 'own' || this.plan.quota === 'at once';
  }

  /** From now on everything answers as it should. */
  recover(): void {
    this.#isWell = true;
    this.quota?.recover();
  }

  ask(how: Asking): Asked {
    const asked = askFor(how, this.hub, this.clock, (what) => this.complain(what));
    this.asked.push(asked);
    return asked;
  }

  complain(what: string): void {
    this.wrong.push(`${String(this.clock.elapsed())} ms: ${what}`);
  }

  #options(seed: number): NexusHubOptions {
    const { clock, plan, quota } = this;
    const make = (settings: ProviderSettings): Provider => this.#provider(settings);
    return {
      providers: {},
      clock,
      random: diceOf(seed + 3).roll,
      control: { kinds: { own: { make }, wire: { make } }, document: plan.document },
      tokenCounter: { count: (text) => Promise.resolve({ tokens: Math.ceil(text.length / 4), exact: false }) },
      tokens: { check: 0 },
      explain: true,
      shedding: false,
      records: {
        durability: plan.durability,
        disconnect: plan.disconnect,
        drainWithinMs: 2_000,
        acknowledgeWithinMs: 500,
      },
      sessions: plan.history ? { history: {} } : {},
      ledger: { ...memoryLedger(), append: (entries) => this.#keep(entries) },
      ...(quota && { quota }),
      ...(plan.cache && { cache: {} }),
      ...(plan.keepsOrder && { balancer: { order: (targets) => targets } }),
      ...(plan.watchesCircuit && { circuitBreaker: this.#breaker() }),
    };
  }

  #provider({ id, kind }: ProviderSettings): Provider {
    const { clock } = this;
    const nextAct: NextAct = (user) => this.#nextAct(id, user);
    const provider = kind === 'own' ? ownProvider(nextAct, clock) : wireProvider(nextAct, clock);
    return watchedProvider(id, provider, clock, (attempt) => {
      this.attempts.push(attempt);
      checkBegin(attempt, this);
    });
  }

  #nextAct(id: string, user: string): ReturnType<NextAct> {
    const { clock } = this;
    const act = this.#isWell ? WELL : actOf(this.#acts, this.plan.health, clock.now());
    this.trace.push(`${String(clock.elapsed())} ${id} ${user} ${JSON.stringify(act)}`);
    const attempt = this.attempts.findLast((one) => one.providerId === id && one.user === user);
    const over = (): void => {
      if (!attempt) return;
      attempt.endedAtMs ??= clock.elapsed();
      if (act.does === 'answers' && act.then === 'finish') attempt.usage = act.usage;
    };
    return { act, over };
  }

  async #keep(entries: readonly LedgerEntry[]): Promise<void> {
    if (this.plan.lateLedger) await pause(30, this.clock);
    this.records.push(...entries.map(({ record }) => record));
  }

  #breaker(): CircuitBreaker {
    const {
      failures,
      failure_rate: failureRate,
      window_ms: windowMs,
      retry_after_ms: retryAfterMs,
    } = this.plan.circuit;
    const parts = { clock: this.clock, logger: silentLogger, store: memoryStore(this.clock) };
    const breaker = opossumCircuit({ failures, failureRate, windowMs, retryAfterMs }, parts);
    return watchedCircuit(breaker, this.clock, (what) => this.complain(what));
  }
}
