import { NexusError } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';

/** The longest anybody waits for somebody else's answer. */
const PATIENCE_MS = 1_000;

/**
 * Lets one request of a model go first while nobody knows what its answers cost, and the others wait for what it
 * teaches: otherwise any number that come together would pass a budget before the first of them is counted. A second at
 * most; an answer that takes longer than that keeps nobody any more.
 */
export class FirstAnswers {
  readonly #clock: Clock;
  readonly #underWay = new Map<string, Promise<void>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Resolves when the model is known, or has been waited for long enough; or with the right to go first, which ends with
   * a call.
   * @throws NexusError `cancelled`
   */
  async turn(model: string, isKnown: () => boolean, signal: AbortSignal): Promise<(() => void) | undefined> {
    const until = this.#clock.elapsed() + PATIENCE_MS;
    while (!isKnown()) {
      const ahead = this.#underWay.get(model);
      if (!ahead) return this.#begin(model);
      const leftMs = until - this.#clock.elapsed();
      if (leftMs <= 0) return undefined;
      await this.#wait(ahead, leftMs, signal);
    }
    return undefined;
  }

  #begin(model: string): () => void {
    let resolve = (): void => undefined;
    const over = new Promise<void>((done) => {
      resolve = done;
    });
    this.#underWay.set(model, over);
    return () => {
      this.#underWay.delete(model);
      resolve();
    };
  }

  #wait(over: Promise<void>, ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        timer.cancel();
        signal.removeEventListener('abort', left);
      };
      const left = (): void => {
        end();
        reject(new NexusError('cancelled', 'The caller left while it waited for its turn.'));
      };
      const timer = this.#clock.schedule(ms, () => {
        end();
        resolve();
      });
      if (signal.aborted) {
        left();
        return;
      }
      signal.addEventListener('abort', left, { once: true });
      void over.then(() => {
        end();
        resolve();
      });
    });
  }
}
