/** A period has so many grains. What is taken within one is let go together: a window never holds more of them. */
const GRAINS = 2_000;

/** This part of the limit may come at once where room is given out evenly: who was kept from asking may catch up. */
const AT_ONCE = 1 / 10;

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
  /** Whether room is given out evenly, once the limit was reached. */
  readonly isEven: boolean;
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
  /** The limit was reached: nothing before then, and after each unit its part of the period later. */
  #evenAtUs = -Infinity;

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
    this.#evenAtUs = -Infinity;
  }

  /** Units that may be taken now, without fractions. */
  left({ limit, periodUs, isEven }: Rate, nowUs: number): number {
    // Of a limit under 1 there is one, now and then.
    const left = Math.max(1, limit) - this.#used;
    const even = isEven ? ((nowUs - this.#evenAtUs) * limit) / periodUs + 1 : Infinity;
    return Math.max(0, Math.floor(Math.min(left, even)));
  }

  /** When so many may be taken, or `undefined` when that is now. More than the limit may be once nothing counts. */
  roomAtUs(units: number, { limit, periodUs, isEven }: Rate, nowUs: number): number | undefined {
    const roomAtUs = this.#roomAtUs(units, limit);
    if (!isEven) return roomAtUs;
    if (roomAtUs !== undefined) this.#evenAtUs = Math.max(this.#evenAtUs, roomAtUs - Math.floor(periodUs * AT_ONCE));
    const evenAtUs = Math.max(roomAtUs ?? -Infinity, this.#evenAtUs);
    return evenAtUs > nowUs ? evenAtUs : undefined;
  }

  #roomAtUs(units: number, limit: number): number | undefined {
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
    this.#evenAtUs += Math.ceil((units * periodUs) / limit);
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
    this.#evenAtUs -= Math.ceil(((taken.units - kept) * periodUs) / limit);
    taken.units = kept;
  }
}
