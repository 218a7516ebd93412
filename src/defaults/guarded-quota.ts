import { NexusError } from '../errors.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { Bound, BudgetBound, Quota, Refusal, Reservation } from '../ports/quota.ts';
import { afterWork } from './after-work.ts';
import { QuotaArrears } from './quota-arrears.ts';
import { QuotaShare } from './quota-share.ts';
import { isPromise } from './is-promise.ts';

/** What is done while a quota is away: refuse everybody, let everybody in, or count this process's part of the limits. */
export type AwayMode = 'closed' | 'open' | 'local-share';

/** Options of {@link guardedQuota}. */
export interface GuardOptions {
  readonly whenAway: AwayMode;
  /** An answer that takes longer is not waited for. */
  readonly withinMs: number;
  /** Processes that share the quota. Absent: as many as it sees, or this one alone. */
  readonly processes?: number | undefined;
}

/** How limits are counted. */
export type QuotaState =
  /** In this process, for this process. */
  | { readonly kind: 'own' }
  /** For all processes together. */
  | { readonly kind: 'shared' }
  /** The quota is away since then, and does not answer. */
  | { readonly kind: 'away'; readonly mode: AwayMode; readonly sinceMs: number };

/** A quota that answers in time, whatever becomes of the one behind it. */
export interface GuardedQuota extends Quota {
  state(): QuotaState;
}

/** Until it has answered for the first time: connections are made. */
const FIRST_ANSWER_MS = 1_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 1_000;
/** Of one that comes and goes: the pause doubles each time that it goes again within so long. */
const STEADY_AFTER_MS = 10_000;
const LONGEST_FLAPPING_PAUSE_MS = 30_000;
/** A question that is not answered is waited for so long before the next is asked. */
const SILENT_FOR_MS = 5_000;
/** More than anything. */
const UNLIMITED = Number.MAX_SAFE_INTEGER;

/**
 * Guards a quota that may be away: one that does not answer in time is left alone at once, and asked in the background
 * until it answers in time again. Meanwhile it is done as `whenAway` says. Each change of its state is one line of log.
 *
 * What was spent and is held without it is told to it when it is back.
 */
export function guardedQuota(quota: Quota, options: GuardOptions, clock: Clock, logger: Logger): GuardedQuota {
  return new Guard(quota, options, clock, logger);
}

class Guard implements GuardedQuota {
  readonly #quota: Quota;
  readonly #options: GuardOptions;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #share: QuotaShare;
  readonly #arrears: QuotaArrears;
  readonly #isBack = (): boolean => this.#state.kind === 'shared';
  readonly #patientUntilMs: number;
  #hasAnswered = false;
  #state: QuotaState = { kind: 'shared' };
  #backAtMs = -Infinity;
  #pauseMs = FIRST_PAUSE_MS;
  /** Taken without the quota since it went away. */
  #decided = 0;
  #probe: Timer | undefined;
  #isClosed = false;

  constructor(quota: Quota, options: GuardOptions, clock: Clock, logger: Logger) {
    this.#quota = quota;
    this.#options = options;
    this.#clock = clock;
    this.#logger = logger;
    this.#share = new QuotaShare(clock, () => this.#processes());
    this.#arrears = new QuotaArrears((bounds) => this.#book(bounds), clock);
    this.#patientUntilMs = clock.elapsed() + FIRST_ANSWER_MS;
  }

  take(bounds: readonly Bound[]): Reservation | Refusal | Promise<Reservation | Refusal> {
    if (this.#state.kind === 'away') return this.#decide(bounds);
    const answer = this.#ask(bounds);
    if (!isPromise(answer)) return this.#noted(bounds, answer);
    const patienceMs = this.#hasAnswered ? 0 : this.#patientUntilMs - this.#clock.elapsed();
    return this.#race(Math.max(this.#options.withinMs, patienceMs), bounds, answer);
  }

  rebuild(budget: Pick<BudgetBound, 'key' | 'window'>, used: number): number | Promise<number> {
    return this.#quota.rebuild(budget, used);
  }

  state(): QuotaState {
    return this.#state;
  }

  close(): void | Promise<void> {
    this.#isClosed = true;
    this.#probe?.cancel();
    return this.#quota.close?.();
  }

  #processes(): number {
    return this.#options.processes ?? this.#quota.processes?.() ?? 1;
  }

