import type { NexusError } from '../errors.ts';
import { LONGEST_TOLD_MS } from '../errors.ts';
import type { CircuitState, OpenReason } from '../ports/circuit-breaker.ts';
import type { Clock } from '../ports/clock.ts';
import type { CircuitRecord } from './circuit-record.ts';
import type { Word, WindowCounts } from './circuit-rule.ts';
import { CLOSED, shouldOpen, stricter } from './circuit-rule.ts';
import type { Run } from './opossum-breaker.ts';
import { OpossumBreaker } from './opossum-breaker.ts';

/** When a circuit opens, and for how long. */
export interface CircuitOptions {
  /** Failures of the provider within the window that open it. */
  readonly failures: number;
  /** Part of the window's attempts that must have failed, 0 to 1: a busy target survives a few failures. */
  readonly failureRate: number;
  readonly windowMs: number;
  /** How long the target is left alone before one probe may go to it. */
  readonly retryAfterMs: number;
}

/** A probe that has come to no end by then has failed: it must not keep the target shut for ever. */
export const LONGEST_PROBE_MS = 60_000;
/** Node's timers may run a millisecond early. Who waited until a circuit's time is not to be told to wait again. */
const EARLY_TIMER_MS = 1;

/** One attempt, as its circuit knows it. */
export interface Entry {
  /** The breaker it came to. Absent: it takes no notice of the attempt. */
  readonly breaker: OpossumBreaker | undefined;
  /** Absent: that did not let it in. */
  readonly run: Run | undefined;
  /** It is to show whether the circuit may close; no longer, once its answer has begun. */
  isProbe: boolean;
}

/** Of an attempt that failed. */
export interface Failure {
  readonly error: NexusError;
  /** Its first content had come. */
  readonly isLate: boolean;
}

const UNNOTICED: Entry = { breaker: undefined, run: undefined, isProbe: false };

/** A change that people want to know of. A probe that failed is none: it is open as it was. */
export type CircuitMove =
  | {
      readonly to: 'open';
      readonly retryAtMs: number;
      readonly why: OpenReason;
      readonly cause: NexusError | undefined;
    }
  | { readonly to: 'closed' };

/**
 * One circuit: whether one thing (a model, a key) is well enough to be asked. It is `closed` and counts, `open` until a
 * time, or `half-open` for one probe; besides, a provider may have told a time before which it is not to be asked.
 */
export class Circuit {
  readonly id: string;
  readonly #options: CircuitOptions;
  readonly #clock: Clock;
  readonly #changed: (circuit: Circuit, move?: CircuitMove) => void;
  /** Absent: closed, and nothing has been counted. */
  #breaker: OpossumBreaker | undefined;
  /** 0 while it is closed. */
  #retryAtMs = 0;
  #why: OpenReason = 'failures';
  /** What failed last: opossum, which opens it, hears of no cause. */
  #cause: NexusError | undefined;
  /** When it opened or closed last; later news win. */
  #movedAtMs = -Infinity;
  #probeUntilMs = Infinity;
  /** The probe whose first content closed it, while it goes on: should it break, that was too early. */
  #onTrial: Entry | undefined;
  /** Since it was closed last, answers broke after their first content: that comes, and shows nothing. */
  #breaksLate = false;
  #toldUntilMs = 0;
  #limitedInARow = 0;

  /** `changed` hears of every change others should know of; with the move, if it was one. */
  constructor(
    id: string,
    options: CircuitOptions,
    clock: Clock,
    changed: (circuit: Circuit, move?: CircuitMove) => void,
  ) {
    this.id = id;
    this.#options = options;
    this.#clock = clock;
    this.#changed = changed;
  }

  state(): CircuitState {
    this.#keepTime();
    const own = this.#ownState();
    return this.#isTold() ? stricter(own, { kind: 'open', retryAtMs: this.#toldUntilMs, why: 'told' }) : own;
  }

  /** Whether an attempt may go now; as the probe, where it is half-open. */
  admits(): boolean {
    this.#keepTime();
    return !this.#isTold() && (this.#breaker?.admits ?? true);
  }

  counts(): WindowCounts {
    return this.#breaker?.counts() ?? { successes: 0, failures: 0 };
  }

