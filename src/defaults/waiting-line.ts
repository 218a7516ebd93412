/** One who waits in a line. */
export interface Place<T> {
  readonly item: T;
  /** Takes it out of the line; does nothing when it has left already. */
  leave(): void;
}

/** How often in a row the one who waits longest is passed over for higher ones. */
const MOST_PASSED_OVER = 3;

/**
 * A line in which higher priorities go first, and equals in the order they came. Whoever waits longest is passed over at
 * most three times in a row, whatever its priority: of four places that become free one is its own, so that nobody
 * starves and the higher ones keep three quarters. Every step takes as many looks as there are different priorities.
 */
export class WaitingLine<T> {
  /** Highest first. None of them is empty. */
  readonly #ranks: Rank<T>[] = [];
  #size = 0;
  #count = 0;
  #passedOver = 0;

  get size(): number {
    return this.#size;
  }

  /** Goes to the end of its priority. */
  add(item: T, priority: number): Place<T> {
    const rank = this.#rankOf(priority);
    const member = new Member(item, this.#count++, rank, this.#left);
    rank.append(member);
    this.#size++;
    return member;
  }

  /** Takes out whose turn it is; `undefined` when nobody waits. */
  take(): T | undefined {
    const highest = this.#ranks[0]?.first;
    if (!highest) return undefined;
    let next = highest;
    for (const { first } of this.#ranks) if (first && first.number < next.number) next = first;
    if (next !== highest && this.#passedOver < MOST_PASSED_OVER) {
      this.#passedOver++;
      next = highest;
    } else this.#passedOver = 0;
    next.leave();
    return next.item;
  }

  /** Takes out the last to come of the lowest priority, if that is below `priority`. */
  takeBelow(priority: number): T | undefined {
    const lowest = this.#ranks.at(-1);
    if (!lowest?.last || lowest.priority >= priority) return undefined;
    const { last } = lowest;
    last.leave();
    return last.item;
  }

  #rankOf(priority: number): Rank<T> {
    const at = this.#ranks.findIndex((rank) => rank.priority <= priority);
    const found = this.#ranks[at];
    if (found?.priority === priority) return found;
    const rank = new Rank<T>(priority);
    this.#ranks.splice(at < 0 ? this.#ranks.length : at, 0, rank);
    return rank;
  }

  readonly #left = (rank: Rank<T>): void => {
    this.#size--;
    if (!rank.first) this.#ranks.splice(this.#ranks.indexOf(rank), 1);
  };
}

/** Those of one priority, as a chain: anyone may leave from anywhere without a search. */
class Rank<T> {
  readonly priority: number;
  first: Member<T> | undefined;
  last: Member<T> | undefined;

  constructor(priority: number) {
    this.priority = priority;
  }

  append(member: Member<T>): void {
    member.before = this.last;
    if (this.last) this.last.after = member;
    else this.first = member;
    this.last = member;
  }

  remove({ before, after }: Member<T>): void {
    if (before) before.after = after;
    else this.first = after;
    if (after) after.before = before;
    else this.last = before;
  }
}

class Member<T> implements Place<T> {
  readonly item: T;
  /** Lower came earlier. */
  readonly number: number;
  before: Member<T> | undefined;
  after: Member<T> | undefined;
  #rank: Rank<T> | undefined;
  readonly #left: (rank: Rank<T>) => void;

  constructor(item: T, number: number, rank: Rank<T>, left: (rank: Rank<T>) => void) {
    this.item = item;
    this.number = number;
    this.#rank = rank;
    this.#left = left;
  }

  leave(): void {
    const rank = this.#rank;
    if (!rank) return;
    this.#rank = undefined;
    rank.remove(this);
    this.#left(rank);
  }
}
