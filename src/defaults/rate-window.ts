/** A period has so many grains. What is taken within one is let go together: a window never holds more of them. */
const GRAINS = 2_000;

/** What was taken within one grain of time, and when it is let go. */
export interface Taken {
  endsAtUs: number;
  units: number;
  next: Taken | undefined;
}

/** How much may be taken in any stretch of so many microseconds. */
export interface Rate {
  readonly limit: number;
  readonly periodUs: number;
}

/**
 * What was taken within the last period, oldest first: a unit counts from when it is taken until a period later. Times are
 * whole microseconds, and the sums are those of the script that does the same in Redis (`adapters/storage/redis/lua.ts`),
 * so that both decide alike.
 */
export class RateWindow {
  #used = 0;
  #first: Taken | undefined;
  #last: Taken | undefined;

  /** Units that count now. */
  get used(): number {
    return this.#used;
  }

  /** When nothing of it counts any more, if nobody takes any more. */
  get wholeAtUs(): number {
    return this.#used > 0 && this.#last ? this.#last.endsAtUs : -Infinity;
  }

  /** Lets go of what was taken a period ago. To be called before anything else is asked. */
  letGo(nowUs: number): void {
    let first = this.#first;
    while (first && (first.endsAtUs <= nowUs || first.units === 0)) {
      const { next }: Taken = first;
      this.#used -= first.units;
      first.units = 0;
      // A request that runs for long knows of it still, and must not hold on to all that came after it.
      first.next = undefined;
      first = next;
    }
    this.#first = first;
    if (first) return;
    this.#last = undefined;
    this.#used = 0;
  }

  /** When so many may be taken, or `undefined` when that is now. More than the limit may be once nothing counts. */
  roomAtUs(units: number, { limit }: Rate): number | undefined {
    let lacking = this.#used + Math.min(units, limit) - limit;
    if (lacking <= 0) return undefined;
    let entry = this.#first;
    while (entry?.next && (lacking -= entry.units) > 0) entry = entry.next;
    return entry?.endsAtUs;
  }

  /** Takes, whatever is left. What is above the limit counts for longer: as long as the limit needs to allow it. */
  take(units: number, { limit, periodUs }: Rate, nowUs: number): Taken | undefined {
    if (units === 0) return undefined;
    const last = this.#last;
    const above = Math.max(0, Math.min(units, this.#used + units - limit));
    const endsAtUs = Math.max(
      Math.max(last?.endsAtUs ?? 0, nowUs) + Math.ceil((above * periodUs) / limit),
      nowUs + Math.max(periodUs, Math.ceil((units * periodUs) / limit)),
    );
    this.#used += units;
    const grainUs = periodUs / GRAINS;
    if (last && Math.floor((last.endsAtUs - periodUs) / grainUs) >= Math.floor(nowUs / grainUs)) {
      last.endsAtUs = endsAtUs;
      last.units += units;
      return last;
    }
    const taken = { endsAtUs, units, next: undefined };
    if (last) last.next = taken;
    else this.#first = taken;
    return (this.#last = taken);
  }

  /** Gives some of it back, unless it was let go. */
  giveBack(taken: Taken, units: number, { limit, periodUs }: Rate): void {
    const kept = Math.max(0, taken.units - units);
    const above = Math.max(taken.units, limit) - Math.max(kept, limit);
    taken.endsAtUs -= Math.floor((above * periodUs) / limit);
    this.#used -= taken.units - kept;
    taken.units = kept;
  }
}
