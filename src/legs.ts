import type { FallbackCause, Target } from './ports/index.ts';

/** The targets of one model: the one that was asked for, or one that may answer in its place. */
export interface Leg {
  readonly model: string;
  /** In whose place; absent for the model that was asked for. */
  readonly insteadOf?: string;
  /** Which failures of that model lead here. */
  readonly on: readonly FallbackCause[];
  /** In the balancer's order; asked for when the search comes here. */
  readonly targets: () => readonly Target[];
}

const NONE: readonly never[] = [];

/** The models of one search: the one that is asked now, and those that may answer in its place. Each is asked once. */
export class Legs {
  readonly #fallbacks: readonly Leg[];
  /** How the models that were asked have failed. */
  #failures: readonly { readonly model: string; readonly cause: FallbackCause }[] = NONE;
  #current: Leg;

  constructor(first: Leg, fallbacks: readonly Leg[]) {
    this.#current = first;
    this.#fallbacks = fallbacks;
  }

  get current(): Leg {
    return this.#current;
  }

  /** The current model failed. */
  failed(cause: FallbackCause): void {
    this.#failures = [...this.#failures, { model: this.#current.model, cause }];
  }

  /** Goes on to the first model that may answer in the place of one that failed; false when there is none. */
  goOn(): boolean {
    const next = this.#fallbacks.find((leg) => !this.#wasAsked(leg.model) && this.#leadsTo(leg));
    if (next) this.#current = next;
    return next !== undefined;
  }

  /** Whether another model may answer when the current one fails for this cause. */
  goesOnAfter(cause: FallbackCause): boolean {
    // Asked for every request: most models have none.
    if (this.#fallbacks.length === 0) return false;
    return this.#fallbacks.some(({ model, insteadOf, on }) => {
      return insteadOf === this.#current.model && on.includes(cause) && !this.#wasAsked(model);
    });
  }

  /** How many models may still take over when nobody else answers. */
  get left(): number {
    const left = this.#fallbacks.filter(({ model, on }) => on.includes('unavailable') && !this.#wasAsked(model));
    return left.length < 2 ? left.length : new Set(left.map(({ model }) => model)).size;
  }

  #wasAsked(model: string): boolean {
    return model === this.#current.model || this.#failures.some((failure) => failure.model === model);
  }

  #leadsTo({ insteadOf = '', on }: Leg): boolean {
    return this.#failures.some(({ model, cause }) => model === insteadOf && on.includes(cause));
  }
}