  /**
   * An attempt goes, whether it is admitted or somebody insists. Without `counting` a circuit that never had a failure
   * takes no notice: it costs nothing then.
   */
  enter(counting: boolean): Entry {
    this.#keepTime();
    const breaker = counting ? (this.#breaker ??= this.#begin('closed')) : this.#breaker;
    if (!breaker) return UNNOTICED;
    const isProbe = breaker.kind() === 'half-open' && breaker.admits;
    const run = breaker.enter();
    if (isProbe) this.#probeUntilMs = this.#clock.now() + LONGEST_PROBE_MS;
    return { breaker, run, isProbe };
  }

  /**
   * The answer of an attempt has begun. A probe has shown enough by that, save where it is later that answers break: a
   * long stream is not to keep the target from all others until it ends.
   */
  hearContent(entry: Entry): void {
    this.#keepTime();
    if (!entry.isProbe || this.#breaksLate) return;
    if (entry.breaker !== this.#breaker || this.#breaker?.kind() !== 'half-open') return;
    entry.isProbe = false;
    this.#breaker.close();
    this.#onTrial = entry;
  }

  /** What the end of an attempt that has entered says, and how one failed. */
  hear(entry: Entry, word: Word, failure?: Failure): void {
    const { breaker, run, isProbe } = entry;
    this.#keepTime();
    if (word === 'failure' || word === 'refusal') this.#cause = failure?.error;
    switch (word) {
      case 'success':
      case 'alive':
        if (word === 'success') this.#limitedInARow = 0;
        if (word === 'success' || isProbe) run?.succeed();
        // It has shown that all is well again. Late or insisted it has shown the same, but opossum does not know.
        if (isProbe || (breaker && !run)) this.#breaker?.close();
        return;
      case 'failure':
        this.#breaksLate ||= failure?.isLate === true;
        if (run) run.fail();
        else if (!breaker) this.#count();
        if (entry === this.#onTrial) this.#breaker?.open();
        return;
      case 'refusal':
        this.#refuse();
        return;
      case 'nothing':
        // opossum knows no neutral end. An action that never ends counts as nothing, but a probe has to end as
        // something, or the circuit would stay half-open for ever.
        if (isProbe && breaker?.kind() === 'half-open') breaker.open();
    }
  }

  /** The provider limits us: until the time it told, or, where it tells none again and again, as if it were open. */
  limit(waitMs: number | undefined): void {
    this.#limitedInARow++;
    const untoldMs = this.#limitedInARow >= this.#options.failures ? this.#options.retryAfterMs : 0;
    const untilMs = this.#clock.now() + Math.min(waitMs ?? untoldMs, LONGEST_TOLD_MS);
    if (untilMs <= Math.max(this.#toldUntilMs, this.#clock.now())) return;
    this.#toldUntilMs = untilMs;
    this.#changed(this);
  }

  /** As new: closed, nothing counted, nothing told. What others knew of it before is out of date. */
  reset(): void {
    this.end();
    this.#breaker = this.#cause = this.#onTrial = undefined;
    this.#retryAtMs = this.#toldUntilMs = this.#limitedInARow = 0;
    this.#breaksLate = false;
    this.#movedAtMs = this.#clock.now();
  }

  /** What others should know of it. */
  record(): CircuitRecord {
    return {
      atMs: this.#clock.now(),
      movedAtMs: Math.max(0, this.#movedAtMs),
      retryAtMs: this.#retryAtMs,
      why: this.#why === 'key' ? 'key' : 'failures',
      toldUntilMs: this.#toldUntilMs,
    };
  }

  /** What another process knows of it: the later time to ask again wins, and a later recovery closes it. */
  merge(record: CircuitRecord): void {
    this.#keepTime();
    this.#toldUntilMs = Math.max(this.#toldUntilMs, record.toldUntilMs);
    const isClosed = (this.#breaker?.kind() ?? 'closed') === 'closed';
    const isLater = record.movedAtMs > this.#movedAtMs;
    if (record.retryAtMs === 0 ? isClosed || !isLater : isClosed ? !isLater : record.retryAtMs <= this.#retryAtMs)
      return;
    this.#why = record.why;
    this.#retryAtMs = record.retryAtMs;
    this.#movedAtMs = record.movedAtMs;
    this.#begin(record.retryAtMs === 0 ? 'closed' : 'open');
    this.#keepTime();
  }

  /** Attempts that know of it still may end, and nothing follows. */
  end(): void {
    this.#probeUntilMs = Infinity;
    this.#breaker?.end();
  }

  #ownState(): CircuitState {
    const kind = this.#breaker?.kind() ?? 'closed';
    if (kind === 'closed') return CLOSED;
    return kind === 'open' ? { kind, retryAtMs: this.#retryAtMs, why: this.#why } : { kind };
  }

  #isTold(): boolean {
    return this.#toldUntilMs > 0 && this.#clock.now() + EARLY_TIMER_MS < this.#toldUntilMs;
  }

  /** What time alone decides: a probe that took too long has failed, and who was left alone long enough is probed. */
  #keepTime(): void {
    // Nearly always: it is closed, and nobody has to look at the clock.
    if (this.#probeUntilMs === Infinity && !this.#breaker?.isOpen) return;
    const now = this.#clock.now();
    if (now >= this.#probeUntilMs) this.#breaker?.open();
    if (this.#breaker?.isOpen && now + EARLY_TIMER_MS >= this.#retryAtMs) this.#begin('half-open');
  }

  #count(): void {
    const breaker = (this.#breaker ??= this.#begin('closed'));
    if (breaker.kind() === 'closed') breaker.enter()?.fail();
  }

  #refuse(): void {
    const breaker = (this.#breaker ??= this.#begin('closed'));
    if (breaker.kind() !== 'open') this.#why = 'key';
    breaker.open();
  }

  #begin(kind: CircuitState['kind']): OpossumBreaker {
    this.end();
    const breaker = new OpossumBreaker({
      kind,
      windowMs: this.#options.windowMs,
      clock: this.#clock,
      shouldOpen: (counts) => {
        const opens = shouldOpen(counts, this.#options);
        if (opens && breaker.kind() === 'closed') this.#why = 'failures';
        return opens;
      },
      moved: () => {
        this.#moved(breaker);
      },
    });
    this.#breaker = breaker;
    return breaker;
  }

  #moved(breaker: OpossumBreaker): void {
    const now = this.#clock.now();
    const isOpen = breaker.kind() === 'open';
    const isNews = !isOpen || this.#retryAtMs === 0;
    if (!isOpen) this.#breaksLate = false;
    // A probe that took too long failed when its time was over, not when somebody looked.
    this.#retryAtMs = isOpen ? Math.min(now, this.#probeUntilMs) + this.#options.retryAfterMs : 0;
    this.#probeUntilMs = Infinity;
    this.#onTrial = undefined;
    this.#movedAtMs = now;
    this.#changed(this, isNews ? this.#move(isOpen) : undefined);
    this.#cause = undefined;
  }

  #move(isOpen: boolean): CircuitMove {
    if (!isOpen) return { to: 'closed' };
    return { to: 'open', retryAtMs: this.#retryAtMs, why: this.#why, cause: this.#cause };
  }
}
