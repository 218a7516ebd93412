import { NexusError } from './errors.ts';

/** A character from here on takes about a token; of those before it four do. */
const FIRST_WIDE = 0x2e80;
const NARROW_TOKENS = 0.25;

/**
 * Ends an answer that grows longer than its caller's limits have room for (L10). Tokens are counted roughly while they
 * come: an encoder for every chunk would cost more than it saves.
 */
export class CompletionCap {
  readonly #mostTokens: number;
  #tokens = 0;

  constructor(mostTokens: number) {
    this.#mostTokens = mostTokens;
  }

  /** Counts what the answer goes on with. */
  add(text: string): void {
    for (let place = 0; place < text.length; place++)
      this.#tokens += text.charCodeAt(place) >= FIRST_WIDE ? 1 : NARROW_TOKENS;
  }

  /** @throws NexusError `budget_exhausted` when the answer is longer than it may be. */
  check(): void {
    if (this.#tokens <= this.#mostTokens) return;
    const most = `about ${String(this.#mostTokens)} tokens`;
    const message = `The answer was cut off: it is longer than the ${most} that the limits of this key had room for.`;
    throw new NexusError('budget_exhausted', message);
  }
}
