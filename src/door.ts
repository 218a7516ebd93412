import type { LoadShedder } from './defaults/load-shedder.ts';
import { priorityOf } from './priority.ts';
import type { Authenticator, Caller, Credentials } from './ports/index.ts';
import { isPromise } from './defaults/is-promise.ts';

/** What is known of a request before its body is read. */
export interface Arrival {
  readonly credentials: Credentials;
  /** What it asks for. Absent: its caller's. */
  readonly priority?: number | undefined;
  /** Length of its body as far as that was told; 0 where it was not. */
  readonly bodyBytes: number;
}

/** A request that was let in. Whoever brought it gives the admission back when the request is over. */
export interface Admission {
  /**
   * So many bytes of its body are in memory now.
   * @throws NexusError `overloaded` where there is no room for more.
   */
  holds(bytes: number): void;
  /** The request goes on its journey: from here on it counts there. */
  begins(): void;
  /** Gives everything back. Later calls do nothing. */
  release(): void;
}

/** Requests that were let in and are not yet on their journey. */
interface Arrivals {
  count: number;
}

/** Lets requests in, or turns them away before they cost anything. Knows who has come and is not yet on its journey. */
export class Door {
  readonly #shedder: LoadShedder | undefined;
  readonly #authenticator: () => Authenticator;
  readonly #travelling: () => number;
  readonly #arriving: Arrivals = { count: 0 };

  /** Without a shedder everybody comes in. */
  constructor(shedder: LoadShedder | undefined, authenticator: () => Authenticator, travelling: () => number) {
    this.#shedder = shedder;
    this.#authenticator = authenticator;
    this.#travelling = travelling;
  }

  get shed(): number {
    return this.#shedder?.shed ?? 0;
  }

  /**
   * Lets a request in whose body is still to come.
   * @throws NexusError `overloaded`; `unauthenticated`, where only some are let in and its key is not known.
   */
  admit(arrival: Arrival): Admission | Promise<Admission> {
    const priority = this.check(arrival);
    if (typeof priority === 'number') return this.#admission(arrival, priority);
    return priority.then((known) => this.#admission(arrival, known));
  }

  /**
   * As `admit`, for a request whose body is here already. Its priority; who asks is looked up only where that decides,
   * and until then it counts as the lowest.
   */
  check(arrival: Arrival): number | Promise<number> {
    if (!this.#shedder || this.#shedder.hasRoomForAll(this.#inFlight, arrival.bodyBytes)) return -1;
    const caller = this.#authenticator().identify(arrival.credentials, new AbortController().signal);
    return isPromise(caller)
      ? Promise.resolve(caller).then((known) => this.#weigh(arrival, known))
      : this.#weigh(arrival, caller);
  }

  get #inFlight(): number {
    return this.#arriving.count + this.#travelling();
  }

  #weigh({ credentials, priority: asked, bodyBytes }: Arrival, caller: Caller): number {
    const priority = priorityOf(caller, asked, credentials);
    this.#shedder?.check(priority, this.#inFlight, bodyBytes);
    return priority;
  }

  #admission({ bodyBytes }: Arrival, priority: number): Admission {
    this.#shedder?.addBodies(bodyBytes);
    return new LetIn(this.#arriving, this.#shedder, priority, bodyBytes);
  }
}

class LetIn implements Admission {
  readonly #arriving: Arrivals;
  readonly #shedder: LoadShedder | undefined;
  readonly #priority: number;
  #heldBytes: number;
  #isArriving = true;

  constructor(arriving: Arrivals, shedder: LoadShedder | undefined, priority: number, heldBytes: number) {
    this.#arriving = arriving;
    this.#shedder = shedder;
    this.#priority = priority;
    this.#heldBytes = heldBytes;
    arriving.count++;
  }

  /** Bound: it is handed on to whoever reads the body. */
  readonly holds = (bytes: number): void => {
    if (bytes <= this.#heldBytes) return;
    this.#shedder?.addBodies(bytes - this.#heldBytes);
    this.#heldBytes = bytes;
    this.#shedder?.check(this.#priority, 0, 0);
  };

  begins(): void {
    if (this.#isArriving) this.#arriving.count--;
    this.#isArriving = false;
  }

  release(): void {
    this.begins();
    this.#shedder?.addBodies(-this.#heldBytes);
    this.#heldBytes = 0;
  }
}
