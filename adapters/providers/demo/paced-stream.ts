import type { ProviderContext, Timer } from 'nexusai-hub/ports';
import { abortError } from 'nexusai-hub/provider-kit';

type Step<Item> = IteratorResult<Item, undefined>;

/** Hands out items one by one, a pause before each; ends at once when the signal aborts or nobody wants more. */
export class PacedStream<Item> implements AsyncIterableIterator<Item, undefined> {
  readonly #items: Iterator<Item>;
  readonly #pauseMs: number;
  readonly #context: ProviderContext;
  #isOver = false;
  #timer: Timer | undefined;
  #settle: ((end: 'item' | 'return' | 'abort') => void) | undefined;

  constructor(items: Iterable<Item>, pauseMs: number, context: ProviderContext) {
    this.#items = items[Symbol.iterator]();
    this.#pauseMs = pauseMs;
    this.#context = context;
    context.signal.addEventListener('abort', this.#abort, { once: true });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<Step<Item>> {
    const { signal, clock, heartbeat } = this.#context;
    if (this.#isOver) return this.return();
    const step = this.#items.next();
    if (step.done) return this.return();
    if (signal.aborted) return Promise.reject(abortError(signal));
    return new Promise((resolve, reject) => {
      this.#settle = (end) => {
        this.#settle = undefined;
        this.#timer?.cancel();
        if (end === 'return') resolve({ done: true, value: undefined });
        else if (end === 'abort') reject(abortError(signal));
        else {
          heartbeat();
          resolve({ done: false, value: step.value });
        }
      };
      this.#timer = clock.schedule(this.#pauseMs, () => this.#settle?.('item'));
    });
  }

  return(): Promise<Step<Item>> {
    this.#isOver = true;
    this.#context.signal.removeEventListener('abort', this.#abort);
    this.#settle?.('return');
    return Promise.resolve({ done: true, value: undefined });
  }

  readonly #abort = (): void => {
    this.#settle?.('abort');
  };
}
