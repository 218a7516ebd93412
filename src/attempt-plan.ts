import type { Order } from './candidates.ts';
import { candidatesOf } from './candidates.ts';
import { firstOfEach, NOBODY, without } from './defaults/short-list.ts';
import type { NexusError } from './errors.ts';
import { rowOf } from './errors.ts';
import type { Leg } from './legs.ts';
import { Legs } from './legs.ts';
import type { Parts } from './parts.ts';
import { pauseOf } from './pause-of.ts';
import type { AttemptReason, Candidate, FallbackCause, Target } from './ports/index.ts';
import type { Failure } from './tried.ts';
import { causeOf, hintedWaitMs, mayRecover, Tried } from './tried.ts';
import type { Visit } from './visit.ts';

/** The longest pause between rounds, in milliseconds, however often was repeated. */
const LONGEST_BACKOFF_MS = 8_000;

/** Whom to ask next. */
export interface Step {
  readonly target: Target;
  /** Waited for at the same time: whoever gives a place first is asked. */
  readonly others: readonly Target[];
  /** How long to wait for a place there, in milliseconds. */
  readonly maxWaitMs: number;
  /** Ask although its circuit is open. */
  readonly insist: boolean;
}

/**
 * Decides whom to ask next: every target of the model once in its order, first those with a place to give; then again
 * those that may recover, after a pause; then those of the models that may answer in its place. One budget of attempts,
 * one share of the hub's traffic and one deadline bound it all, whatever fails in between.
 */
export class AttemptPlan {
  readonly #parts: Parts;
  readonly #visit: Visit;
  readonly #legs: Legs;
  /** The age of the request from which on no attempt begins. */
  deadlineMs: number;
  /** Who did not answer so far. */
  readonly tried = new Tried();
  /** The models the search came to before the current one. */
  #orders: readonly Order[] = NOBODY;
  /** Of the current model. */
  #targets: readonly Target[] = NOBODY;
  #asked: readonly Target[] = NOBODY;
  #round: readonly Target[] = NOBODY;
  #place = 0;
  /** Targets of this round that had no place to give at once. */
  #full: readonly Target[] = NOBODY;
  #failuresBeforeRound = 0;
  /** Rounds repeated with the current model. */
  #rounds = 0;
  /** Whether who was asked may be asked again. */
  #mayRepeat = true;
  #begun = 0;
  #begunInLeg = 0;
  /** Spent on waiting for a circuit. */
  #waitedMs = 0;
  #hasInsisted = false;

  /** @param first the model that was asked for. @param fallbacks those that may answer in its place. */
  constructor(parts: Parts, visit: Visit, first: Leg, fallbacks: readonly Leg[]) {
    this.#parts = parts;
    this.#visit = visit;
    this.deadlineMs = parts.attempts.deadlineMs;
    this.#legs = new Legs(first, fallbacks);
    this.#beginLeg();
  }

  /** Attempts begun so far. */
  get begun(): number {
    return this.#begun;
  }

  /** What was found has broken off: the search has until then to find another, who was not asked before. */
  goOnUntil(deadlineMs: number): void {
    this.deadlineMs = deadlineMs;
    this.#mayRepeat = false;
    this.#rounds = 0;
    this.#beginRound(this.#targets.filter(({ id }) => !this.#hasAsked(id)));
  }

  /** The next step, after a pause where one is due; `undefined` when there is none within the limits. */
  next(): Step | undefined | Promise<Step | undefined> {
    return this.#nextAtOnce() ?? this.#nextLater();
  }

