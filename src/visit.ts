import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import type { Caller, Candidate, Clock, Lease, Operation, Outcome, Session, Timer } from './ports/index.ts';
import { keepOnShelf, settleLease, takeCandidates, tellSinks } from './after-answer.ts';
import type { Account } from './attempt-accounts.ts';
import { AttemptAccounts } from './attempt-accounts.ts';
import type { Call } from './call.ts';
import { wantsStream } from './wants-stream.ts';
import type { CompletionCap } from './completion-cap.ts';
import { asNexusError, NexusError } from './errors.ts';
import { NOBODY, withOne, without } from './defaults/short-list.ts';
import { isPromise } from './defaults/is-promise.ts';
import type { CountedUsage } from './estimate-usage.ts';
import type { Follower } from './follower.ts';
import type { Leavings } from './leavings.ts';
import type { Parts } from './parts.ts';
import { signalOf, type Stop } from './provider-kit/stop.ts';
import type { Shelf } from './shelf.ts';
import { recordOf } from './record-of.ts';
import { rememberAnswer, rememberCount } from './remember.ts';
import { saidIn } from './said-in.ts';
import { UsageEstimates } from './usage-estimates.ts';

/** For callers without a signal. Nobody ever aborts it, and listeners of parts come and go on it. */
const NEVER: AbortSignal = new AbortController().signal;
setMaxListeners(0, NEVER);

/**
 * What one request holds while it is in the hub, and the record it leaves behind.
 *
 * It closes exactly once, however the request ended; only then is the lease settled and the record written.
 */
export class Visit {
  readonly requestId: string;
  readonly startedAtMs: number;
  /** Whether the caller wants its answer as a stream. */
  readonly streamed: boolean;
  readonly accounts = new AttemptAccounts();
  caller: Caller | undefined;
  session: Session | undefined;
  lease: Lease | undefined;
  /** Where its answer is to be kept, if that is fit for it. */
  shelf: Shelf | undefined;
  /** What bounds the length of the answer, all attempts together. */
  cap: CompletionCap | undefined;
  /** What the search came to; only where that is recorded. */
  candidates: (() => readonly Candidate[]) | undefined;
  /** What later requests name the answer by, where it has such a name. */
  responseId: string | undefined;
  /** Resolves when the answer can be gone on from, wherever that is kept. Absent: it can already. */
  remembering: Promise<void> | undefined;
  firstContentMs: number | undefined;
  /** Milliseconds in which at least one provider was asked and had not begun to answer. */
  askedMs = 0;
  /** Aborts when the caller leaves. */
  readonly #leaving: AbortSignal | Stop | undefined;
  readonly #parts: Parts;
  readonly #startedElapsed: number;
  readonly #operation: Operation;
  /** The model name the caller used. */
  readonly model: string;
  /** As it goes to providers; let go when it is over. */
  call: Call | undefined;
  #estimates: UsageEstimates | undefined;
  #cancelledBy: NexusError | undefined;
  /** Told when the request is cancelled: whoever works for it now. */
  #followers: readonly Follower[] = NOBODY;
  /** The time limit the caller set. */
  readonly #timer: Timer | undefined;
  #closed = false;
  /**
   * What the end of the answer waits for once the request is over: until its record is durable, where the owner wants
   * that. It rejects with `ledger_unavailable`. `undefined`: nothing.
   */
  kept: Promise<void> | undefined;

