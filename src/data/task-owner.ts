import { randomUUID } from 'node:crypto';
import type { Clock, Ledger } from '../ports/index.ts';

/** One hub of those that share a ledger, and what it has taken on for all of them. */
export class TaskOwner {
  readonly #owner = randomUUID();
  readonly #ledger: Pick<Ledger, 'claim'> | undefined;
  readonly #clock: Clock;

  /** @param ledger absent, or without `claim`: this hub does everything by itself. */
  constructor(ledger: Pick<Ledger, 'claim'> | undefined, clock: Clock) {
    this.#ledger = ledger;
    this.#clock = clock;
  }

  /** Whether a task is this hub's for so long, beginning now. */
  async claim(task: string, forMs: number): Promise<boolean> {
    if (!this.#ledger?.claim) return true;
    const nowMs = this.#clock.now();
    return this.#ledger.claim({ task, owner: this.#owner, nowMs, untilMs: nowMs + forMs });
  }
}
