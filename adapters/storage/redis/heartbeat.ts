import { BEAT } from './other-scripts.ts';
import type { Scripts } from './scripts.ts';

/** What one call renews. */
const MOST_IN_CALL = 500;
const RETRY_MS = 1_000;

/** A slot, or some of a budget, that a request of this process holds. */
export interface Held {
  readonly keys: readonly string[];
  /** What the script of the beat is told about it. */
  readonly values: readonly string[];
}

/** Keys and times of a {@link Heartbeat}. */
export interface HeartbeatOptions {
  readonly scripts: Scripts;
  /** This process, for the others. */
  readonly process: string;
  /** Key of the set of processes. */
  readonly processes: string;
  readonly leaseMs: number;
  /** Called after each beat that Redis has answered. */
  readonly answered: () => void;
}

/**
 * Tells Redis that this process lives, and renews what it holds: three times within a lease, so that one beat may
 * be lost. One timer, which does not keep the process alive.
 */
export class Heartbeat {
  readonly #options: HeartbeatOptions;
  readonly #held = new Set<Held>();
  #seen: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #beating: Promise<void> | undefined;
  #isOver = false;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
  }

  /** How many processes lived at the last beat; `undefined` before the first. */
  get seen(): number | undefined {
    return this.#seen;
  }

  hold(held: Held): void {
    this.#held.add(held);
  }

  release(held: Held): void {
    this.#held.delete(held);
  }

  /** Beats now, and again in time. */
  beat(): Promise<void> {
    this.#beating ??= this.#beatOnce().finally(() => {
      this.#beating = undefined;
    });
    return this.#beating;
  }

  /** Says that this process leaves; what it still holds lapses. */
  async stop(): Promise<void> {
    this.#isOver = true;
    clearTimeout(this.#timer);
    const { scripts, process, processes } = this.#options;
    await scripts.run(BEAT, [processes], [process, '0']);
  }

  async #beatOnce(): Promise<void> {
    clearTimeout(this.#timer);
    const { leaseMs, answered } = this.#options;
    let next = leaseMs / 3;
    try {
      await this.#renew();
      answered();
    } catch {
      // Whoever takes something is told that Redis is away.
      next = Math.min(next, RETRY_MS);
    }
    if (!this.#isOver) this.#timer = setTimeout(() => void this.beat(), next).unref();
  }

  async #renew(): Promise<void> {
    const { scripts, process, processes, leaseMs } = this.#options;
    const left = [...this.#held];
    do {
      // One that was released while others were renewed must not come back.
      const some = left.splice(0, MOST_IN_CALL).filter((held) => this.#held.has(held));
      const keys = [processes, ...some.flatMap((held) => held.keys)];
      const values = [process, String(leaseMs * 1000), ...some.flatMap((held) => held.values)];
      this.#seen = Number(await scripts.run(BEAT, keys, values));
    } while (left.length > 0);
  }
}
