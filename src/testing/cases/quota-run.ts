import { randomUUID } from 'node:crypto';

import type { Clock } from '../../ports/clock.ts';
import type { Bound, BudgetBound, Quota, RateBound, Refusal, Reservation, SlotsBound } from '../../ports/quota.ts';
import type { ManualClock } from '../manual-clock.ts';
import { manualClock } from '../manual-clock.ts';

/** One case: what is taken, and what has to come of it. */
export interface QuotaCheck {
  /** Id of the field lesson it comes from. */
  readonly lesson?: string;
  readonly name: string;
  /** `a clock`: a time that can be turned. `company`: several quotas that count together. */
  readonly needs?: 'a clock' | 'company';
  readonly check: (run: QuotaRun) => Promise<void>;
}

/** Makes a quota; each case closes those it asked for. */
export type MakeQuota = (clock: Clock) => Quota | Promise<Quota>;

/** The quotas of one case, and what the case does with them. */
export class QuotaRun {
  readonly #make: MakeQuota;
  readonly #time: 'manual' | 'real';
  readonly #prefix = `case-${randomUUID()}`;
  readonly #clock: ManualClock = manualClock();
  readonly #made: Quota[] = [];

  constructor(make: MakeQuota, time: 'manual' | 'real') {
    this.#make = make;
    this.#time = time;
  }

  /** Milliseconds since 1970, on the time the quota goes by. */
  now(): number {
    return this.#time === 'manual' ? this.#clock.now() : Date.now();
  }

  /** A quota of this case; `count`th of those that were asked for. */
  async quota(count = 0): Promise<Quota> {
    while (this.#made.length <= count) this.#made.push(await this.#make(this.#clock));
    const quota = this.#made[count];
    if (!quota) throw new Error('No quota was made.');
    return quota;
  }

  async close(): Promise<void> {
    for (const quota of this.#made) await quota.close?.();
  }

  /** Lets time pass. */
  async pass(ms: number): Promise<void> {
    if (this.#time === 'manual') await this.#clock.advance(ms);
    else
      await new Promise((resolve) => {
        // A timer of Node may run up to a millisecond early.
        setTimeout(resolve, ms + 1);
      });
  }

  rate(change: Partial<RateBound> = {}): RateBound {
    return { kind: 'rate', limit: 5, perMs: 3_600_000, units: 1, ...change, key: this.#key(change) };
  }

  budget(change: Partial<BudgetBound> = {}): BudgetBound {
    return { kind: 'budget', limit: 10, window: 'month', units: 1, ...change, key: this.#key(change) };
  }

  slots(change: Partial<SlotsBound> = {}): SlotsBound {
    return { kind: 'slots', limit: 3, ...change, key: this.#key(change) };
  }

  async take(...bounds: readonly Bound[]): Promise<Reservation | Refusal> {
    return (await this.quota()).take(bounds);
  }

  /** Takes, and fails where it is refused. */
  async taken(...bounds: readonly Bound[]): Promise<Reservation> {
    const came = await this.take(...bounds);
    if (isRefusal(came)) throw new Error(`Expected a reservation; ${told(came)} for ${JSON.stringify(bounds)}.`);
    return came;
  }

  /** Asks, and fails where it is not refused. */
  async refused(...bounds: readonly Bound[]): Promise<Refusal> {
    const came = await this.take(...bounds);
    if (!isRefusal(came)) throw new Error(`Expected a refusal; ${JSON.stringify(bounds)} was taken.`);
    return came;
  }

  /** Units left of one bound, looked at without taking any. */
  async remaining(bound: RateBound | BudgetBound): Promise<number | undefined> {
    return levelIn(await this.take({ ...bound, units: 0 }));
  }

  /** Slots that are free, looked at by taking one and giving it back. */
  async free(bound: SlotsBound): Promise<number> {
    const came = await this.take(bound);
    if (isRefusal(came)) return 0;
    came.settle([]);
    return (levelIn(came) ?? NaN) + 1;
  }

  #key({ key = 'a' }: { readonly key?: string }): string {
    return key.startsWith(this.#prefix) ? key : `${this.#prefix}-${key}`;
  }
}

export function isRefusal(came: Reservation | Refusal): came is Refusal {
  return 'refusedBy' in came;
}

function levelIn({ levels }: Reservation | Refusal): number | undefined {
  return levels[0]?.remaining;
}

function told({ refusedBy, retryAfterMs }: Refusal): string {
  return `bound ${refusedBy} refused, to ask again in ${retryAfterMs} ms,`;
}
