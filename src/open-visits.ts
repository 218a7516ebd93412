import type { NexusError } from './errors.ts';

/** A request in the hub, as far as closing is concerned. */
interface Cancellable {
  cancel(reason: NexusError): void;
}

/** The requests in the hub now, and a way to wait until there are none. */
export class OpenVisits {
  readonly #visits = new Set<Cancellable>();
  #waiting: (() => void)[] = [];

  get size(): number {
    return this.#visits.size;
  }

  add(visit: Cancellable): void {
    this.#visits.add(visit);
  }

  delete(visit: Cancellable): void {
    this.#visits.delete(visit);
    if (this.#visits.size > 0) return;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** Resolves when no request is left. */
  whenEmpty(): Promise<void> {
    if (this.#visits.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  cancelAll(reason: NexusError): void {
    for (const visit of [...this.#visits]) visit.cancel(reason);
  }
}
