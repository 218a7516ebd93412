import type { Clock } from './ports/clock.ts';

/** How many attempts may be made that requests do not need when all is well. */
export interface ShareOptions {
  /** For each request of the window, so many: 0.2 is one for five. */
  readonly share: number;
  /**
   * And so many for each second of the window, so that a hub with little to do may try again, too. They may be used all at
   * once: what a provider had in its hands when it went away fails together, and nearly all of it is answered when it is
   * asked again.
   */
  readonly perSecond: number;
}

const SLOTS = 10;
const SLOT_MS = 1_000;

/**
 * A budget of extra attempts, as a share of the requests of the last ten seconds: when everything fails, an outage is
 * not answered with a multiple of the traffic.
 */
export class TrafficShare {
  readonly #options: ShareOptions;
  readonly #clock: Clock;
  readonly #requests = new Counts();
  readonly #extras = new Counts();
  #slot: number;

  constructor(options: ShareOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
    this.#slot = this.#slotNow();
  }

  /** A request came. */
  earn(): void {
    this.#moveOn();
    this.#requests.add();
  }

  /** Whether one more extra attempt fits. */
  has(): boolean {
    this.#moveOn();
    const { share, perSecond } = this.#options;
    return this.#extras.total < share * this.#requests.total + perSecond * SLOTS;
  }

  /** An extra attempt was made. */
  spend(): void {
    this.#extras.add();
  }

  #moveOn(): void {
    const now = this.#slotNow();
    for (let passed = Math.min(SLOTS, now - this.#slot); passed > 0; passed--) {
      this.#requests.forgetOldest();
      this.#extras.forgetOldest();
    }
    this.#slot = now;
  }

  #slotNow(): number {
    return Math.floor(this.#clock.elapsed() / SLOT_MS);
  }
}

/** Counts by slot, the current one first in line to be counted. */
class Counts {
  total = 0;
  readonly #bySlot = new Array<number>(SLOTS).fill(0);
  #current = 0;

  add(): void {
    this.total++;
    this.#bySlot[this.#current] = (this.#bySlot[this.#current] ?? 0) + 1;
  }

  /** A new slot begins in the place of the oldest. */
  forgetOldest(): void {
    this.#current = (this.#current + 1) % SLOTS;
    this.total -= this.#bySlot[this.#current] ?? 0;
    this.#bySlot[this.#current] = 0;
  }
}