  #nextAtOnce(): Step | undefined {
    const leftMs = this.#timeLeftMs();
    if (!this.mayBegin(leftMs)) return undefined;
    // One with others beside it gives its place at once or not.
    return this.#nextInRound(this.#round.length > 1 ? 0 : leftMs) ?? this.#nextPlace(leftMs);
  }

  async #nextLater(): Promise<Step | undefined> {
    for (;;) {
      const step = this.#nextAtOnce();
      if (step) return step;
      if (this.mayBegin() && (await this.#nextRound())) continue;
      if (this.#goOnAfter('unavailable')) continue;
      const last = await this.#whenAllOpen();
      if (last !== 'again') return last;
    }
  }

  /**
   * The next target of this round, to be asked beside one that is slow; it gives a place at once or none. A probe that
   * lost would tell the circuit nothing: one that is half open keeps its turn for when somebody has failed.
   */
  nextBeside(): Step | undefined {
    if (!this.mayBegin()) return undefined;
    const { circuit } = this.#parts;
    const target = this.#round.slice(this.#place).find((one) => circuit.state(one).kind === 'closed');
    if (!target) return undefined;
    this.#round = without(this.#round, target);
    return { target, others: NOBODY, maxWaitMs: 0, insist: false };
  }

  /**
   * The next to be asked while one that had its time goes on: whoever would be asked had that one failed, but for those
   * that are asked again.
   */
  nextMeanwhile(): Step | undefined {
    let step = this.#nextAtOnce();
    while (!step && this.#goOnAfter('unavailable')) step = this.#nextAtOnce();
    return step;
  }

  /**
   * Whether one more attempt is within the deadline, the budget of attempts, and where targets are asked again what that
   * may cost. Asked anew whenever time has passed: others may have used that up while this one paused, or waited for a
   * place.
   */
  mayBegin(timeLeftMs = this.#timeLeftMs()): boolean {
    const { maxAttempts } = this.#parts.attempts;
    if (this.#begun >= maxAttempts || timeLeftMs <= 0) return false;
    if (this.#rounds > 0 && !this.#parts.retries.has()) return false;
    // Every model that may still take over is kept one attempt.
    return this.#begunInLeg === 0 || this.#begun < maxAttempts - this.#legs.left;
  }

  /** An attempt at this target begins: it counts. Says why it is made. */
  begin(target: Target): AttemptReason {
    this.#asked = [...this.#asked, target];
    this.#begunInLeg++;
    if (this.#begun++ === 0) return 'first';
    if (this.#rounds > 0) {
      this.#parts.retries.spend();
      return 'again';
    }
    return this.#legs.current.insteadOf === undefined ? 'next' : 'fallback';
  }

  /** Whether somebody else may be asked while the attempt that has just begun is under way. */
  hasOthers(): boolean {
    if (this.#legs.goesOnAfter('unavailable')) return this.#begun < this.#parts.attempts.maxAttempts;
    if (!this.mayBegin()) return false;
    const others = [...this.#full, ...this.#round.slice(this.#place)];
    return others.some((target) => this.#parts.circuit.state(target).kind !== 'open');
  }

  /** The circuit did not let this request in: nobody was asked. */
  leaveAlone(target: Target): void {
    this.tried.leftAlone(target, this.#parts.circuit.state(target), this.#parts.clock.now());
  }

  /** The target had no place to give. True when the search goes on. */
  noPlace({ target, maxWaitMs }: Step, error: NexusError): boolean {
    if (maxWaitMs > 0) return this.failed({ target, error });
    this.#full = [...this.#full, target];
    return true;
  }

  /** They were to be asked, and another one was asked first. They are waited for again when nobody else answers. */
  stillFull(targets: readonly Target[]): void {
    this.#full = [...targets, ...this.#full];
  }

  /**
   * Attempts at one model failed; several that ran beside each other lead to another model once. True when another
   * target, or the same one later, may be asked.
   */
  failed(...failures: readonly Failure[]): boolean {
    for (const failure of failures) this.tried.failed(failure);
    const causes = failures.flatMap((failure) => causeOf(failure) ?? []);
    if (causes.some((cause) => this.#goOnAfter(cause))) return true;
    const last = failures.at(-1);
    return last === undefined || rowOf(last.error).askNext;
  }

  /** Whether another model may answer when an attempt fails for this cause. */
  goesOnAfter(cause: FallbackCause): boolean {
    return this.#legs.goesOnAfter(cause);
  }

  /** Every target the search came to so far, in its order. */
  candidates(): readonly Candidate[] {
    const { circuit } = this.#parts;
    const orders = [...this.#orders, { leg: this.#legs.current, targets: this.#targets }];
    return candidatesOf({ orders, asked: this.#asked, tried: this.tried, circuit });
  }

  /** The next target of the round whose circuit is not open. */
  #nextInRound(maxWaitMs: number): Step | undefined {
    for (let target = this.#round[this.#place]; target; target = this.#round[this.#place]) {
      this.#place++;
      if (this.#mayBeAsked(target)) return { target, others: NOBODY, maxWaitMs, insist: false };
    }
    return undefined;
  }

  /** Nobody has a place to give at once: those that had none are waited for together, one for each provider. */
  #nextPlace(maxWaitMs: number): Step | undefined {
    const full = this.#full.filter((target) => this.#mayBeAsked(target));
    const [target, ...others] = firstOfEach(full, ({ providerId }) => providerId);
    this.#full = full.filter((one) => one !== target && !others.includes(one));
    return target && { target, others, maxWaitMs, insist: false };
  }

  /** False: its circuit is open, and it is left alone. */
  #mayBeAsked(target: Target): boolean {
    if (this.#parts.circuit.state(target).kind !== 'open') return true;
    this.leaveAlone(target);
    return false;
  }

  /** Pauses and begins a round over the targets that may answer when asked again. */
  async #nextRound(): Promise<boolean> {
    if (!this.#mayRepeat) return false;
    const again = this.tried.failures.slice(this.#failuresBeforeRound).filter(mayRecover);
    if (again.length === 0 || !this.#parts.retries.has()) return false;
    const ceilingMs = Math.min(LONGEST_BACKOFF_MS, this.#parts.attempts.backoffMs * 2 ** this.#rounds);
    const hintedMs = Math.min(...again.map(hintedWaitMs));
    // Another model answers sooner than one that wants to be left alone for long.
    if (hintedMs > ceilingMs && this.#legs.goesOnAfter('unavailable')) return false;
    const pauseMs = Math.max(hintedMs, this.#parts.random() * ceilingMs);
    if (pauseMs >= this.#timeLeftMs()) return false;
    await pauseOf(this.#visit, pauseMs, this.#parts.clock);
    this.#rounds++;
    this.#beginRound(again.filter((failure) => hintedWaitMs(failure) <= pauseMs).map(({ target }) => target));
    return true;
  }

  #beginLeg(): void {
    const targets = this.#legs.current.targets();
    // Models may share a target: it was asked already, and is not asked again for another name.
    this.#targets = this.#begun === 0 ? targets : targets.filter(({ id }) => !this.#hasAsked(id));
    this.#begunInLeg = 0;
    this.#rounds = 0;
    this.#beginRound(this.#targets);
  }

  #hasAsked(id: string): boolean {
    return this.#asked.some((asked) => asked.id === id);
  }

  #beginRound(targets: readonly Target[]): void {
    this.#failuresBeforeRound = this.tried.failures.length;
    this.#round = targets;
    this.#place = 0;
    this.#full = NOBODY;
  }

  /** The model failed: goes on with the next one that may answer in its place, if there is one. */
  #goOnAfter(cause: FallbackCause): boolean {
    this.#legs.failed(cause);
    if (this.#begun >= this.#parts.attempts.maxAttempts || this.#timeLeftMs() <= 0) return false;
    const order = { leg: this.#legs.current, targets: this.#targets };
    if (!this.#legs.goOn()) return false;
    this.#orders = [...this.#orders, order];
    this.#beginLeg();
    return true;
  }

  /** Nobody was asked, for every circuit is open: what the owner wants then. */
  async #whenAllOpen(): Promise<Step | 'again' | undefined> {
    const { whenAllOpen, maxWaitMs } = this.#parts.attempts;
    if (whenAllOpen === 'fail_fast' || this.#hasInsisted) return undefined;
    if (this.#begun > 0 || this.tried.failures.length > 0) return undefined;
    const back = this.tried.mayComeBack();
    const [first] = back;
    if (!first) return undefined;
    if (whenAllOpen === 'least_bad') {
      this.#hasInsisted = true;
      return { target: first.target, others: NOBODY, maxWaitMs: this.#timeLeftMs(), insist: true };
    }
    const pauseMs = Math.max(1, first.retryInMs);
    if (pauseMs > Math.min(maxWaitMs - this.#waitedMs, this.#timeLeftMs())) return undefined;
    this.#waitedMs += pauseMs;
    await pauseOf(this.#visit, pauseMs, this.#parts.clock);
    this.tried.forgetLeftAlone();
    this.#beginRound(back.map(({ target }) => target));
    return 'again';
  }

  #timeLeftMs(): number {
    return this.deadlineMs - this.#visit.age();
  }
}
