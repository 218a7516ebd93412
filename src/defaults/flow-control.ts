import PQueue from 'p-queue';
import { NexusError } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { FlowControl, Slot, Waiting } from '../ports/flow-control.ts';
import type { Target } from '../ports/router.ts';
import { TokenBucket } from './token-bucket.ts';

/** Bounds of one provider. */
export interface ProviderBounds {
  /** Attempts it runs at once. */
  readonly maxConcurrency: number;
  /** Attempts that may wait for a place; over it they are refused at once. */
  readonly maxQueue: number;
  /** The longest an attempt waits for a place, in milliseconds. */
  readonly maxWaitMs: number;
  /** Attempts it is sent in a second. `Infinity`: no pace of its own. */
  readonly requestsPerSecond: number;
}

/** A bounded queue per provider, on p-queue. */
export function queueFlowControl(boundsOf: (providerId: string) => ProviderBounds, clock: Clock): FlowControl {
  const lanes = new Map<string, Lane>();
  return {
    async enter({ providerId }, waiting) {
      let lane = lanes.get(providerId);
      if (!lane) lanes.set(providerId, (lane = new Lane(providerId, boundsOf(providerId), clock)));
      return lane.enter(waiting);
    },
  };
}

/** Asking again sooner than this would find the same queue. */
const RETRY_AFTER_FULL_MS = 1_000;

class Lane {
  readonly #providerId: Target['providerId'];
  readonly #bounds: ProviderBounds;
  readonly #clock: Clock;
  readonly #queue: PQueue;
  readonly #pace: TokenBucket | undefined;

  constructor(providerId: string, bounds: ProviderBounds, clock: Clock) {
    this.#providerId = providerId;
    this.#bounds = bounds;
    this.#clock = clock;
    this.#queue = new PQueue({ concurrency: bounds.maxConcurrency });
    const { requestsPerSecond } = bounds;
    if (Number.isFinite(requestsPerSecond))
      this.#pace = new TokenBucket(requestsPerSecond, Math.max(1, requestsPerSecond), clock.elapsed());
  }

  async enter({ signal, maxWaitMs }: Waiting): Promise<Slot> {
    this.#keepPace();
    if (this.#queue.pending < this.#bounds.maxConcurrency && this.#queue.size === 0) return this.#start(undefined);
    if (maxWaitMs <= 0 || this.#queue.size >= this.#bounds.maxQueue)
      throw this.#full(`has ${String(this.#queue.pending)} requests running and its queue is full`);
    return this.#wait(signal, Math.min(maxWaitMs, this.#bounds.maxWaitMs));
  }

  #keepPace(): void {
    const waitMs = this.#pace?.take(1, this.#clock.elapsed()) ?? 0;
    if (waitMs === 0) return;
    const retryAfterMs = Math.ceil(waitMs);
    const message = `The provider "${this.#providerId}" is at its rate limit.`;
    throw new NexusError('overloaded', message, { provider: this.#providerId, retryAfterMs });
  }

  /** Waits for a place, not longer than the bounds or the caller allow. */
  async #wait(signal: AbortSignal, maxWaitMs: number): Promise<Slot> {
    const waiting = new AbortController();
    const leave = (): void => {
      waiting.abort(signal.reason);
    };
    const timer = this.#clock.schedule(maxWaitMs, () => {
      waiting.abort(this.#full(`gave no place within ${String(maxWaitMs)} ms`));
    });
    signal.addEventListener('abort', leave, { once: true });
    if (signal.aborted) leave();
    try {
      return await this.#start(waiting.signal);
    } finally {
      timer.cancel();
      signal.removeEventListener('abort', leave);
    }
  }

  /** Resolves when the queue runs our job; the job lasts until the slot is released. */
  #start(signal: AbortSignal | undefined): Promise<Slot> {
    return new Promise<Slot>((resolve, reject) => {
      const job = (): Promise<void> =>
        new Promise<void>((finish) => {
          resolve({ release: finish });
        });
      this.#queue.add(job, signal ? { signal } : {}).catch(reject);
    });
  }

  #full(why: string): NexusError {
    const details = { provider: this.#providerId, retryAfterMs: RETRY_AFTER_FULL_MS };
    return new NexusError('overloaded', `The provider "${this.#providerId}" ${why}.`, details);
  }
}
