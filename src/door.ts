import type { LoadShedder } from './defaults/load-shedder.ts';
import { priorityOf } from './priority.ts';
import type { Authenticator, Caller, Credentials } from './ports/index.ts';

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

/** Lets requests in, or turns them away before they cost anything. Knows who has come and is not yet on its journey. */
export class Door {
  readonly #shedder: LoadShedder | undefined;
  readonly #authenticator: () => Authenticator;
  readonly #travelling: () => number;
  #arriving = 0;

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
    return caller instanceof Promise
      ? caller.then((known) => this.#weigh(arrival, known))
      : this.#weigh(arrival, caller);
  }

  get #inFlight(): number {
    return this.#arriving + this.#travelling();
  }

  #weigh({ credentials, priority: asked, bodyBytes }: Arrival, caller: Caller): number {
    const priority = priorityOf(caller, asked, credentials);
    this.#shedder?.check(priority, this.#inFlight, bodyBytes);
    return priority;
  }

  #admission({ bodyBytes }: Arrival, priority: number): Admission {
    this.#arriving++;
    this.#shedder?.addBodies(bodyBytes);
    let held = bodyBytes;
    let isArriving = true;
    const begins = (): void => {
      if (isArriving) this.#arriving--;
      isArriving = false;
    };
    return {
      holds: (bytes) => {
        if (bytes <= held) return;
        this.#shedder?.addBodies(bytes - held);
        held = bytes;
        this.#shedder?.check(priority, 0, 0);
      },
      begins,
      release: () => {
        begins();
        this.#shedder?.addBodies(-held);
        held = 0;
      },
    };
  }
}
