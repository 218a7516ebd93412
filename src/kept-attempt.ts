import type { NexusError } from './errors.ts';
import type { Parts } from './parts.ts';
import type { Visit } from './visit.ts';
import { Watchdog } from './watchdog.ts';

/**
 * Stands where an attempt does while a kept answer is read: nobody was asked, and nothing is held but the visit. It ends
 * as an attempt does when its caller leaves, nobody reads, or the hub closes.
 */
export class KeptAttempt {
  onCut: ((error: NexusError) => void) | undefined;
  readonly #visit: Visit;
  readonly #watchdog: Watchdog;

  constructor(visit: Visit, { time: { idleMs, unreadMs }, clock }: Parts) {
    this.#visit = visit;
    const times = { idleMs, unreadMs, contentMs: unreadMs, contentCode: 'total_timeout', totalMs: undefined } as const;
    this.#watchdog = new Watchdog(clock, times, this.cut);
    this.#watchdog.content();
    visit.follow(this.cut);
  }

  /** All of it is here. */
  until<T>(pending: Promise<T>): Promise<T> {
    this.#watchdog.heartbeat();
    return pending;
  }

  heartbeat(): void {
    this.#watchdog.heartbeat();
  }

  detach(): void {
    this.#visit.unfollow(this.cut);
  }

  succeed(): void {
    this.#end();
  }

  fail(): void {
    this.#end();
  }

  abandon(): void {
    this.#end();
  }

  readonly cut = (error: NexusError): void => {
    this.onCut?.(error);
  };

  #end(): void {
    this.#watchdog.stop();
    this.detach();
    this.onCut = undefined;
  }
}
