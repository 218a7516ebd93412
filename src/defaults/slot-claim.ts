import type { Level, SlotsBound } from '../ports/quota.ts';
import type { Claim } from './claim.ts';

/** Slots held in this process. There are never more of them than requests under way. */
export class SlotCounters {
  readonly #held = new Map<string, number>();

  held(key: string): number {
    return this.#held.get(key) ?? 0;
  }

  add(key: string, change: 1 | -1): void {
    const held = this.held(key) + change;
    if (held > 0) this.#held.set(key, held);
    else this.#held.delete(key);
  }
}

/** One of several places. */
export class SlotClaim implements Claim {
  readonly #bound: SlotsBound;
  readonly #counters: SlotCounters;

  constructor(bound: SlotsBound, counters: SlotCounters) {
    this.#bound = bound;
    this.#counters = counters;
  }

  /** Nobody knows when a request that holds a place will be over. */
  waitMs(): 0 | undefined {
    return this.#counters.held(this.#bound.key) < this.#bound.limit ? undefined : 0;
  }

  take(): void {
    this.#counters.add(this.#bound.key, 1);
  }

  level(): Level {
    const remaining = Math.floor(this.#bound.limit - this.#counters.held(this.#bound.key));
    return { remaining: Math.max(0, remaining), resetMs: 0 };
  }

  settle(): void {
    this.#counters.add(this.#bound.key, -1);
  }
}
