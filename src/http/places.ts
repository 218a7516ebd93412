import { NexusError } from '../errors.ts';

/** A number of places for work that must not be done too often at once; who comes later waits, in order. */
export class Places {
  #free: number;
  readonly #waiting = new Set<() => void>();

  constructor(count: number) {
    this.#free = count;
  }

  /**
   * Resolves when there is a place; it has to be given back.
   * @throws NexusError `cancelled` when the signal aborts before.
   */
  take(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#waiting.delete(enter);
        reject(new NexusError('cancelled', 'The client left before its request was read.'));
      };
      const enter = (): void => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      if (signal.aborted) leave();
      else if (this.#free > 0) {
        this.#free--;
        resolve();
      } else {
        this.#waiting.add(enter);
        signal.addEventListener('abort', leave, { once: true });
      }
    });
  }

  /** Gives a place back, to the next in line if there is one. */
  giveBack(): void {
    const [next] = this.#waiting;
    if (!next) this.#free++;
    else {
      this.#waiting.delete(next);
      next();
    }
  }
}
