import type { NexusError } from './errors.ts';

/** A request in the hub, as far as closing is concerned. */
interface Cancellable {
  cancel(reason: NexusError): void;
}

/** The requests in the hub now, and a way to wait until there are none. */
export class OpenVisits {
  readonly #visits = new Set<Cancellable>();
  #waiting: (() => void)[] = [];
  /** Who waits for some to leave, by those that are left of them. */
  readonly #leaving = new Map<Set<Cancellable>, () => void>();

  get size(): number {
    return this.#visits.size;
  }

  add(visit: Cancellable): void {
    this.#visits.add(visit);
  }

  delete(visit: Cancellable): void {
    this.#visits.delete(visit);
    if (this.#leaving.size > 0) this.#left(visit);
    if (this.#visits.size > 0 || this.#waiting.length === 0) return;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** Resolves when no request is left. */
  whenEmpty(): Promise<void> {
    if (this.#visits.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  /** Resolves when those have left that are in now. */
  whenGone(): Promise<void> {
    if (this.#visits.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#leaving.set(new Set(this.#visits), resolve);
    });
  }

  cancelAll(reason: NexusError): void {
    for (const visit of [...this.#visits]) visit.cancel(reason);
  }

  #left(visit: Cancellable): void {
    for (const [remaining, resolve] of this.#leaving) {
      remaining.delete(visit);
      if (remaining.size > 0) continue;
      this.#leaving.delete(remaining);
      resolve();
    }
  }
}