  /** The quota's answer, or ours when that does not come in time. */
  #race(
    withinMs: number,
    bounds: readonly Bound[],
    answer: Promise<Reservation | Refusal>,
  ): Promise<Reservation | Refusal> {
    return new Promise((resolve, reject) => {
      let isLate = false;
      const decide = (cause: unknown): void => {
        this.#leave(cause);
        try {
          resolve(this.#decide(bounds));
        } catch (refusal) {
          reject(refusal instanceof Error ? refusal : new Error('It was refused.'));
        }
      };
      const stop = afterWork(withinMs, this.#clock, () => {
        isLate = true;
        decide(new Error(`It has not answered within ${withinMs} ms.`));
      });
      answer.then(
        (came) => {
          if (isLate) {
            giveBack(came, bounds);
            return;
          }
          stop();
          this.#hasAnswered = true;
          resolve(this.#noted(bounds, came));
        },
        (cause: unknown) => {
          if (isLate) return;
          stop();
          // Nonsense that was asked for is no reason to doubt whom it was asked of.
          if (cause instanceof TypeError) reject(cause);
          else decide(cause);
        },
      );
    });
  }

  #ask(bounds: readonly Bound[]): Reservation | Refusal | Promise<Reservation | Refusal> {
    try {
      return this.#quota.take(bounds);
    } catch (cause) {
      return Promise.reject(cause instanceof Error ? cause : new Error('It failed.', { cause }));
    }
  }

  /** Keeps in mind what all processes share, for when nobody counts it. */
  #noted(bounds: readonly Bound[], came: Reservation | Refusal): Reservation | Refusal {
    this.#share.hear(bounds, came.levels);
    // When it came back it may have taken nothing yet.
    if (this.#arrears.areThere) void this.#arrears.pay();
    return this.#held(bounds, came);
  }

  /** Takes what was spent, or is held, already: whatever is left. */
  async #book(bounds: readonly Bound[]): Promise<Reservation | Refusal> {
    const came = await this.#quota.take(bounds.map((bound) => ({ ...bound, limit: UNLIMITED })));
    const levels = came.levels.map(({ remaining, resetMs }, place) => {
      // As much is left of their own limit as of none, but for what lies between the two.
      const beyond = UNLIMITED - (bounds[place]?.limit ?? UNLIMITED);
      return { remaining: Math.max(0, remaining - beyond), resetMs };
    });
    this.#share.hear(bounds, levels);
    return this.#held(bounds, came);
  }

  /** Counts the slots that this process holds of those that all share. */
  #held(bounds: readonly Bound[], came: Reservation | Refusal): Reservation | Refusal {
    if ('refusedBy' in came || !bounds.some(({ kind }) => kind === 'slots')) return came;
    this.#share.hold(bounds, 1);
    return {
      levels: came.levels,
      settle: (used) => {
        this.#share.hold(bounds, -1);
        came.settle(used);
      },
    };
  }

  /** Without the quota. */
  #decide(bounds: readonly Bound[]): Reservation | Refusal {
    this.#decided++;
    switch (this.#options.whenAway) {
      case 'closed':
        throw new NexusError('limiter_unavailable', 'Limits cannot be counted at the moment, and nobody is let in.', {
          retryAfterMs: this.#pauseMs,
        });
      case 'open':
        return this.#arrears.follow(bounds, everything(bounds), this.#isBack);
      case 'local-share': {
        const came = this.#share.take(bounds);
        return 'refusedBy' in came ? came : this.#arrears.follow(bounds, came, this.#isBack);
      }
    }
  }

  #leave(cause: unknown): void {
    if (this.#state.kind === 'away' || this.#isClosed) return;
    const { whenAway: mode } = this.#options;
    this.#state = { kind: 'away', mode, sinceMs: this.#clock.now() };
    this.#decided = 0;
    this.#share.begin(this.#arrears.untold());
    const isFlapping = this.#clock.elapsed() - this.#backAtMs < STEADY_AFTER_MS;
    this.#pauseMs = isFlapping ? Math.min(LONGEST_FLAPPING_PAUSE_MS, this.#pauseMs * 2) : FIRST_PAUSE_MS;
    this.#logger.warn({ mode, processes: this.#processes(), cause }, `limits are away: ${TOLD[mode]}`);
    this.#probeLater(this.#pauseMs);
  }

  #probeLater(pauseMs: number): void {
    if (this.#isClosed) return;
    this.#probe = this.#clock.schedule(pauseMs, () => this.#probeNow());
  }

  /** Asks for nothing, and sees whether the answer comes in time. */
  #probeNow(): void {
    const askedAtMs = this.#clock.elapsed();
    const failed = (): void => {
      if (this.#pauseMs < LONGEST_PAUSE_MS) this.#pauseMs = Math.min(LONGEST_PAUSE_MS, this.#pauseMs * 2);
      this.#probeLater(this.#pauseMs);
    };
    let isOver = false;
    this.#probe = this.#clock.schedule(SILENT_FOR_MS, () => {
      isOver = true;
      failed();
    });
    const end = (isWell: boolean): void => {
      if (isOver || this.#isClosed) return;
      this.#probe?.cancel();
      if (!isWell) failed();
      // A late answer is a sign of life: what was in the way may be gone.
      else if (this.#clock.elapsed() - askedAtMs > this.#options.withinMs) this.#probeLater(FIRST_PAUSE_MS);
      else this.#return();
    };
    Promise.resolve(this.#ask([])).then(
      (came) => {
        giveBack(came, []);
        end(true);
      },
      () => end(false),
    );
  }

  #return(): void {
    if (this.#state.kind !== 'away') return;
    const forMs = this.#clock.now() - this.#state.sinceMs;
    this.#state = { kind: 'shared' };
    this.#hasAnswered = true;
    this.#backAtMs = this.#clock.elapsed();
    this.#logger.warn({ forMs, decided: this.#decided }, 'limits are counted for all processes again');
    void this.#arrears.pay();
  }
}

const TOLD: Readonly<Record<AwayMode, string>> = {
  closed: 'nobody is let in until they are back',
  open: 'everybody is let in until they are back',
  'local-share': 'this process counts its part of them until they are back',
};

/** What nobody limits. */
function everything(bounds: readonly Bound[]): Reservation {
  return { levels: bounds.map(({ limit }) => ({ remaining: limit, resetMs: 0 })), settle: () => undefined };
}

/** Gives back what came when nobody waited for it any more. */
function giveBack(came: Reservation | Refusal, bounds: readonly Bound[]): void {
  if ('settle' in came) came.settle(bounds.map(() => 0));
}
