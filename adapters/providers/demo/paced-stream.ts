import type { ChatChunk, ProviderContext, Timer } from 'nexusai-hub/ports';
import { abortError } from 'nexusai-hub/provider-kit';

type Step = IteratorResult<ChatChunk, undefined>;

/** Hands out chunks one by one, a pause before each; ends at once when the signal aborts or nobody wants more. */
export class PacedStream implements AsyncIterableIterator<ChatChunk, undefined> {
  readonly #chunks: readonly ChatChunk[];
  readonly #pauseMs: number;
  readonly #context: ProviderContext;
  #next = 0;
  #timer: Timer | undefined;
  #settle: ((end: 'chunk' | 'return' | 'abort') => void) | undefined;

  constructor(chunks: readonly ChatChunk[], pauseMs: number, context: ProviderContext) {
    this.#chunks = chunks;
    this.#pauseMs = pauseMs;
    this.#context = context;
    context.signal.addEventListener('abort', this.#abort, { once: true });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<Step> {
    const { signal, clock, heartbeat } = this.#context;
    const chunk = this.#chunks[this.#next];
    if (!chunk) return this.return();
    if (signal.aborted) return Promise.reject(abortError(signal));
    return new Promise((resolve, reject) => {
      this.#settle = (end) => {
        this.#settle = undefined;
        this.#timer?.cancel();
        if (end === 'return') resolve({ done: true, value: undefined });
        else if (end === 'abort') reject(abortError(signal));
        else {
          this.#next++;
          heartbeat();
          resolve({ done: false, value: chunk });
        }
      };
      this.#timer = clock.schedule(this.#pauseMs, () => this.#settle?.('chunk'));
    });
  }

  return(): Promise<Step> {
    this.#next = this.#chunks.length;
    this.#context.signal.removeEventListener('abort', this.#abort);
    this.#settle?.('return');
    return Promise.resolve({ done: true, value: undefined });
  }

  readonly #abort = (): void => {
    this.#settle?.('abort');
  };
}
