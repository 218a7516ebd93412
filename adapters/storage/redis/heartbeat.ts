import { BEAT } from './other-scripts.ts';
import type { Scripts } from './scripts.ts';

/** Slots renewed by one call. */
const MOST_IN_CALL = 500;
const RETRY_MS = 1_000;

/** A slot that a request of this process holds. */
export interface HeldSlot {
  readonly counter: string;
  readonly id: string;
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
 * Tells Redis that this process lives, and renews the slots it holds: three times within a lease, so that one beat may
 * be lost. One timer, which does not keep the process alive.
 */
export class Heartbeat {
  readonly #options: HeartbeatOptions;
  readonly #held = new Set<HeldSlot>();
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

  hold(slot: HeldSlot): void {
    this.#held.add(slot);
  }

  release(slot: HeldSlot): void {
    this.#held.delete(slot);
  }

  /** Beats now, and again in time. */
  beat(): Promise<void> {
    this.#beating ??= this.#beatOnce().finally(() => {
      this.#beating = undefined;
    });
    return this.#beating;
  }

  /** Says that this process leaves; slots it still holds lapse. */
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
    const slots = [...this.#held];
    do {
      // One that was released while others were renewed must not come back.
      const some = slots.splice(0, MOST_IN_CALL).filter((slot) => this.#held.has(slot));
      const keys = [processes, ...some.map(({ counter }) => counter)];
      const count = await scripts.run(BEAT, keys, [process, String(leaseMs * 1000), ...some.map(({ id }) => id)]);
      this.#seen = Number(count);
    } while (slots.length > 0);
  }
}
