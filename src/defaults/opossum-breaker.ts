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

type Start = () => Promise<void>;

/** An attempt a breaker knows of. Its outcome counts a moment later: opossum hears of it by a promise. */
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
  readonly #opossum: Opossum<[Start], void>;
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
    this.#opossum = new Opossum((start) => start(), { ...options });
    this.#opossum.on('failure', () => {
      const { successes, failures } = this.#opossum.stats;
      if (shouldOpen({ successes, failures, inARow: this.#inARow })) this.#opossum.open();
    });
    this.#opossum.on('open', moved);
    this.#opossum.on('close', moved);
  }

  kind(): CircuitState['kind'] {
    if (this.#opossum.opened) return 'open';
    return this.#opossum.halfOpen ? 'half-open' : 'closed';
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
    this.#moveOn();
    let run: Run | undefined;
    const successesBefore = this.#successes;
    const start: Start = () =>
      new Promise<void>((succeed, reject) => {
        run = {
          succeed: () => {
            this.#moveOn();
            this.#successes++;
            this.#inARow = 0;
            succeed();
          },
          fail: () => {
            this.#moveOn();
            // One that began earlier may have failed by the same event as others: together they are no row.
            if (successesBefore === this.#successes) this.#inARow++;
            reject(FAILED);
          },
        };
      });
    this.#opossum.fire(start).catch(() => undefined);
    return run;
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

  /** Lets the parts of the window go whose time is over. */
  #moveOn(): void {
    const parts = Math.floor((this.#clock.elapsed() - this.#movedOnAt) / this.#bucketMs);
    if (parts <= 0) return;
    this.#movedOnAt += parts * this.#bucketMs;
    for (let part = 0; part < Math.min(parts, BUCKETS); part++) this.#window.emit('rotate');
  }
}