  constructor(parts: Parts, call: Call) {
    this.#parts = parts;
    this.call = call;
    this.#leaving = call.signal;
    this.#operation = call.operation;
    this.model = call.request.model;
    this.streamed = wantsStream(call);
    this.requestId = call.requestId ?? `req_${randomUUID()}`;
    this.startedAtMs = parts.clock.now();
    this.#startedElapsed = parts.clock.elapsed();
    parts.visits.add(this);
    if (call.signal?.aborted) this.#leave();
    else call.signal?.addEventListener('abort', this.#leave);
    if (call.timeoutMs !== undefined) this.#timer = this.#endAfter(call.timeoutMs);
  }

  /** Aborts when the caller leaves. */
  get signal(): AbortSignal {
    return this.#leaving ? signalOf(this.#leaving) : NEVER;
  }

  /** Why the request was ended from outside, if it was: the caller left, or the hub closes. */
  get cancelledBy(): NexusError | undefined {
    return this.#cancelledBy;
  }

  /** How an answer is read to its end when its caller leaves it; `undefined`: it is not. */
  get drains(): { readonly withinMs: number; readonly clock: Clock } | undefined {
    const { disconnect, clock } = this.#parts;
    return disconnect.policy === 'drain' ? { withinMs: disconnect.drainWithinMs, clock } : undefined;
  }

  /** Milliseconds since the request came. */
  age(): number {
    return this.#parts.clock.elapsed() - this.#startedElapsed;
  }

  /** The answer has begun: from here on the caller's time limit does not count. */
  begins(): void {
    this.#timer?.cancel();
  }

  /** Tells `follower` when the request is cancelled, at once if it was already. */
  follow(follower: Follower): void {
    this.#followers = withOne(this.#followers, follower);
    if (this.#cancelledBy) follower(this.#cancelledBy, this.#cancelledBy);
  }

  unfollow(follower: Follower): void {
    this.#followers = without(this.#followers, follower);
  }

  /** Ends the request from outside: the caller left, or the hub closes. */
  cancel(reason: NexusError): void {
    this.#cancelledBy ??= reason;
    for (const follower of this.#followers) follower(this.#cancelledBy, reason);
  }

  /**
   * Waits for a part that may be slow or never answer, no longer than the caller does. What arrives after the caller
   * left goes to `giveBack`.
   */
  wait<T>(pending: T | Promise<T>, giveBack?: (late: T) => void): T | Promise<T> {
    if (!isPromise(pending)) return pending;
    return new Promise<T>((resolve, reject) => {
      this.follow(reject);
      pending.then(
        (value) => {
          this.unfollow(reject);
          if (this.#cancelledBy) giveBack?.(value);
          resolve(value);
        },
        (cause: unknown) => {
          this.unfollow(reject);
          // Whatever a part rejects with is what went wrong; `asNexusError` decides what the caller is told.
          // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
          reject(cause);
        },
      );
    });
  }

  /**
   * The usage of this request as the hub counts it, for where the provider tells none.
   * @param place of the attempt that answered. @default the last one
   */
  estimate(text: string, place?: number): Promise<CountedUsage | undefined> {
    this.#estimates ??= new UsageEstimates(this.#parts);
    return this.#estimates.of(this.call, this, text, place);
  }

  /** Closes after a failure and returns what the caller is told. */
  refuse(cause: unknown): NexusError {
    const error = asNexusError(cause);
    if (error.code === 'internal')
      this.#parts.logger.error({ requestId: this.requestId, cause: error.cause }, 'request failed');
    this.close(error.code === 'cancelled' ? 'aborted' : 'error', { error });
    return error;
  }

  /** Ends the visit. Later calls do nothing. */
  close(outcome: Outcome, left: Leavings = {}): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#timer?.cancel();
    this.#leaving?.removeEventListener('abort', this.#leave);
    const durationMs = this.age();
    const { holdsAnswers } = this.#parts.books;
    const over = this.accounts.isUncounted()
      ? this.#countAndSettle(outcome, durationMs, left)
      : this.#settleCounted(outcome, durationMs, left);
    if (holdsAnswers) this.kept = over;
    // A request whose end waits is in the hub: it counts there, and closing waits for it.
    if (this.kept) void this.kept.catch(() => undefined).then(() => this.#parts.visits.delete(this));
    else this.#parts.visits.delete(this);
  }

  #settleCounted(outcome: Outcome, durationMs: number, left: Leavings): Promise<void> | undefined {
    if (outcome === 'ok') this.#compare();
    const account = this.accounts.close(this.#parts, this.requestId);
    this.remembering = rememberAnswer(this, left.message, account, this.#parts);
    return this.#settle(outcome, durationMs, left, account);
  }

  #countAndSettle(outcome: Outcome, durationMs: number, left: Leavings): Promise<void> {
    // The next request may come before all is counted.
    this.remembering = rememberAnswer(this, left.message, undefined, this.#parts);
    const counting = this.accounts
      .count((text, place) => this.estimate(text, place))
      .then(() => {
        const account = this.accounts.close(this.#parts, this.requestId);
        rememberCount(this, account, this.#parts);
        return this.#settle(outcome, durationMs, left, account);
      });
    this.#later(counting.catch(() => undefined));
    return counting;
  }

  /** Some answers are counted although their provider reported them. */
  #compare(): void {
    const { tokenAudit: audit } = this.#parts;
    const told = this.call && audit.wantsOne(this.model) ? this.accounts.told(this.model) : undefined;
    if (this.call && told) this.#later(audit.compare({ call: this.call, ...told }));
  }

  #later(work: Promise<void> | void): void {
    if (!work) return;
    const { background } = this.#parts;
    background.add(work);
    void work.finally(() => background.delete(work));
  }

  /** @returns what the end of the answer is to wait for. */
  #settle(outcome: Outcome, durationMs: number, left: Leavings, account: Account): Promise<void> | undefined {
    const said = saidIn(this.call, this.session, left.message);
    // Nothing may keep the request's body alive once it is over: failed requests are logged, queued and inspected.
    this.call = undefined;
    settleLease(this, account, outcome, this.#parts);
    if (left.body) this.#later(keepOnShelf(this, left.body, account, this.#parts));
    this.shelf = undefined;
    const candidates = takeCandidates(this, this.#parts);
    const ended = { operation: this.#operation, durationMs, outcome, error: left.error?.code, candidates };
    const record = recordOf(this, ended, account);
    tellSinks(record, this.#parts);
    const kept = this.#parts.books.keep(record, said);
    // Who has left does not wait for it.
    kept?.catch(() => undefined);
    // It may hold the messages to keep, until an answer comes.
    this.session = undefined;
    return kept;
  }

  #endAfter(ms: number): Timer {
    return this.#parts.clock.schedule(ms, () => {
      const message = `There was no answer within ${String(ms / 1000)} s, the timeout of this call.`;
      this.cancel(new NexusError('deadline_exceeded', message));
    });
  }

  readonly #leave = (): void => {
    this.cancel(new NexusError('cancelled', 'The caller left before the answer was complete.'));
  };
}
