import { randomUUID } from 'node:crypto';
import { digestOf } from './defaults/conversation/text-digest.ts';
import { NOTHING } from './defaults/live-counters.ts';
import type { Totals } from './defaults/stats.ts';
import { StoreWatch } from './defaults/store-watch.ts';
import type {
  Clock,
  LiveCounters,
  LiveCounts,
  LiveLoad,
  LiveTotals,
  Logger,
  SeenSession,
  StatsSink,
  Timer,
} from './ports/index.ts';

/** What this process has counted, and has to do. */
export interface OwnFigures {
  readonly counts: LiveCounts;
  readonly load: LiveLoad;
}

/** What is new waits so long for more of it. */
const SOON_MS = 200;
/** Where nothing is new, it is said so often that this process runs. */
const BEAT_MS = 2_000;
/** One that was not heard of for so long does not run any more. */
const LASTS_MS = 10_000;
/** What was answered longer ago says nothing about now. */
const FRESH_MS = 5_000;
/** Nobody's answer waits for it: it may take longer than what is on the way of a request. */
const WITHIN_MS = 500;
/** Conversations in one report, and those that wait for one. */
const MOST_IN_REPORT = 1_000;
const MOST_WAITING = 100_000;

/**
 * Tells the counters that several processes share what this one does, a moment after its record was written, and knows
 * what they answered. Beside the way of all requests: while the counters are away, this process goes by its own figures.
 */
export class LiveCounting implements StatsSink {
  readonly #counters: LiveCounters;
  readonly #idleMs: number;
  readonly #clock: Clock;
  readonly #watch: StoreWatch;
  readonly #process = randomUUID();
  #own: (() => OwnFigures) | undefined;
  #counted = NOTHING;
  /** By name: when they were asked in, or that they were ended. */
  readonly #seen = new Map<string, number | undefined>();
  #timer: Timer | undefined;
  #isSoon = false;
  #reporting: Promise<void> | undefined;
  #answer: { readonly totals: LiveTotals; readonly at: number } | undefined;
  #isClosed = false;

  constructor(counters: LiveCounters, idleMs: number, clock: Clock, logger: Logger) {
    this.#counters = counters;
    this.#idleMs = idleMs;
    this.#clock = clock;
    const words = { what: 'live counters', meanwhile: 'live figures are those of this process until they are back' };
    this.#watch = new StoreWatch({ withinMs: WITHIN_MS, ...words }, clock, logger);
  }

  /** Begins to report. */
  start(own: () => OwnFigures): void {
    this.#own = own;
    this.#schedule(0);
  }

  /** A request has left its record. */
  record(): void {
    this.#soon();
  }

  /** Somebody asked in a conversation. */
  sees(owner: string, id: string): void {
    this.#note(owner, id, this.#clock.now());
  }

  /** A conversation was ended. */
  ends(owner: string, id: string): void {
    this.#note(owner, id, undefined);
  }

  /** Figures of all processes; `undefined` where the counters have not answered lately. */
  totals(): LiveTotals | undefined {
    if (!this.#answer || this.#clock.elapsed() - this.#answer.at > FRESH_MS) return undefined;
    return this.#answer.totals;
  }

  /** Reports at once. Resolves when that was answered, or is given up. */
  refresh(): Promise<void> {
    return this.#report(LASTS_MS);
  }

  /** Says what is left, and that this process ends. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timer?.cancel();
    await this.#reporting;
    await this.#report(0);
    await this.#counters.close?.();
  }

  #note(owner: string, id: string, atMs: number | undefined): void {
    const name = digestOf(`${owner}\n${id}`);
    this.#seen.delete(name);
    if (this.#seen.size >= MOST_WAITING) return;
    this.#seen.set(name, atMs);
    this.#soon();
  }

  #soon(): void {
    if (this.#isSoon) return;
    this.#isSoon = true;
    this.#schedule(SOON_MS);
  }

  #schedule(ms: number): void {
    this.#timer?.cancel();
    if (this.#isClosed || !this.#own) return;
    this.#timer = this.#clock.schedule(ms, () => void this.refresh());
  }

  #report(lastsMs: number): Promise<void> {
    this.#reporting ??= this.#reportNow(lastsMs).finally(() => {
      this.#reporting = undefined;
      this.#schedule(this.#isSoon || this.#seen.size > 0 ? SOON_MS : BEAT_MS);
    });
    return this.#reporting;
  }

  async #reportNow(lastsMs: number): Promise<void> {
    if (!this.#own) return;
    this.#isSoon = false;
    const { counts, load } = this.#own();
    const sessions = this.#some();
    const totals = await this.#watch.ask(() =>
      this.#counters.report({
        process: this.#process,
        lastsMs,
        counts,
        counted: this.#counted,
        load,
        sessions,
        nowMs: this.#clock.now(),
        idleMs: this.#idleMs,
      }),
    );
    if (!totals) return;
    this.#counted = counts;
    this.#answer = { totals, at: this.#clock.elapsed() };
    // What was seen again meanwhile has yet to be told.
    for (const { name, atMs } of sessions) if (this.#seen.get(name) === atMs) this.#seen.delete(name);
  }

  #some(): SeenSession[] {
    const sessions: SeenSession[] = [];
    for (const [name, atMs] of this.#seen) {
      if (sessions.length === MOST_IN_REPORT) break;
      sessions.push({ name, atMs });
    }
    return sessions;
  }
}

/** What a process tells of itself. */
export function ownFiguresOf({ requests, outcomes, tokens, costNanoUsd }: Totals, load: LiveLoad): OwnFigures {
  const counts = {
    requests,
    failed: outcomes.error + outcomes.partial,
    promptTokens: tokens.prompt,
    completionTokens: tokens.completion,
    totalTokens: tokens.total,
    costNanoUsd,
  };
  return { counts, load };
}
