import { EventEmitter } from 'node:events';
import Opossum from 'opossum';
import type { CircuitState } from '../ports/circuit-breaker.ts';
import type { Clock } from '../ports/clock.ts';
import type { Tally, WindowCounts } from './circuit-rule.ts';
import { LONGEST_TIMER_MS } from './clock.ts';

/** Parts of the window; its oldest part leaves as a whole. */
const BUCKETS = 10;

/** What failed is told to others; opossum only counts. */
const FAILED = new Error('The attempt failed.');

/** An attempt a breaker knows of. Its outcome counts at once. */
export interface Run {
  succeed(): void;
  fail(): void;
}

/** What a breaker is made with. */
export interface BreakerOptions {
  /** The state it begins in. */
  readonly kind: CircuitState['kind'];
  readonly windowMs: number;
  readonly clock: Clock;
  /** Whether these counts open it; asked after each failure. */
  readonly shouldOpen: (tally: Tally) => boolean;
  /** An outcome, `open()` or `close()` moved it. Not called for the state it begins in. */
  readonly moved: () => void;
}

/**
 * opossum by the hub's clock. It counts within a window that slides, opens, and lets one probe in when half-open. Left
 * to itself opossum goes by timers of its own: here the window moves on when somebody looks, and when it is time to
 * probe, whoever holds this begins a new one that is half-open.
 */
export class OpossumBreaker {
  readonly #opossum: Opossum<[Action], void>;
  readonly #window = new EventEmitter();
  readonly #clock: Clock;
  readonly #bucketMs: number;
  #movedOnAt: number;
  #successes = 0;
  #inARow = 0;

  constructor({ kind, windowMs, clock, shouldOpen, moved }: BreakerOptions) {
    this.#clock = clock;
    this.#bucketMs = windowMs / BUCKETS;
    this.#movedOnAt = clock.elapsed();
    const options = {
      timeout: false,
      resetTimeout: LONGEST_TIMER_MS,
      rollingCountTimeout: windowMs,
      rollingCountBuckets: BUCKETS,
      rotateBucketController: this.#window,
      rollingPercentilesEnabled: false,
      enableSnapshots: false,
      // Its own rule divides by attempts begun in the window, which a long stream has left: ours is `shouldOpen`.
      errorThresholdPercentage: Infinity,
      state: { closed: kind === 'closed', halfOpen: kind === 'half-open' },
    } as const;
    this.#opossum = new Opossum((action) => action.begin(), { ...options });
    this.#opossum.on('failure', () => {
      const { successes, failures } = this.#opossum.stats;
      if (shouldOpen({ successes, failures, inARow: this.#inARow })) this.#opossum.open();
    });
    this.#opossum.on('open', moved);
    this.#opossum.on('close', moved);
  }

  kind(): CircuitState['kind'] {
    if (this.#opossum.closed) return 'closed';
    if (this.#opossum.opened) return 'open';
    return this.#opossum.halfOpen ? 'half-open' : 'closed';
  }

  get isOpen(): boolean {
    return this.#opossum.opened;
  }

  /** Whether an attempt would be let in. */
  get admits(): boolean {
    return this.#opossum.closed || (this.#opossum.halfOpen && this.#opossum.pendingClose);
  }

  counts(): WindowCounts {
    this.#moveOn();
    const { successes, failures } = this.#opossum.stats;
    return { successes, failures };
  }

  /** Fires an action that lasts as long as the answer. Whether it was started at once tells whether we were let in. */
  enter(): Run | undefined {
    const action = new Action(this.#ended, this.#successes);
    this.#opossum.fire(action).catch(nothing);
    return action.hasBegun ? action : undefined;
  }

  open(): void {
    this.#opossum.open();
  }

  close(): void {
    this.#opossum.close();
  }

  /** It is not needed any more: attempts that know of it still may end, and nothing follows. */
  end(): void {
    this.#opossum.shutdown();
  }

  /** An attempt is about to be counted. */
  readonly #ended = (succeeded: boolean, successesBefore: number): void => {
    this.#moveOn();
    if (succeeded) {
      this.#successes++;
      this.#inARow = 0;
      // One that began earlier may have failed by the same event as others: together they are no row.
    } else if (successesBefore === this.#successes) this.#inARow++;
  };

  /** Lets the parts of the window go whose time is over. */
  #moveOn(): void {
    const parts = Math.floor((this.#clock.elapsed() - this.#movedOnAt) / this.#bucketMs);
    if (parts <= 0) return;
    this.#movedOnAt += parts * this.#bucketMs;
    for (let part = 0; part < Math.min(parts, BUCKETS); part++) this.#window.emit('rotate');
  }
}

/**
 * What opossum runs: an action as long as the answer. It stands for its own promise, which opossum asks for nothing but
 * `then` and `catch`: three promises less for each attempt, a third of what a closed circuit costs.
 */
class Action implements Run {
  hasBegun = false;
  readonly #ended: (succeeded: boolean, successesBefore: number) => void;
  readonly #successesBefore: number;
  #succeeded: (() => void) | undefined;
  #failed: ((cause: Error) => void) | undefined;

  constructor(ended: (succeeded: boolean, successesBefore: number) => void, successesBefore: number) {
    this.#ended = ended;
    this.#successesBefore = successesBefore;
  }

  begin(): Promise<void> {
    this.hasBegun = true;
    return this as unknown as Promise<void>;
  }

  then(succeeded: () => void): this {
    this.#succeeded = succeeded;
    return this;
  }

  catch(failed: (cause: Error) => void): this {
    this.#failed = failed;
    return this;
  }

  succeed(): void {
    this.#ended(true, this.#successesBefore);
    this.#succeeded?.();
  }

  fail(): void {
    this.#ended(false, this.#successesBefore);
    this.#failed?.(FAILED);
  }
}

function nothing(): void {
  // What became of the attempt is heard by events.
}
