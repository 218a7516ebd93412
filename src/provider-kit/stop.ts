import { setMaxListeners } from 'node:events';

import { NOBODY, withOne, without } from '../defaults/short-list.ts';

type Listener = () => void;

/**
 * Stops a request or one of its attempts, as an `AbortController` does; its signal is made when somebody asks for it. In
 * Node every signal has a shape of its own: to make one and listen to it takes 9 us, here 0.1.
 */
export class Stop {
  #isAborted = false;
  #reason: unknown;
  /** Nearly always one: the request on its way. */
  #listeners: readonly Listener[] = NOBODY;
  #controller: AbortController | undefined;

  get aborted(): boolean {
    return this.#isAborted;
  }

  get reason(): unknown {
    return this.#reason;
  }

  /** For whoever takes nothing else. Aborts with this one. */
  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      // Many requests of one connection may listen.
      setMaxListeners(0, this.#controller.signal);
    }
    if (this.#isAborted) this.#controller.abort(this.#reason);
    return this.#controller.signal;
  }

  /** Later calls do nothing. */
  abort(reason?: unknown): void {
    if (this.#isAborted) return;
    this.#isAborted = true;
    this.#reason = reason;
    const listeners = this.#listeners;
    this.#listeners = NOBODY;
    for (const listener of listeners) listener();
    this.#controller?.abort(reason);
  }

  /** As on a signal; every listener is called once. */
  addEventListener(_type: 'abort', listener: Listener): void {
    this.#listeners = withOne(this.#listeners, listener);
  }

  removeEventListener(_type: 'abort', listener: Listener): void {
    this.#listeners = without(this.#listeners, listener);
  }
}

/** The same as a real signal. */
export function signalOf(stop: AbortSignal | Stop): AbortSignal {
  return stop instanceof Stop ? stop.signal : stop;
}
