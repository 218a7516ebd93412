/**
 * A bound on how much is taken of something. Kind, key and, for a budget, window name one counter, which everybody
 * shares who asks the same quota. Limits are over 0, units 0 or more.
 */
export type Bound = RateBound | BudgetBound | SlotsBound;

/**
 * `limit` units in any `perMs` milliseconds, whenever they begin. While fewer were taken in the last `perMs` there is
 * room, and what was taken makes room again `perMs` later.
 */
export interface RateBound {
  readonly kind: 'rate';
  readonly key: string;
  readonly limit: number;
  readonly perMs: number;
  /**
   * For many who ask without pause: once the limit was reached, what makes room is given out evenly, one unit after the
   * other, but for a tenth of the limit that may come at once. Else as soon as there is room. @default false
   */
  readonly evenly?: boolean;
  /** Units to take. More than the limit are taken as soon as it is whole, and waited for afterwards. */
  readonly units: number;
}

/**
 * `limit` units in a calendar day or month (UTC). What is taken is reserved until the reservation is settled, or until its
 * process is gone.
 */
export interface BudgetBound {
  readonly kind: 'budget';
  readonly key: string;
  readonly limit: number;
  readonly window: 'day' | 'month';
  /** Units to take; none are taken, not even 0, once the limit is reached. */
  readonly units: number;
}

/** `limit` at the same time. One is held until the reservation is settled, or until its process is gone. */
export interface SlotsBound {
  readonly kind: 'slots';
  readonly key: string;
  readonly limit: number;
}

/** How one bound stands. */
export interface Level {
  /** Whole units left, never below 0. */
  readonly remaining: number;
  /** Milliseconds until it is whole again, if nobody takes any more; 0 for slots, which nobody can tell. */
  readonly resetMs: number;
}

/** What was taken, until it is settled. */
export interface Reservation {
  /** How the bounds stand afterwards, in their order. */
  readonly levels: readonly Level[];
  /**
   * Ends the reservation: slots are given back, and for each other bound `used` units stand in place of those that were
   * taken; `undefined` lets them stand. More than was taken is taken now, whatever is left. Fewer are given back; of a
   * rate, as far as they have not made room by themselves meanwhile; of a budget, in the day or month they were taken in.
   *
   * To be called exactly once. Does not throw: what cannot be settled now is settled later, or logged.
   */
  settle(used: readonly (number | undefined)[]): void;
}

/** Why nothing was taken. */
export interface Refusal {
  /** Place of the bound that has too little; of several, the one that has for longest. */
  readonly refusedBy: number;
  /** Milliseconds until it may have enough; 0 for slots. */
  readonly retryAfterMs: number;
  /** How the bounds stand, in their order. */
  readonly levels: readonly Level[];
}

/** Counts what is taken, for one process or for many. */
export interface Quota {
  /**
   * Takes from every bound or from none, in one atomic step. No two bounds name the same counter.
   * @throws NexusError `limiter_unavailable` when its store does not answer in time.
   */
  take(bounds: readonly Bound[]): Reservation | Refusal | Promise<Reservation | Refusal>;
  /**
   * Puts `used` in place of what the counter of a budget holds as settled in the present day or month, where a ledger
   * knows better; what those who live have reserved stays. Returns by how much the counter was over it, below 0 when it was under.
   */
  rebuild(budget: Pick<BudgetBound, 'key' | 'window'>, used: number): number | Promise<number>;
  /**
   * How many processes have lately shared it, this one among them; `undefined` while that is not known. Absent: this one
   * alone, as far as it knows.
   */
  processes?(): number | undefined;
  /** Gives back what it holds (sockets, timers). */
  close?(): void | Promise<void>;
}
