import { NexusError } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Ledger, LedgerEntry } from '../ports/ledger.ts';
import type { Logger } from '../ports/logger.ts';
import { LedgerHealth } from './ledger-health.ts';
import { Patience } from './patience.ts';
import { Pause } from './pause.ts';
import { LedgerSilence, SiftingAppend } from './sifting-append.ts';
import type { Stage } from './waiting-entry.ts';
import { WaitingEntry } from './waiting-entry.ts';
import { WriteQueue } from './write-queue.ts';
import type { WriterOptions } from './writer-options.ts';
import type { Writing } from './writing.ts';

/** So much is written at a time. */
const MOST_ENTRIES = 256;
const MOST_BYTES = 4 * 1024 * 1024;
/** A ledger that has not answered by then is away, whatever it does later: what it was to write is written again. */
const ANSWERS_WITHIN_MS = 10_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;
/** Ends that wait for room, at most. */
const MOST_BLOCKED = 10_000;

function silence(): LedgerSilence {
  return new LedgerSilence(`The ledger has not answered within ${String(ANSWERS_WITHIN_MS)} ms.`);
}

/** What the writer needs of the hub. */
export interface WriterTools {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/**
 * Writes entries to a ledger: many at a time, one batch after the other, in their order. While the ledger is away they
 * wait, as many as there is room for. One that it does not take, while it takes others, is left out.
 */
export class LedgerWriter implements Writing {
  readonly #options: WriterOptions;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #queue: WriteQueue;
  readonly #health: LedgerHealth;
  readonly #pause: Pause;
  /** While the ledger is asked. */
  readonly #patience: Patience;
  readonly #sifting: SiftingAppend;
  /** What waits for room, in its order. */
  readonly #blocked = new Set<WaitingEntry>();
  /** Those who wait until everything before a place is written. */
  readonly #flushing = new Set<{ readonly before: number; readonly done: () => void }>();
  /** Told when nothing is left to write. */
  #idle: (() => void) | undefined;
  #place = 0;
  #pauseMs = FIRST_PAUSE_MS;
  #phase: 'open' | 'closing' | 'closed' = 'open';
  #isRunning = false;
  /** What asks the ledger, one after the other. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(ledger: Pick<Ledger, 'append'>, options: WriterOptions, { clock, logger, random }: WriterTools) {
    this.#options = options;
    this.#clock = clock;
    this.#random = random;
    this.#queue = new WriteQueue(options);
    this.#health = new LedgerHealth(clock, logger);
    this.#pause = new Pause(clock);
    this.#patience = new Patience(clock, ANSWERS_WITHIN_MS, silence);
    this.#sifting = new SiftingAppend((items) =>
      this.#patience.waitFor(ledger.append(items.map(({ entry }) => entry))),
    );
  }

  get holdsAnswers(): boolean {
    if (this.#options.durability === 'acknowledged') return true;
    return this.#options.whenFull === 'block' && (this.#blocked.size > 0 || this.#queue.isCrowded);
  }

  get isAway(): boolean {
    return this.#health.awaySinceMs !== undefined;
  }

  checkOpen(): void {
    if (!this.#refuses()) return;
    const message = 'Answers cannot be recorded at the moment, and none is given without that.';
    throw new NexusError('ledger_unavailable', message, { retryAfterMs: this.#pauseMs });
  }

  add(entry: LedgerEntry): Promise<void> | undefined {
    const { durability, whenFull, acknowledgeWithinMs, blockWithinMs } = this.#options;
    const item = new WaitingEntry(entry, this.#clock.elapsed(), this.#place++);
    const hasRoom = this.#phase !== 'closed' && this.#blocked.size === 0 && this.#queue.hasRoomFor(item);
    if (hasRoom) this.#enter(item);
    else if (this.#phase !== 'closed' && whenFull === 'block' && this.#blocked.size < MOST_BLOCKED)
      this.#blocked.add(item);
    else {
      this.#health.loses();
      return durability === 'acknowledged' ? this.#missed() : undefined;
    }
    if (durability === 'acknowledged') return this.#reached('written', item, acknowledgeWithinMs);
    return hasRoom ? undefined : this.#reached('queued', item, blockWithinMs);
  }

  async flushed(withinMs: number): Promise<boolean> {
    const before = this.#place;
    if (this.#isWritten(before)) return true;
    if (this.isAway) return false;
    this.#pause.end();
    await new Promise<void>((resolve) => {
      const waiting = {
        before,
        done: () => {
          timer.cancel();
          this.#flushing.delete(waiting);
          resolve();
        },
      };
      const timer = this.#clock.schedule(withinMs, waiting.done);
      this.#flushing.add(waiting);
    });
    return this.#isWritten(before);
  }

  between<T>(run: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(run);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  *waiting(): Generator<LedgerEntry> {
    for (const { entry } of this.#queue) yield entry;
    for (const { entry } of this.#blocked) yield entry;
  }

  report(): ReturnType<Writing['report']> {
    const { awaySinceMs, written, dropped, refused, unacknowledged, failed, lastError } = this.#health;
    const first = this.#queue.first;
    return {
      state: this.isAway ? 'away' : 'well',
      refusesRequests: this.#refuses(),
      awaySinceMs,
      queued: this.#queue.size + this.#blocked.size,
      queuedBytes: this.#queue.bytes,
      oldestWaitingMs: first ? this.#clock.elapsed() - first.sinceMs : 0,
      written,
      dropped,
      refused,
      unacknowledged,
      failed,
      lastError,
    };
  }

  async close(withinMs: number): Promise<void> {
    this.#phase = 'closing';
    this.#pauseMs = FIRST_PAUSE_MS;
    if (this.#isRunning)
      await new Promise<void>((resolve) => {
        const timer = this.#clock.schedule(withinMs, resolve);
        this.#idle = () => {
          timer.cancel();
          resolve();
        };
        this.#pause.end();
      });
    this.#phase = 'closed';
    const left = [...this.#queue.clear(), ...this.#blocked];
    this.#blocked.clear();
    if (left.length > 0) this.#health.leaves(left.length);
    for (const item of left) item.reached?.('lost');
    this.#pause.end();
    this.#patience.end();
    this.#tellFlushed();
  }

  #enter(item: WaitingEntry): void {
    this.#queue.push(item);
    item.reached?.('queued');
    if (!this.#isRunning) void this.#run();
    else if (this.#isFull() && !this.isAway) this.#pause.end();
  }

  /** Answers could not end well now. */
  #refuses(): boolean {
    const { durability, whenUnacknowledged } = this.#options;
    return durability === 'acknowledged' && whenUnacknowledged === 'refuse' && this.isAway;
  }

