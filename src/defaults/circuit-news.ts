import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { Store, StoreEntry } from '../ports/store.ts';
import type { CircuitHold, CircuitRecord } from './circuit-record.ts';
import { holdIn, recordIn } from './circuit-record.ts';

const CIRCUITS = 'circuits';
/** Apart from what circuits do by themselves: who writes the one does not undo the other. */
const HOLDS = 'circuit-holds';

/** News are at most so old, and the store is read no more often. */
const READ_EVERY_MS = 1_000;
/** So long after its time a record still tells a process that starts to try with one probe first. */
const KEPT_AFTER_MS = 3_600_000;
/** As long as no process sleeps through it. A hold that is over need not be known for ever. */
const ENDED_HOLD_KEPT_MS = 7 * 86_400_000;

/** Records looked at; a store that has more was not written by circuits alone. */
const MOST_RECORDS = 1_000;

/** Changes kept while the store is gone; over it the oldest is not told any more. Names may come from callers. */
const MOST_UNWRITTEN = 2_000;

/** Who hears what changed in the store. */
export interface NewsReader {
  changed(id: string): void;
  held(id: string, hold: CircuitHold): void;
}

interface Writing {
  readonly folder: string;
  readonly id: string;
  readonly value: string;
  readonly untilMs: number;
}

/**
 * What processes tell each other of circuits, through a store. Nobody waits for it: changes are written behind, and what
 * others wrote is read when somebody asks for states, at most once a second. While the store is gone each process goes
 * by itself; what it could not write is written when the store is back.
 */
export class CircuitNews {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #reader: NewsReader;
  /** By folder and id: of several changes of one circuit only the last is written. */
  readonly #unwritten = new Map<string, Writing>();
  /** What was read last. */
  #known: ReadonlyMap<string, string> = new Map();
  #writing: Promise<void> | undefined;
  #lastReadAt = -Infinity;
  #isReading = false;
  #isFailing = false;

  constructor(store: Store, clock: Clock, logger: Logger, reader: NewsReader) {
    this.#store = store;
    this.#clock = clock;
    this.#logger = logger;
    this.#reader = reader;
  }

  /** Reads and writes what is due; returns at once. */
  refresh(): void {
    const now = this.#clock.elapsed();
    if (now - this.#lastReadAt < READ_EVERY_MS || this.#isReading) return;
    this.#lastReadAt = now;
    this.#isReading = true;
    void this.#read();
    this.#write();
  }

  /** Circuits that were written of. */
  ids(): Iterable<string> {
    return this.#known.keys();
  }

  /** What was read of a circuit last; what cannot be read is passed over: another version may have written it. */
  recordOf(id: string): CircuitRecord | undefined {
    const text = this.#known.get(id);
    return text === undefined ? undefined : recordIn(text);
  }

  tell(id: string, record: CircuitRecord): void {
    const untilMs = Math.max(record.atMs, record.retryAtMs, record.toldUntilMs) + KEPT_AFTER_MS;
    this.#put({ folder: CIRCUITS, id, value: JSON.stringify(record), untilMs });
  }

  tellHold(id: string, hold: CircuitHold): void {
    const untilMs = hold.how === 'auto' ? hold.atMs + ENDED_HOLD_KEPT_MS : Infinity;
    this.#put({ folder: HOLDS, id, value: JSON.stringify(hold), untilMs });
  }

  /** Resolves when everything is written, or cannot be. */
  async close(): Promise<void> {
    this.#write();
    await this.#writing;
  }

  #put(writing: Writing): void {
    const key = `${writing.folder} ${writing.id}`;
    // At the end again: whoever writes them one by one has yet to come there.
    this.#unwritten.delete(key);
    this.#unwritten.set(key, writing);
    if (this.#unwritten.size > MOST_UNWRITTEN) this.#forgetOldest();
    this.#write();
  }

  /** What somebody has held is not forgotten: it is rare, and others have to hear of it. */
  #forgetOldest(): void {
    for (const [key, { folder }] of this.#unwritten) {
      if (folder !== CIRCUITS) continue;
      this.#unwritten.delete(key);
      return;
    }
  }

  #write(): void {
    if (this.#unwritten.size > 0) this.#writing ??= this.#writeAll();
  }

  async #writeAll(): Promise<void> {
    try {
      for (const [key, writing] of this.#unwritten) {
        await this.#set(writing);
        if (this.#unwritten.get(key) === writing) this.#unwritten.delete(key);
      }
    } catch (cause) {
      this.#failed(cause);
    }
    this.#writing = undefined;
  }

  #set({ folder, id, value, untilMs }: Writing): Promise<void> {
    if (untilMs === Infinity) return this.#store.set(folder, id, value);
    return this.#store.set(folder, id, value, Math.max(1, untilMs - this.#clock.now()));
  }

  async #read(): Promise<void> {
    try {
      const [records, holds] = await Promise.all([this.#store.list(CIRCUITS), this.#store.list(HOLDS)]);
      this.#hear(records, holds);
      if (this.#isFailing) this.#logger.info({}, 'the store of circuits is back');
      this.#isFailing = false;
    } catch (cause) {
      this.#failed(cause);
    } finally {
      this.#isReading = false;
    }
  }

  #hear(records: readonly StoreEntry[], holds: readonly StoreEntry[]): void {
    for (const { name, value } of holds) {
      const hold = holdIn(value);
      if (hold) this.#reader.held(name, hold);
    }
    const before = this.#known;
    this.#known = new Map(records.slice(0, MOST_RECORDS).map(({ name, value }) => [name, value]));
    for (const [id, value] of this.#known) if (before.get(id) !== value) this.#reader.changed(id);
  }

  #failed(cause: unknown): void {
    if (!this.#isFailing)
      this.#logger.warn({ cause }, 'the store of circuits does not answer; circuits are not shared until it does');
    this.#isFailing = true;
  }
}
