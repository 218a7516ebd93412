import { NexusError } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { ProcessLoad } from './process-load.ts';

/** From where on requests are turned away. */
export interface SheddingLimits {
  /** Part of JavaScript's heap in use, the bodies under way included. */
  readonly maxHeapShare: number;
  /** Memory of the process in bytes. `undefined`: 90 % of what its container has, if it is in one. */
  readonly maxRssBytes?: number | undefined;
  /** Requests in the hub at once. */
  readonly maxInFlight: number;
  /** How late the loop may be, in milliseconds. `undefined`: however late. */
  readonly maxLoopDelayMs?: number | undefined;
}

/** A measurement holds for so long: looking costs some microseconds, and many come in a millisecond. */
const LOOK_EVERY_MS = 100;
/** What a body takes beside its bytes: its text, and what it is parsed into. */
const BODY_TAKES = 2;
const CONTAINER_SHARE = 0.9;
/** Priorities below 0 are turned away at nine tenths of each limit, those above 0 at eleven. */
const RESERVE = 0.1;
const SHORTEST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 10_000;

/** How near the hub is to its limits: 1 is at the nearest of them. */
interface Fullness {
  readonly share: number;
  readonly of: string;
}

/**
 * Turns requests away before memory or time run out, and takes them again as soon as there is room. It looks when a
 * request comes, at most ten times a second; there is no timer.
 */
export class LoadShedder {
  readonly #limits: SheddingLimits;
  readonly #measure: () => ProcessLoad;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #load: ProcessLoad | undefined;
  #lookedAt = 0;
  #bodyBytes = 0;
  #sheddingSince: number | undefined;
  #shed = 0;

  constructor(limits: SheddingLimits, measure: () => ProcessLoad, clock: Clock, logger: Logger) {
    this.#limits = limits;
    this.#measure = measure;
    this.#clock = clock;
    this.#logger = logger;
  }

  /** Requests turned away so far. */
  get shed(): number {
    return this.#shed;
  }

  /** True: whatever its priority, the next request with so large a body is taken. */
  hasRoomForAll(inFlight: number, bodyBytes: number): boolean {
    if (this.#fullness(inFlight, bodyBytes).share >= limitOf(-1)) return false;
    this.#recovered();
    return true;
  }

  /** @throws NexusError `overloaded`, with `details.retryAfterMs`, where a request of this priority is turned away. */
  check(priority: number, inFlight: number, bodyBytes: number): void {
    const { share, of } = this.#fullness(inFlight, bodyBytes);
    if (share >= limitOf(priority)) throw this.#refusal(of);
  }

  /** The bodies of requests that were taken have grown by so many bytes, or shrunk. */
  addBodies(bytes: number): void {
    this.#bodyBytes += bytes;
  }

  #fullness(inFlight: number, bodyBytes: number): Fullness {
    const { maxHeapShare, maxInFlight, maxLoopDelayMs = Infinity } = this.#limits;
    const load = this.#current();
    const { maxRssBytes = load.rssLimitBytes * CONTAINER_SHARE } = this.#limits;
    const bodies = this.#bodyBytes + bodyBytes;
    const heap = (load.heapBytes + bodies * BODY_TAKES) / (load.heapLimitBytes * maxHeapShare);
    const memory = (load.rssBytes + bodies) / maxRssBytes;
    const requests = inFlight / maxInFlight;
    const share = Math.max(heap, memory, requests, load.loopDelayMs / maxLoopDelayMs);
    if (share === heap) return { share, of: 'heap' };
    if (share === memory) return { share, of: 'memory' };
    return { share, of: share === requests ? 'requests' : 'loop delay' };
  }

  #current(): ProcessLoad {
    const now = this.#clock.elapsed();
    if (this.#load && now - this.#lookedAt < LOOK_EVERY_MS) return this.#load;
    this.#lookedAt = now;
    return (this.#load = this.#measure());
  }

  #refusal(of: string): NexusError {
    this.#shed++;
    const now = this.#clock.elapsed();
    if (this.#sheddingSince === undefined) {
      this.#sheddingSince = now;
      this.#logger.warn({ limit: of }, 'the hub is at a limit and turns requests away');
    }
    // What has lasted for a while will last for a while.
    const lastedMs = now - this.#sheddingSince;
    const retryAfterMs = Math.ceil(Math.min(LONGEST_WAIT_MS, Math.max(SHORTEST_WAIT_MS, lastedMs)));
    return new NexusError('overloaded', 'The hub has too much to do at the moment. Ask again later.', { retryAfterMs });
  }

  #recovered(): void {
    if (this.#sheddingSince === undefined) return;
    const lastedMs = this.#clock.elapsed() - this.#sheddingSince;
    this.#sheddingSince = undefined;
    this.#logger.info({ lastedMs, shed: this.#shed }, 'the hub has room again');
  }
}

/** The fullness at which a priority is turned away. */
function limitOf(priority: number): number {
  return 1 + RESERVE * Math.sign(priority);
}
