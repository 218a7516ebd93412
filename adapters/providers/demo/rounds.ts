import type { ProviderContext } from 'nexusai-hub/ports';
import { abortError } from 'nexusai-hub/provider-kit';

/** Rounds of a loop from one turn of the event loop to the next: a few milliseconds of work. */
const ROUNDS_PER_TURN = 16;

/** Begins each round of a long loop: the process has other callers, and the one it works for may have left. */
export class Rounds {
  readonly #signal: AbortSignal;
  #count = 0;

  constructor({ signal }: Pick<ProviderContext, 'signal'>) {
    this.#signal = signal;
  }

  /** @throws NexusError `cancelled`, or the signal's own reason, after an abort. */
  async next(): Promise<void> {
    if (++this.#count % ROUNDS_PER_TURN === 0) await new Promise((resolve) => setImmediate(resolve));
    if (this.#signal.aborted) throw abortError(this.#signal);
  }
}
