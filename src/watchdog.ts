import { NexusError } from './errors.ts';
import type { Clock } from './ports/clock.ts';
import { Watch, Watched } from './watch.ts';

/** Limits of one attempt, in milliseconds. */
export interface AttemptTimes {
  /** Until there is content, counted from the start of the attempt, and what it is called when it runs out. */
  readonly contentMs: number;
  readonly contentCode: 'first_content_timeout' | 'total_timeout' | 'deadline_exceeded';
  readonly idleMs: number;
  /** Until the end of the answer, from the start of the attempt. */
  readonly totalMs: number | undefined;
  readonly unreadMs: number;
}

/**
 * Holds one attempt to its time limits, with a timer that all attempts share. No read ever moves it: it runs out early
 * enough for any limit that can begin meanwhile, and then looks how long things have really been quiet.
 *
 * The idle limit counts only while somebody waits for the provider: a slow reader is not the provider's fault.
 */
export class Watchdog extends Watched {
  readonly #clock: Clock;
  readonly #watch: Watch;
  readonly #times: AttemptTimes;
  readonly #expire: (error: NexusError) => void;
  readonly #startedAt: number;
  /** When bytes last came, or when waiting for them began. */
  #quietSince: number;
  #waiting = true;
  #bytesCame = false;
  #contentCame = false;

  constructor(clock: Clock, times: AttemptTimes, expire: (error: NexusError) => void) {
    super();
    this.#clock = clock;
    this.#watch = Watch.by(clock);
    this.#times = times;
    this.#expire = expire;
    this.#startedAt = clock.elapsed();
    this.#quietSince = this.#startedAt;
    this.#lookAgain(this.#startedAt);
  }

  /** Bytes came from the provider. */
  heartbeat(): void {
    this.#quietSince = this.#clock.elapsed();
    this.#bytesCame = true;
  }

  /** The first content is in hand. */
  content(): void {
    this.#contentCame = true;
    this.#bytesCame = true;
    this.#waiting = false;
    this.#quietSince = this.#clock.elapsed();
  }

  /** Somebody waits for the provider from now on (`true`), or nobody does (`false`). */
  waits(waiting: boolean): void {
    // Until bytes come it does not matter how long things have been quiet.
    if (waiting && this.#waiting && !this.#bytesCame) return;
    this.#waiting = waiting;
    this.#quietSince = this.#clock.elapsed();
  }

  stop(): void {
    this.#watch.remove(this);
  }

  /** When the nearest limit runs out as things stand. */
  #due(): number {
    let due = this.#contentCame ? Infinity : this.#startedAt + this.#times.contentMs;
    if (this.#times.totalMs !== undefined) due = Math.min(due, this.#startedAt + this.#times.totalMs);
    if (!this.#waiting) return Math.min(due, this.#quietSince + this.#times.unreadMs);
    return this.#bytesCame ? Math.min(due, this.#quietSince + this.#times.idleMs) : due;
  }

  override look(now: number): void {
    if (this.#due() > now) this.#lookAgain(now);
    else this.#expire(this.#error(now));
  }

  /**
   * When the nearest limit is due. A limit of silence that begins after now runs out later than its whole length from
   * now; one that moved away is noticed when it is looked at.
   */
  #lookAgain(now: number): void {
    const { idleMs, unreadMs } = this.#times;
    this.#watch.add(this, Math.min(this.#due(), now + Math.min(idleMs, unreadMs)), now);
  }

  #error(now: number): NexusError {
    const { contentMs, contentCode, idleMs, totalMs, unreadMs } = this.#times;
    if (!this.#contentCame && now >= this.#startedAt + contentMs)
      return new NexusError(contentCode, `The provider gave no content within ${seconds(contentMs)}.`);
    if (totalMs !== undefined && now >= this.#startedAt + totalMs)
      return new NexusError('total_timeout', `The answer was not complete within ${seconds(totalMs)}.`);
    if (this.#waiting) return new NexusError('stream_idle', `The provider sent nothing for ${seconds(idleMs)}.`);
    return new NexusError('cancelled', `Nobody read the answer for ${seconds(unreadMs)}.`);
  }
}

function seconds(ms: number): string {
  return `${String(ms / 1000)} s`;
}
