import CircuitBreaker from 'opossum';
import { rowOf } from '../errors.ts';
import type { CircuitBreaker as CircuitBreakerPort, CircuitState, Ticket } from '../ports/circuit-breaker.ts';
import type { Clock } from '../ports/clock.ts';
import type { Target } from '../ports/router.ts';
import { RecentMap } from './recent-map.ts';

/** When a circuit opens, and for how long. */
export interface CircuitOptions {
  /** Failures of the provider within the window that open it. */
  readonly failures: number;
  /** Part of the window's attempts that must have failed, 0 to 1: a busy target survives a few failures. */
  readonly failureRate: number;
  readonly windowMs: number;
  /** How long the target is left alone before one probe may go to it. */
  readonly retryAfterMs: number;
}

/** Counts of one window. */
interface WindowCounts {
  readonly successes: number;
  readonly failures: number;
}

/** The rule, apart from the machine: enough failures, and enough of all attempts. */
export function shouldOpen({ successes, failures }: WindowCounts, options: CircuitOptions): boolean {
  return failures >= options.failures && failures >= options.failureRate * (failures + successes);
}

/** Of an attempt that was let in although the circuit is open. It tells nothing new. */
const UNCOUNTED: Ticket = { succeed: () => undefined, fail: () => undefined, abandon: () => undefined };

/** Targets remembered; over it those asked longest ago are forgotten. Model names may come from callers. */
const MOST_TARGETS = 1_000;

/** A circuit per target, on opossum. */
export function opossumCircuit(options: CircuitOptions, clock: Clock): CircuitBreakerPort {
  const circuits = new RecentMap<string, Circuit>(MOST_TARGETS, (circuit) => {
    circuit.close();
  });
  const circuitOf = (target: Target): Circuit => {
    let circuit = circuits.get(target.id);
    if (!circuit) circuits.set(target.id, (circuit = new Circuit(options, clock)));
    return circuit;
  };
  return {
    enter: (target, insist = false) => circuitOf(target).enter() ?? (insist ? UNCOUNTED : undefined),
    state: (target) => circuits.get(target.id)?.state() ?? { kind: 'closed' },
    close() {
      for (const circuit of circuits.values()) circuit.close();
    },
  };
}

class Circuit {
  readonly #clock: Clock;
  readonly #breaker: CircuitBreaker<[start: () => Promise<void>], void>;
  #retryAtMs = 0;

  constructor(options: CircuitOptions, clock: Clock) {
    this.#clock = clock;
    this.#breaker = new CircuitBreaker((start) => start(), {
      timeout: false,
      resetTimeout: options.retryAfterMs,
      rollingCountTimeout: options.windowMs,
      rollingPercentilesEnabled: false,
      enableSnapshots: false,
      // Its own rule divides by attempts begun in the window, which a long stream has left: ours is `shouldOpen`.
      errorThresholdPercentage: Infinity,
    });
    this.#breaker.on('failure', () => {
      if (shouldOpen(this.#breaker.stats, options)) this.#breaker.open();
    });
    this.#breaker.on('open', () => {
      this.#retryAtMs = this.#clock.now() + options.retryAfterMs;
    });
  }

  state(): CircuitState {
    if (this.#breaker.opened) return { kind: 'open', retryAtMs: this.#retryAtMs, why: 'failures' };
    return this.#breaker.halfOpen ? { kind: 'half-open' } : { kind: 'closed' };
  }

  /** Fires an action that lasts as long as the answer. Whether it was started at once tells whether we were let in. */
  enter(): Ticket | undefined {
    const isProbe = this.#breaker.halfOpen;
    let end: { succeed: () => void; fail: (error: Error) => void } | undefined;
    const start = (): Promise<void> =>
      new Promise<void>((succeed, fail) => {
        end = { succeed, fail };
      });
    this.#breaker.fire(start).catch(() => undefined);
    return end && this.#ticket(end.succeed, end.fail, isProbe);
  }

  close(): void {
    this.#breaker.shutdown();
  }

  #ticket(succeed: () => void, fail: (error: Error) => void, isProbe: boolean): Ticket {
    const abandon = (): void => {
      // opossum knows no neutral end. An action that never ends counts as nothing, but a probe has to end as something,
      // or the circuit would stay half-open for ever.
      if (isProbe) this.#breaker.open();
    };
    return {
      succeed,
      abandon,
      fail(error) {
        const { fault } = rowOf(error);
        if (fault === 'provider') fail(error);
        // A provider that refuses a wrong request is alive.
        else if (fault === 'caller') succeed();
        else abandon();
      },
    };
  }
}