  /** There is enough for a batch, so that there is nothing to wait for. */
  #isFull(): boolean {
    return this.#queue.size >= MOST_ENTRIES || this.#queue.bytes >= MOST_BYTES;
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    while (this.#queue.size > 0) {
      const gatherMs = this.#options.durability === 'acknowledged' ? 0 : this.#options.everyMs;
      if (gatherMs > 0 && this.#phase === 'open' && this.#flushing.size === 0 && !this.#isFull())
        await this.#pause.for(gatherMs);
      const cause = await this.between(() => this.#writeBatch());
      this.#tellFlushed();
      if (cause !== undefined && this.#queue.size > 0) await this.#pause.for(this.#nextPauseMs());
    }
    this.#isRunning = false;
    this.#idle?.();
  }

  /** Why nothing of it was written, or `undefined`. */
  async #writeBatch(): Promise<unknown> {
    const batch = this.#queue.front(MOST_ENTRIES, MOST_BYTES);
    if (batch.length === 0) return undefined;
    const another = (): WaitingEntry | undefined => this.#queue.any(this.#random(), batch.length === 1);
    const { written, refused, cause } = await this.#sifting.write(batch, another);
    // What was given up counts as lost, whatever became of it since.
    if (this.#phase === 'closed') return undefined;
    this.#queue.remove(written);
    this.#queue.remove(new Set(refused.map(({ item }) => item)));
    if (written.size > 0) {
      this.#pauseMs = FIRST_PAUSE_MS;
      this.#health.writes(written.size);
    } else if (refused.length === 0) this.#health.fails(cause);
    for (const item of written) item.reached?.('written');
    for (const { item, cause: why } of refused) {
      this.#health.refuses(item.entry, why);
      item.reached?.('lost');
    }
    this.#letIn();
    return written.size > 0 ? undefined : cause;
  }

  /** Full jitter over the upper half: processes that lost the same ledger do not come back to it all at once. */
  #nextPauseMs(): number {
    const ms = this.#pauseMs * (0.5 + this.#random() / 2);
    this.#pauseMs = Math.min(LONGEST_PAUSE_MS, this.#pauseMs * 2);
    return ms;
  }

  #letIn(): void {
    for (const item of this.#blocked) {
      if (!this.#queue.hasRoomFor(item)) return;
      this.#blocked.delete(item);
      this.#enter(item);
    }
    if (!this.#queue.isCrowded) this.#health.hasRoom();
  }

  #isWritten(before: number): boolean {
    const first = this.#queue.first ?? this.#blocked.values().next().value;
    return first === undefined || first.place >= before;
  }

  #tellFlushed(): void {
    for (const { before, done } of this.#flushing)
      if (this.isAway || this.#phase === 'closed' || this.#isWritten(before)) done();
  }

  /** Waits until an entry has come so far, but no longer than `withinMs`. */
  #reached(stage: Stage, item: WaitingEntry, withinMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const over = (isReached: boolean): void => {
        timer.cancel();
        item.reached = undefined;
        if (isReached || stage === 'queued') resolve();
        else this.#missed().then(resolve, reject);
      };
      const timer = this.#clock.schedule(withinMs, () => {
        if (this.#blocked.delete(item)) this.#health.loses();
        over(false);
      });
      item.reached = (now) => {
        if (now === stage || now === 'lost') over(now === stage);
      };
    });
  }

  /** The end of an answer whose record is not written. */
  #missed(): Promise<void> {
    this.#health.misses();
    if (this.#options.whenUnacknowledged === 'deliver') return Promise.resolve();
    const message = 'The record of this answer could not be written in time, and no answer ends without one.';
    return Promise.reject(new NexusError('ledger_unavailable', message, { retryAfterMs: this.#pauseMs }));
  }
}
