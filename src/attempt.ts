import { isNexusError, NexusError } from './errors.ts';
import type { Parts } from './parts.ts';
import { releaseSlot, settleTicket, tellAnswers } from './after-attempt.ts';
import { observerOf } from './attempt-observer.ts';
import type { AttemptObserver, AttemptReason, Outcome, ProviderContext, Slot, Target, Ticket } from './ports/index.ts';
import { AttemptContext } from './provider-kit/attempt-context.ts';
import type { EventStream } from './provider-kit/event-stream.ts';
import { Stop } from './provider-kit/stop.ts';
import type { Search } from './search.ts';
import type { CompletionCap } from './completion-cap.ts';
import { GatheredAnswer } from './gathered-answer.ts';
import type { Visit } from './visit.ts';
import type { Used } from './attempt-accounts.ts';
import { chargedOf } from './charged.ts';
import type { AttemptTimes } from './watchdog.ts';
import { Watchdog } from './watchdog.ts';

/** This part of the longest that the owner lets a stream be silent is enough to tell that it was. */
const ENOUGH = 1 / 3;

/** What lets one attempt begin. */
export interface Admission {
  readonly target: Target;
  readonly reason: AttemptReason;
  readonly slot: Slot;
  readonly ticket: Ticket;
  /** How long after the request came. */
  readonly afterMs: number;
}

/**
 * One try at one target. It holds a slot and a ticket and gives each back exactly once, when the answer is over or the
 * try has failed; its signal tells the provider to let go.
 */
export class Attempt {
  readonly target: Target;
  readonly #parts: Parts;
  readonly #visit: Visit;
  readonly #reason: AttemptReason;
  readonly #slot: Slot;
  readonly #ticket: Ticket;
  readonly #stop = new Stop();
  readonly #watchdog: Watchdog;
  /** Knows of the request; dropped when the attempt is over, which its answer may outlive. */
  #observer: AttemptObserver | undefined;
  readonly #startedAfterMs: number;
  #firstContentMs: number | undefined;
  #cutBy: NexusError | undefined;
  #stopWaiting: ((error: NexusError) => void) | undefined;
  #wake: (() => void) | undefined;
  /** Told when the attempt is cut while nobody waits for it. */
  onCut: ((error: NexusError) => void) | undefined;
  #settled = false;

  constructor(search: Search, { target, reason, slot, ticket, afterMs }: Admission) {
    const { facts, visit, parts } = search;
    this.target = target;
    this.#reason = reason;
    this.#parts = parts;
    this.#visit = visit;
    this.#slot = slot;
    this.#ticket = ticket;
    this.#startedAfterMs = afterMs;
    this.#observer = observerOf(parts, target, facts);
    this.#watchdog = new Watchdog(parts.clock, timesOf(search, afterMs), this.cut);
    visit.follow(this.cut);
  }

