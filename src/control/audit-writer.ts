import { atMost } from '../at-most.ts';
import { Patience } from '../bookkeeping/patience.ts';
import { Pause } from '../bookkeeping/pause.ts';
import { NOBODY } from '../defaults/short-list.ts';
import type { AuditEntry, AuditLog, Clock, Logger } from '../ports/index.ts';
import type { AuditedRequest } from '../request-audit.ts';
import { actionEntry } from './audit-entries.ts';
import { AuditHealth } from './audit-health.ts';

/** So much is written at a time, so long after the first of it came. */
const MOST_ENTRIES = 256;
const GATHER_MS = 50;
/** What may wait. */
const MOST_WAITING = 10_000;
const MOST_LENGTH = 16 * 1024 * 1024;
/** A log that has not answered by then is away; what it was to write is written again, and stands in it once. */
const ANSWERS_WITHIN_MS = 10_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;

function silence(): Error {
  return new Error(`The audit log has not answered within ${String(ANSWERS_WITHIN_MS)} ms.`);
}

/** What the writing of the audit log has come to. */
export interface AuditReport {
  readonly state: 'well' | 'away';
  readonly awaySinceMs: number | undefined;
  readonly waiting: number;
  readonly written: number;
  /** Entries for which there was no room while the log was away, or no time when the hub closed. */
  readonly lost: number;
  /** A word of what went wrong last. */
  readonly lastError: string | undefined;
}

/** An entry in the queue, or a request whose entry is not made yet. */
class Waiting {
  /** What it takes, in characters, about. */
  readonly length: number;
  /** The log was handed it. It may be there, whatever was heard of that. */
  isTried = false;
  isWritten = false;
  #what: AuditEntry | AuditedRequest;
  #tell: readonly (() => void)[] = NOBODY;

  constructor(what: AuditEntry | AuditedRequest) {
    this.#what = what;
    this.length = 300 + ('kind' in what ? (what.details?.length ?? 0) : 0);
  }

