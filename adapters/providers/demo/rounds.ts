import type { ProviderContext } from 'nexusai-hub/ports';
import { abortError } from 'nexusai-hub/provider-kit';

/** Rounds of a loop from one turn of the event loop to the next, where a round is short. */
const ROUNDS_PER_TURN = 16;

/** Begins each round of a long loop: the process has other callers, and the one it works for may have left. */
export class Rounds {
  readonly #signal: AbortSignal;
  readonly #perTurn: number;
  #count = 0;

  constructor({ signal }: Pick<ProviderContext, 'signal'>, perTurn: number = ROUNDS_PER_TURN) {
    this.#signal = signal;
    this.#perTurn = perTurn;
  }

  /** @throws NexusError `cancelled`, or the signal's own reason, after an abort. */
  async next(): Promise<void> {
    if (++this.#count % this.#perTurn === 0) await new Promise((resolve) => setImmediate(resolve));
    if (this.#signal.aborted) throw abortError(this.#signal);
  }
}
