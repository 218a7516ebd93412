import type { Balancer, RequestRecord, StatsSink } from 'nexusai-hub/ports';

/** Watches from the inside what the hub asks of one provider, and how often it asks at all. */
export class Watch {
  readonly #providerId: string;
  /** Failures in a row after which only probes may go there; `undefined`: nobody counts. */
  readonly #threshold: number | undefined;
  /** As the circuit counts them: of attempts that began after the last success. */
  #failedInARow = 0;
  #successes = 0;
  /** Attempts at the provider that failed, begun before the threshold could be known. */
  inVainBefore = 0;
  /** The same, begun when it was known: probes, if all is well. */
  inVainAfter = 0;
  /** Attempts under way, at any provider. */
  running = 0;
  /** Attempts over, at any provider. */
  attempts = 0;
  hedges = 0;
  /** Attempts that were stopped because nobody wanted their answer any more. */
  stopped = 0;

  constructor(providerId: string, threshold: number | undefined) {
    this.#providerId = providerId;
    this.#threshold = threshold;
  }

  /** The same strategy, with somebody who listens. */
  listening(strategy: Balancer): Balancer {
    return {
      order: strategy.order.bind(strategy),
      begins: (target, facts) => {
        const inner = strategy.begins?.(target, facts);
        const isKnown = this.#threshold !== undefined && this.#failedInARow >= this.#threshold;
        const successesBefore = this.#successes;
        this.running++;
        return {
          content: (ms) => inner?.content(ms),
          over: (outcome, durationMs, error) => {
            this.running--;
            if (target.providerId === this.#providerId) {
              const hasFailed = outcome === 'error' || outcome === 'partial';
              if (hasFailed) this.#failed(isKnown, successesBefore);
              else if (outcome === 'ok') this.#succeeded();
            }
            inner?.over(outcome, durationMs, error);
          },
        };
      },
    };
  }

  /** Takes the records of the hub. */
  readonly sink: StatsSink = {
    record: ({ attempts }: RequestRecord) => {
      this.attempts += attempts.length;
      this.hedges += attempts.filter(({ reason }) => reason === 'hedge').length;
      this.stopped += attempts.filter(({ outcome }) => outcome === 'aborted').length;
    },
  };

  #succeeded(): void {
    this.#successes++;
    this.#failedInARow = 0;
  }

  #failed(wasKnown: boolean, successesBefore: number): void {
    if (successesBefore === this.#successes) this.#failedInARow++;
    if (wasKnown) this.inVainAfter++;
    else this.inVainBefore++;
  }
}