  /** Made when it is first asked for, and the same from then on. */
  entryBy(make: (request: AuditedRequest) => AuditEntry): AuditEntry {
    const what = this.#what;
    return 'kind' in what ? what : (this.#what = make(what));
  }

  /** Resolves when it is known what became of it. Few are waited for. */
  untilOver(): Promise<void> {
    return new Promise((resolve) => {
      this.#tell = [...this.#tell, resolve];
    });
  }

  ends(isWritten: boolean): void {
    this.isWritten = isWritten;
    for (const tell of this.#tell) tell();
  }
}

/** Parts of the hub that the writer works with. */
export interface AuditWriterParts {
  readonly log: AuditLog;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Hands entries to the log, many at a time and in their order. While it is away they wait, as many as there is room for;
 * when it is back, it is told of how many there was no room for.
 */
export class AuditWriter {
  readonly #log: AuditLog;
  readonly #clock: Clock;
  readonly #entryOf: (request: AuditedRequest) => AuditEntry;
  readonly #health: AuditHealth;
  readonly #pause: Pause;
  readonly #patience: Patience;
  #queue: Waiting[] = [];
  #length = 0;
  #phase: 'open' | 'closing' | 'closed' = 'open';
  #running: Promise<void> | undefined;
  #pauseMs = FIRST_PAUSE_MS;
  /** How many wait for what is in the queue. */
  #awaited = 0;

  constructor({ log, clock, logger }: AuditWriterParts, entryOf: (request: AuditedRequest) => AuditEntry) {
    this.#entryOf = entryOf;
    this.#log = log;
    this.#clock = clock;
    this.#health = new AuditHealth(clock, logger);
    this.#pause = new Pause(clock);
    this.#patience = new Patience(clock, ANSWERS_WITHIN_MS, silence);
  }

  /**
   * For what nobody waits for: an entry, or a request without content, whose entry is made with the others of its batch.
   * Many in a row cost a fraction of what each costs in the middle of something else.
   */
  add(what: AuditEntry | AuditedRequest): void {
    const hasRoom = this.#queue.length < MOST_WAITING && this.#length < MOST_LENGTH;
    if (this.#phase === 'closed') this.#health.lost++;
    else if (!hasRoom) this.#health.loses();
    else this.#enter(new Waiting(what));
  }

  /**
   * Resolves with what became of it, `withinMs` at the latest. What is not written by then will not be any more; `unsure`:
   * the log was handed it, and has not said.
   */
  async write(entry: AuditEntry, withinMs: number): Promise<'written' | 'missed' | 'unsure'> {
    if (this.#phase === 'closed' || this.#health.awaySinceMs !== undefined) return 'missed';
    const waiting = new Waiting(entry);
    this.#awaited++;
    this.#enter(waiting);
    this.#pause.end();
    await atMost(withinMs, waiting.untilOver(), this.#clock);
    this.#awaited--;
    if (waiting.isWritten) return 'written';
    this.#remove([waiting]);
    return waiting.isTried ? 'unsure' : 'missed';
  }

  /** Resolves when what waits now is written, `withinMs` at the latest; at once while the log is away. */
  async settled(withinMs: number): Promise<void> {
    const last = this.#queue.at(-1);
    if (!last || this.#health.awaySinceMs !== undefined) return;
    this.#awaited++;
    this.#pause.end();
    await atMost(withinMs, last.untilOver(), this.#clock);
    this.#awaited--;
  }

  report(): AuditReport {
    const { awaySinceMs, written, lost, lastError } = this.#health;
    const state = awaySinceMs === undefined ? 'well' : 'away';
    return { state, awaySinceMs, waiting: this.#queue.length, written, lost, lastError };
  }

  /** Writes what waits, for so long. What is not written by then is lost, and counted. */
  async close(withinMs: number): Promise<void> {
    if (this.#phase !== 'open') return;
    this.#phase = 'closing';
    this.#pause.end();
    if (this.#running) await atMost(withinMs, this.#running, this.#clock);
    this.#phase = 'closed';
    if (this.#queue.length > 0) this.#health.leaves(this.#queue.length);
    for (const waiting of this.#queue.splice(0)) waiting.ends(false);
    this.#pause.end();
    this.#patience.end();
  }

  #enter(waiting: Waiting): void {
    this.#queue.push(waiting);
    this.#length += waiting.length;
    this.#running ??= this.#run();
    if (this.#queue.length === MOST_ENTRIES && this.#health.awaySinceMs === undefined) this.#pause.end();
  }

  async #run(): Promise<void> {
    while (this.#queue.length > 0) {
      const mayGather = this.#phase === 'open' && this.#awaited === 0 && this.#queue.length < MOST_ENTRIES;
      if (mayGather) await this.#pause.for(GATHER_MS);
      if (!(await this.#writeBatch()) && this.#queue.length > 0) await this.#pause.for(this.#nextPauseMs());
    }
    this.#running = undefined;
  }

  async #writeBatch(): Promise<boolean> {
    const { batch, entries } = this.#nextBatch();
    if (batch.length === 0) return true;
    try {
      await this.#patience.waitFor(this.#log.append(entries));
    } catch (cause) {
      // Whoever closed it has told what was lost.
      if (this.#phase === 'closed') return false;
      this.#health.fails(cause);
      // Nobody is kept waiting for a log that is away.
      for (const waiting of this.#queue) waiting.ends(false);
      return false;
    }
    // What was given up counts as lost, whatever became of it since.
    if (this.#phase === 'closed') return true;
    this.#remove(batch);
    this.#pauseMs = FIRST_PAUSE_MS;
    this.#health.writes(batch.length);
    for (const waiting of batch) waiting.ends(true);
    this.#tellLost();
    return true;
  }

  /** What no entry can be made of is lost, so that it holds up no other. */
  #nextBatch(): { readonly batch: readonly Waiting[]; readonly entries: readonly AuditEntry[] } {
    const batch: Waiting[] = [];
    const entries: AuditEntry[] = [];
    const untold: Waiting[] = [];
    for (const waiting of this.#queue.slice(0, MOST_ENTRIES))
      try {
        entries.push(waiting.entryBy(this.#entryOf));
        waiting.isTried = true;
        batch.push(waiting);
      } catch (cause) {
        this.#health.cannotTell(cause);
        untold.push(waiting);
      }
    if (untold.length > 0) this.#remove(untold);
    for (const waiting of untold) waiting.ends(false);
    return { batch, entries };
  }

  #tellLost(): void {
    const entries = this.#health.takeUntold();
    if (entries > 0)
      this.add(
        actionEntry(
          { action: 'audit.lost', target: 'audit', by: undefined, after: { entries } },
          this.#clock.now(),
          (text) => text,
        ),
      );
  }

  /** What was written was taken from the front, and mostly stands there still: others may have given up meanwhile. */
  #remove(some: readonly Waiting[]): void {
    if (some.every((waiting, place) => waiting === this.#queue[place])) {
      for (const { length } of some) this.#length -= length;
      this.#queue = this.#queue.slice(some.length);
      return;
    }
    const gone = new Set(some);
    this.#queue = this.#queue.filter((waiting) => !gone.has(waiting));
    this.#length = this.#queue.reduce((sum, { length }) => sum + length, 0);
  }

  #nextPauseMs(): number {
    const ms = this.#pauseMs;
    this.#pauseMs = Math.min(LONGEST_PAUSE_MS, ms * 2);
    return ms;
  }
}
