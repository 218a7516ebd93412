import { NexusError } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { FlowControl, Slot, Waiting } from '../ports/flow-control.ts';
import type { Bound, Quota, Refusal, Reservation } from '../ports/quota.ts';
import { isPromise } from './is-promise.ts';

/** What a provider is sent at most. */
export interface Pace {
  /** `Infinity`: as many as come. */
  readonly requestsPerSecond: number;
  /** The longest an attempt waits for a place and its pace, in milliseconds. */
  readonly maxWaitMs: number;
}

const USED: readonly number[] = [1];

/**
 * Sends no provider more attempts in any second than its pace says, all together that ask the same quota. The pace is
 * taken by who has a place, for many places may become free at once. Over its pace a provider is not waited for, but by
 * those who have waited for their place.
 */
export function pacedFlowControl(
  flow: FlowControl,
  paceOf: (providerId: string) => Pace,
  quota: Quota,
  clock: Clock,
): FlowControl {
  const lanes = new Map<string, PacedLane>();
  return {
    enter(target, waiting) {
      const { providerId } = target;
      if (!Number.isFinite(paceOf(providerId).requestsPerSecond)) return flow.enter(target, waiting);
      let lane = lanes.get(providerId);
      if (!lane) lanes.set(providerId, (lane = new PacedLane(providerId, () => paceOf(providerId), quota, clock)));
      const beganAt = clock.elapsed();
      const slot = flow.enter(target, waiting);
      return isPromise(slot) ? lane.afterWait(slot, waiting, beganAt) : lane.atOnce(slot);
    },
    close: () => flow.close?.(),
  };
}

/** The pace of one provider. */
class PacedLane {
  readonly #providerId: string;
  readonly #pace: () => Pace;
  readonly #quota: Quota;
  readonly #clock: Clock;
  #bounds: readonly Bound[] = [];
  /** Those who have a place and wait for the pace. */
  #held = 0;

  constructor(providerId: string, pace: () => Pace, quota: Quota, clock: Clock) {
    this.#providerId = providerId;
    this.#pace = pace;
    this.#quota = quota;
    this.#clock = clock;
  }

  /** The same place, where the pace allows it now. */
  atOnce(slot: Slot): Slot | Promise<Slot> {
    try {
      const taken = this.#take();
      return isPromise(taken) ? this.#whenTaken(taken, slot) : this.#inPace(taken, slot);
    } catch (cause) {
      slot.release();
      throw cause;
    }
  }

  /** Keeps the place until the pace allows it: who else would get it, would have to wait for the same. */
  async afterWait(waited: Promise<Slot>, waiting: Waiting, beganAt: number): Promise<Slot> {
    const slot = await waited;
    const until = beganAt + Math.min(waiting.maxWaitMs, this.#pace().maxWaitMs);
    try {
      // There may be no pace any more.
      while (Number.isFinite(this.#pace().requestsPerSecond)) {
        const taken = await this.#take();
        if (!('refusedBy' in taken)) return this.#inPace(taken, slot);
        // Each at its own time: all of them would come again at once, and all but one in vain.
        const waitMs = taken.retryAfterMs + (this.#held * 1_000) / this.#pace().requestsPerSecond;
        if (waitMs > until - this.#clock.elapsed()) throw this.#refusal(waitMs);
        await this.#hold(waitMs, waiting.signal);
      }
      return slot;
    } catch (cause) {
      slot.release();
      throw cause;
    }
  }

  #take(): Reservation | Refusal | Promise<Reservation | Refusal> {
    const limit = this.#pace().requestsPerSecond;
    // A key that is put together anew has to be hashed anew, too.
    if (this.#bounds[0]?.limit !== limit) {
      const key = `provider:${this.#providerId}:requests`;
      this.#bounds = [{ kind: 'rate', key, limit, perMs: 1_000, evenly: true, units: 1 }];
    }
    return this.#quota.take(this.#bounds);
  }

  async #whenTaken(taking: Promise<Reservation | Refusal>, slot: Slot): Promise<Slot> {
    try {
      return this.#inPace(await taking, slot);
    } catch (cause) {
      slot.release();
      throw cause;
    }
  }

  #inPace(taken: Reservation | Refusal, slot: Slot): Slot {
    if ('refusedBy' in taken) throw this.#refusal(taken.retryAfterMs);
    taken.settle(USED);
    return slot;
  }

  async #hold(ms: number, signal: AbortSignal): Promise<void> {
    this.#held++;
    try {
      await pause(ms, signal, this.#clock);
    } finally {
      this.#held--;
    }
  }

  #refusal(retryAfterMs: number): NexusError {
    const details = { provider: this.#providerId, retryAfterMs: Math.ceil(retryAfterMs) };
    return new NexusError('overloaded', `The provider "${this.#providerId}" is at its rate limit.`, details);
  }
}

/** Rejects with the signal's reason as soon as it aborts. */
function pause(ms: number, signal: AbortSignal, clock: Clock): Promise<void> {
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      timer.cancel();
      // Whoever aborts says what went wrong.
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
      reject(signal.reason);
    };
    const timer = clock.schedule(ms, () => {
      signal.removeEventListener('abort', leave);
      resolve();
    });
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave, { once: true });
  });
}
