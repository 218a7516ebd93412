import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import { afterWork } from './after-work.ts';
import { isPromise } from './is-promise.ts';

/** Until it has answered for the first time: connections are made. */
const FIRST_ANSWER_MS = 1_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

/** Whom a store belongs to, in words. */
export interface WatchOptions {
  /** An answer that takes longer is not waited for. */
  readonly withinMs: number;
  /** What is away, for the log. */
  readonly what: string;
  /** What is done meanwhile, for the log. */
  readonly meanwhile: string;
}

/**
 * Asks a store that may be slow or gone, and goes on without it: one that does not answer in time is left alone for a
 * while, which doubles up to 5 s; then one question is a try. Each change of its state is one line of log.
 */
export class StoreWatch {
  readonly #options: WatchOptions;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #patientUntil: number;
  #hasAnswered = false;
  /** Absent: it is here. */
  #away: { readonly sinceMs: number; retryAt: number; pauseMs: number; passed: number } | undefined;

  constructor(options: WatchOptions, clock: Clock, logger: Logger) {
    this.#options = options;
    this.#clock = clock;
    this.#logger = logger;
    this.#patientUntil = clock.elapsed() + FIRST_ANSWER_MS;
  }

  get isAway(): boolean {
    return this.#away !== undefined;
  }

  /** What it answers; `undefined` where it does not. Never rejects. */
  ask<T>(question: () => T | Promise<T>): T | undefined | Promise<T | undefined> {
    const away = this.#away;
    if (away) {
      if (this.#clock.elapsed() < away.retryAt) {
        away.passed++;
        return undefined;
      }
      away.retryAt = this.#clock.elapsed() + away.pauseMs;
    }
    let answer: T | Promise<T>;
    try {
      answer = question();
    } catch (cause) {
      this.#leave(cause);
      return undefined;
    }
    if (isPromise(answer)) return this.#inTime(answer);
    this.#return();
    return answer;
  }

  #inTime<T>(answer: Promise<T>): Promise<T | undefined> {
    const patienceMs = this.#hasAnswered ? 0 : this.#patientUntil - this.#clock.elapsed();
    const withinMs = Math.max(this.#options.withinMs, patienceMs);
    return new Promise((resolve) => {
      let isLate = false;
      const stop = afterWork(withinMs, this.#clock, () => {
        isLate = true;
        this.#leave(new Error(`It has not answered within ${withinMs} ms.`));
        resolve(undefined);
      });
      answer.then(
        (came) => {
          stop();
          // What comes late is no proof that the next will be in time.
          if (!isLate) this.#return();
          resolve(came);
        },
        (cause: unknown) => {
          stop();
          if (!isLate) this.#leave(cause);
          resolve(undefined);
        },
      );
    });
  }

  #leave(cause: unknown): void {
    const elapsed = this.#clock.elapsed();
    if (this.#away) {
      if (elapsed < this.#away.retryAt - this.#away.pauseMs) return;
      this.#away.pauseMs = Math.min(LONGEST_PAUSE_MS, this.#away.pauseMs * 2);
      this.#away.retryAt = elapsed + this.#away.pauseMs;
      return;
    }
    this.#away = { sinceMs: elapsed, retryAt: elapsed + FIRST_PAUSE_MS, pauseMs: FIRST_PAUSE_MS, passed: 0 };
    this.#logger.warn({ cause }, `${this.#options.what} are away: ${this.#options.meanwhile}`);
  }

  #return(): void {
    this.#hasAnswered = true;
    const away = this.#away;
    if (!away) return;
    this.#away = undefined;
    this.#logger.warn(
      { forMs: this.#clock.elapsed() - away.sinceMs, passed: away.passed },
      `${this.#options.what} are back`,
    );
  }
}
