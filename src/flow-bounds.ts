import type { ProviderBounds } from './defaults/flow-control.ts';

/** Bounds of all providers, and of some that have their own. */
export interface ConfiguredBounds extends ProviderBounds {
  readonly byProvider: Readonly<Record<string, { readonly [Name in keyof ProviderBounds]?: number | undefined }>>;
}

/** The bounds of providers as they are configured now. Who runs and who waits is counted on whatever becomes of them. */
export class FlowBounds {
  readonly #known = new Map<string, ProviderBounds>();
  #configured: ConfiguredBounds;
  /** Told when others hold. */
  whenSet: (() => void) | undefined;

  constructor(configured: ConfiguredBounds) {
    this.#configured = configured;
  }

  /** From now on these hold. */
  set(configured: ConfiguredBounds): void {
    this.#configured = configured;
    this.#known.clear();
    this.whenSet?.();
  }

  /** Of one provider: its own where it has them, else those of all. Every provider is configured, so they are bounded. */
  of(providerId: string): ProviderBounds {
    let bounds = this.#known.get(providerId);
    if (!bounds) this.#known.set(providerId, (bounds = this.#boundsOf(providerId)));
    return bounds;
  }

  #boundsOf(providerId: string): ProviderBounds {
    const { byProvider, ...all } = this.#configured;
    const own = byProvider[providerId];
    return {
      maxConcurrency: own?.maxConcurrency ?? all.maxConcurrency,
      maxQueue: own?.maxQueue ?? all.maxQueue,
      maxWaitMs: own?.maxWaitMs ?? all.maxWaitMs,
      requestsPerSecond: own?.requestsPerSecond ?? all.requestsPerSecond,
    };
  }
}