  /** What the provider is told about this try. */
  context(): ProviderContext {
    return new AttemptContext(this.#stop, {
      requestId: this.#visit.requestId,
      keyId: this.target.keyId,
      heartbeat: this.heartbeat,
      clock: this.#parts.clock,
      logger: this.#parts.logger,
    });
  }

  /** What bounds the length of the answer, if anything does. */
  get cap(): CompletionCap | undefined {
    return this.#visit.cap;
  }

  /** What takes in all of a stream, where it may be kept. */
  gathered(): GatheredAnswer | undefined {
    const { shelf } = this.#visit;
    return shelf && new GatheredAnswer(shelf.mostLength);
  }

  /** Bytes came from the provider. */
  readonly heartbeat = (): void => {
    this.#watchdog.heartbeat();
  };

  /**
   * Waits for the provider, no longer than limits and caller allow. What comes after that goes to `giveBack`: a provider
   * may be deaf to the signal. Only while somebody waits does the provider's silence count.
   */
  until<T>(pending: Promise<T>, giveBack?: (late: T) => void): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#cutBy) reject(this.#cutBy);
      this.#stopWaiting = reject;
      this.#watchdog.waits(true);
      pending.then(
        (value) => {
          if (this.#cutBy) giveBackTo(giveBack, value);
          this.#watchdog.waits(false);
          resolve(value);
        },
        (cause: unknown) => {
          reject(this.#cutBy ?? providerError(cause, this.target));
        },
      );
    });
  }

  /**
   * Calls once when items are ready, or when the attempt is cut: which of them, `until` finds out without waiting. False:
   * the stream cannot tell when it is. Only while somebody waits does the provider's silence count.
   */
  whenReady(stream: EventStream<unknown>, call: () => void): boolean {
    if (!stream.whenReady(call)) return false;
    this.#wake = call;
    this.#watchdog.waits(true);
    if (this.#cutBy) call();
    return true;
  }

  /** What was waited for is here. */
  hasArrived(): void {
    this.#watchdog.waits(false);
  }

  /** The first content of a stream is in hand. */
  hasContent(): void {
    this.#firstContentMs = this.#visit.age() - this.#startedAfterMs;
    this.#watchdog.content();
    tellAnswers(this.#ticket, this.target, this.#parts);
  }

  /** This attempt's answer is the one that is taken. */
  isTaken(): void {
    const { hedging } = this.#parts;
    if (this.#firstContentMs !== undefined) this.#visit.firstContentMs ??= this.#startedAfterMs + this.#firstContentMs;
    if (!this.#observer && !hedging) return;
    const ms = this.#firstContentMs ?? this.#visit.age() - this.#startedAfterMs;
    this.#observer?.content(ms);
    hedging?.measured(this.#visit, ms);
  }

  /** From here on whoever reads the answer says when it is cut. */
  detach(): void {
    this.#visit.unfollow(this.cut);
  }

  /** The answer is complete. */
  succeed(used: Used): void {
    this.#settle('ok', used);
  }

  /** The answer failed; `outcome` says whether a part of it was delivered. */
  fail(error: NexusError, outcome: 'error' | 'partial', used: Used = {}): void {
    if (error.code === 'cancelled') this.abandon(error, chargedOf(used, this.#parts.disconnect.policy));
    else if (error.code === 'closing') this.abandon(error, used);
    else this.#settle(outcome, used, error);
  }

  /** Another one began to answer first. A stream that had time enough for that was silent; of others nobody knows. */
  isOutrun(): void {
    const why = 'Another provider began to answer first.';
    const isSilent = this.#wasSilent(this.#visit.age() - this.#startedAfterMs);
    if (isSilent) this.fail(new NexusError('first_content_timeout', why), 'error');
    else this.abandon(new NexusError('cancelled', why));
  }

  /** Nobody wants the answer any more. */
  abandon(error: NexusError, used: Used = {}): void {
    this.#settle('aborted', used, error);
  }

  #settle(outcome: Outcome, used: Used, error?: NexusError): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#watchdog.stop();
    this.#visit.unfollow(this.cut);
    this.onCut = undefined;
    const durationMs = this.#visit.age() - this.#startedAfterMs;
    const blamed = error && this.#blamed(error, durationMs);
    if (error) this.cut(error);
    releaseSlot(this.#slot, this.target, this.#parts);
    settleTicket(this.#ticket, outcome, blamed, this.target, this.#parts);
    this.#observer?.over(outcome, durationMs, blamed?.code);
    this.#observer = undefined;
    const made = {
      reason: this.#reason,
      target: this.target.id,
      providerId: this.target.providerId,
      providerKind: this.target.provider.kind,
      model: this.target.model,
      keyId: this.target.keyId,
      startedAfterMs: this.#startedAfterMs,
      firstContentMs: this.#firstContentMs,
      durationMs,
      outcome,
      error: error?.code,
    };
    this.#visit.accounts.add(made, used);
  }

  /**
   * What circuit and balancer hear of a failure. A stream that had time enough and gave no content was silent, although
   * it was the request's time that ran out; and of one that had little, for the caller had no more, nobody knows.
   */
  #blamed(error: NexusError, durationMs: number): NexusError {
    if (error !== this.#cutBy) return error;
    if (error.code !== 'deadline_exceeded' && error.code !== 'first_content_timeout') return error;
    const code = this.#wasSilent(durationMs) ? 'first_content_timeout' : 'deadline_exceeded';
    return code === error.code ? error : new NexusError(code, error.message, error.details, error);
  }

  /** Whether a stream gave no content in so long that this tells something of its provider. */
  #wasSilent(durationMs: number): boolean {
    if (!this.#visit.streamed || this.#firstContentMs !== undefined) return false;
    const { time, attempts } = this.#parts;
    return durationMs >= ENOUGH * Math.min(time.firstContentMs, attempts.deadlineMs);
  }

  /** Stops the provider and whoever waits for it. */
  readonly cut = (error: NexusError): void => {
    this.#cutBy ??= error;
    this.#stop.abort(this.#cutBy);
    this.#stopWaiting?.(this.#cutBy);
    this.#wake?.();
    this.onCut?.(this.#cutBy);
  };
}

/**
 * The limits of one attempt. A stream is bounded until its first content, a whole answer until its end.
 */
function timesOf({ plan, visit, parts }: Search, afterMs: number): AttemptTimes {
  const { idleMs, unreadMs, streamMs: totalMs, firstContentMs, wholeMs } = parts.time;
  if (!visit.streamed)
    return { idleMs, unreadMs, contentMs: wholeMs, contentCode: 'total_timeout', totalMs: undefined };
  const remainingMs = plan.deadlineMs - afterMs;
  return remainingMs < firstContentMs
    ? { idleMs, unreadMs, contentMs: remainingMs, contentCode: 'deadline_exceeded', totalMs }
    : { idleMs, unreadMs, contentMs: firstContentMs, contentCode: 'first_content_timeout', totalMs };
}

/** Providers are written by anybody: what comes too late may be anything, and there is nobody left to tell. */
function giveBackTo<T>(giveBack: ((late: T) => void) | undefined, late: T): void {
  try {
    giveBack?.(late);
  } catch {
    // A rejection that nobody hears would end the process.
  }
}

/** What a provider threw, as the hub's own error with the provider's id on it. */
function providerError(cause: unknown, target: Target): NexusError {
  if (isNexusError(cause)) {
    if (cause.details.provider === target.providerId) return cause;
    return new NexusError(cause.code, cause.message, { ...cause.details, provider: target.providerId }, cause.cause);
  }
  const details = { provider: target.providerId };
  return new NexusError('provider_unavailable', `The provider "${target.providerId}" failed.`, details, cause);
}
