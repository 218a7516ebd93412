import { NexusError } from '../errors.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { FlowControl, Slot, Waiting } from '../ports/flow-control.ts';
import { DrainRate } from './drain-rate.ts';
import type { Place } from './waiting-line.ts';
import { WaitingLine } from './waiting-line.ts';

/** Bounds of the places of one provider. */
export interface PlaceBounds {
  /** Attempts it runs at once. */
  readonly maxConcurrency: number;
  /** Attempts that may wait for a place; over it the lowest is refused at once. */
  readonly maxQueue: number;
  /** The longest an attempt waits for a place, in milliseconds. */
  readonly maxWaitMs: number;
}

/** Bounds of one provider. */
export interface ProviderBounds extends PlaceBounds {
  /** Attempts it is sent in a second. `Infinity`: no pace of its own. */
  readonly requestsPerSecond: number;
}

/** Queues, which may be told that their bounds have changed. */
export interface QueueFlowControl extends FlowControl {
  /** Lets in who waits for a place that was not there before. */
  look(): void;
}

/** A bounded queue per provider, higher priorities first. Bounds are asked for anew whenever they matter: they may change. */
export function queueFlowControl(boundsOf: (providerId: string) => PlaceBounds, clock: Clock): QueueFlowControl {
  const lanes = new Map<string, Lane>();
  return {
    enter({ providerId }, waiting) {
      let lane = lanes.get(providerId);
      if (!lane) lanes.set(providerId, (lane = new Lane(providerId, () => boundsOf(providerId), clock)));
      return lane.enter(waiting);
    },
    look() {
      for (const lane of lanes.values()) lane.look();
    },
    close() {
      for (const lane of lanes.values()) lane.close();
    },
  };
}

/** The places of one provider and those who wait for them. While somebody waits no place is free. */
class Lane {
  readonly #providerId: string;
  readonly #bounds: () => PlaceBounds;
  readonly #clock: Clock;
  readonly #line = new WaitingLine<Waiter>();
  readonly #drain = new DrainRate();
  #running = 0;

  constructor(providerId: string, bounds: () => PlaceBounds, clock: Clock) {
    this.#providerId = providerId;
    this.#bounds = bounds;
    this.#clock = clock;
  }

  enter(waiting: Waiting): Slot | Promise<Slot> {
    this.look();
    const { maxConcurrency, maxQueue } = this.#bounds();
    if (this.#running < maxConcurrency) {
      if (++this.#running === maxConcurrency) this.#drain.filled(this.#clock.elapsed());
      return new LaneSlot(this.#pass);
    }
    if (waiting.maxWaitMs <= 0) throw this.#full(`has ${String(this.#running)} requests running and none to spare`);
    if (this.#line.size >= maxQueue && !waiting.signal.aborted && !this.#makeRoom(waiting.priority))
      throw this.#full(`has ${String(this.#running)} requests running and its queue is full`);
    return this.#wait(waiting);
  }

  /** There may be more places than there were. */
  look(): void {
    while (this.#line.size > 0 && this.#running < this.#bounds().maxConcurrency) this.#admitNext();
  }

  close(): void {
    for (let waiter = this.#line.take(); waiter; waiter = this.#line.take())
      waiter.refuse(new NexusError('closing', 'The hub is shutting down and takes no new requests.'));
  }

  /** Refuses the last of the lowest priority in a full queue, if that is lower than the one who comes. */
  #makeRoom(priority: number): boolean {
    const lowest = this.#line.takeBelow(priority);
    lowest?.refuse(this.#full('has a full queue, and a request of a higher priority came'));
    return lowest !== undefined;
  }

  /** Waits for a place, not longer than the bounds or the caller allow. */
  #wait({ signal, maxWaitMs, priority }: Waiting): Promise<Slot> {
    return new Promise((resolve, reject) => {
      const waiter = new Waiter(signal, resolve, reject);
      if (signal.aborted) {
        waiter.leave();
        return;
      }
      const longestMs = Math.min(maxWaitMs, this.#bounds().maxWaitMs);
      // A clock of somebody else may throw: who is in the line by then would be given a place that nobody takes.
      waiter.timer = this.#clock.schedule(longestMs, () => {
        waiter.refuse(this.#full(`gave no place within ${String(longestMs)} ms`));
      });
      waiter.place = this.#line.add(waiter, priority);
      signal.addEventListener('abort', waiter.leave, { once: true });
    });
  }

  /** A place that was not there before goes to the first who waits. */
  #admitNext(): void {
    this.#running++;
    this.#line.take()?.admit(new LaneSlot(this.#pass));
  }

  /** A place is given back: the next in the line gets it, unless there are fewer now. */
  readonly #pass = (): void => {
    const isAwaited = this.#line.size > 0 && this.#running <= this.#bounds().maxConcurrency;
    const next = isAwaited ? this.#line.take() : undefined;
    // While there is room, and nobody waits, nobody has to look at the clock.
    if (next || this.#drain.isMeasuring) this.#drain.freed(this.#clock.elapsed(), next !== undefined);
    if (next) next.admit(new LaneSlot(this.#pass));
    else this.#running--;
    if (next) this.look();
  };

  #full(why: string): NexusError {
    const retryAfterMs = this.#drain.waitMs(this.#line.size + 1, this.#clock.elapsed());
    const details = { provider: this.#providerId, retryAfterMs };
    return new NexusError('overloaded', `The provider "${this.#providerId}" ${why}.`, details);
  }
}

/** A place, given back once however often it is released. */
class LaneSlot implements Slot {
  #pass: (() => void) | undefined;

  constructor(pass: () => void) {
    this.#pass = pass;
  }

  release(): void {
    const pass = this.#pass;
    this.#pass = undefined;
    pass?.();
  }
}

/** One who waits for a place. It ends once: with a place, refused, or gone; each leaves nothing behind. */
class Waiter {
  place: Place<Waiter> | undefined;
  timer: Timer | undefined;
  readonly #signal: AbortSignal;
  readonly #resolve: (slot: Slot) => void;
  readonly #reject: (cause: unknown) => void;

  constructor(signal: AbortSignal, resolve: (slot: Slot) => void, reject: (cause: unknown) => void) {
    this.#signal = signal;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  admit(slot: Slot): void {
    this.#end();
    this.#resolve(slot);
  }

  refuse(cause: unknown): void {
    this.#end();
    this.#reject(cause);
  }

  readonly leave = (): void => {
    this.refuse(this.#signal.reason);
  };

  #end(): void {
    this.place?.leave();
    this.timer?.cancel();
    this.#signal.removeEventListener('abort', this.leave);
  }
}
