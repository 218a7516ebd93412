import type { HubStats } from './hub-stats.ts';
import type { Clock, LedgerSummary, LiveCounts, Timer } from './ports/index.ts';

/** How the hub stands at a moment. */
export interface LiveStats {
  /** Unix milliseconds. */
  readonly atMs: number;
  /** All that is in the ledger, of every process that writes to it. `undefined` until it has answered once. */
  readonly summary: LedgerSummary | undefined;
  /** False while the ledger does not answer: `summary` is what it said last. */
  readonly isCurrent: boolean;
  /** What this process has done since the hub started, and is doing. */
  readonly now: HubStats;
  /** What was done since the moment before, by the second: by all processes where they share their counters. */
  readonly perSecond: {
    readonly requests: number;
    /** Of them those that ended with an error, or in the middle. */
    readonly failed: number;
    readonly tokens: number;
    readonly costNanoUsd: number;
  };
}

/** What is looked at, and how. */
export interface LiveSources {
  readonly summary: () => Promise<LedgerSummary>;
  readonly now: () => HubStats;
  /** Has the figures of all processes brought up to date; resolves in any case, and before long. */
  readonly refresh: () => Promise<void>;
  readonly clock: Clock;
}

/** How often one looks. */
const EVERY_MS = 1_000;

/**
 * Looks once a second while somebody watches, however many they are. Who reads slowly misses moments; nothing is kept for
 * anybody but the latest.
 */
export class LiveFeed {
  readonly #sources: LiveSources;
  readonly #watchers = new Set<Watcher>();
  #timer: Timer | undefined;
  #asking: Promise<void> | undefined;
  #summary: LedgerSummary | undefined;
  #isCurrent = false;
  #latest: LiveStats | undefined;
  #before: { readonly at: number; readonly now: HubStats } | undefined;
  #isClosed = false;

  constructor(sources: LiveSources) {
    this.#sources = sources;
  }

  /** A moment at once, and then one a second, until `signal` aborts, the reader leaves or the hub closes. */
  watch(signal?: AbortSignal): AsyncGenerator<LiveStats, void, undefined> {
    return this.#watch(signal);
  }

  /** Ends it for everybody who watches. */
  close(): void {
    this.#isClosed = true;
    for (const watcher of this.#watchers) watcher.end();
    this.#rest();
  }

  async *#watch(signal: AbortSignal | undefined): AsyncGenerator<LiveStats, void, undefined> {
    if (this.#isClosed || signal?.aborted) return;
    const watcher = new Watcher(this.#latest);
    this.#watchers.add(watcher);
    signal?.addEventListener('abort', watcher.end, { once: true });
    if (!this.#timer) this.#look();
    try {
      for (let moment = await watcher.next(); moment; moment = await watcher.next()) yield moment;
    } finally {
      signal?.removeEventListener('abort', watcher.end);
      this.#watchers.delete(watcher);
      if (this.#watchers.size === 0) this.#rest();
    }
  }

  /** Nobody watches: what was seen last says nothing about the next one's moment. */
  #rest(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#latest = undefined;
    this.#before = undefined;
  }

  /** A ledger that takes longer than a second is not asked again meanwhile, and holds no moment up. */
  readonly #look = (): void => {
    this.#timer = this.#sources.clock.schedule(EVERY_MS, this.#look);
    if (this.#asking) {
      this.#isCurrent = false;
      this.#show();
      return;
    }
    this.#asking = this.#ask().finally(() => {
      this.#asking = undefined;
      if (this.#timer) this.#show();
    });
  };

  async #ask(): Promise<void> {
    try {
      [this.#summary] = await Promise.all([this.#sources.summary(), this.#sources.refresh()]);
      this.#isCurrent = true;
    } catch {
      this.#isCurrent = false;
    }
  }

  #show(): void {
    const { clock } = this.#sources;
    const now = this.#sources.now();
    const at = clock.elapsed();
    this.#latest = {
      atMs: clock.now(),
      summary: this.#summary,
      isCurrent: this.#isCurrent,
      now,
      perSecond: perSecondOf(this.#before, { at, now }),
    };
    this.#before = { at, now };
    for (const watcher of this.#watchers) watcher.show(this.#latest);
  }
}

type Moment = { readonly at: number; readonly now: HubStats };

function perSecondOf(before: Moment | undefined, { at, now }: Moment): LiveStats['perSecond'] {
  const seconds = before ? (at - before.at) / 1000 : 0;
  const isShared = now.shared !== undefined && before?.now.shared !== undefined;
  const countsOf = (stats: HubStats): Counts => (isShared ? stats.shared : undefined) ?? ownCountsOf(stats);
  // Counters that were lost begin anew: then nothing is known, and never less than nothing.
  const rate = (countOf: (counts: Counts) => number): number =>
    before && seconds > 0 ? Math.max(0, countOf(countsOf(now)) - countOf(countsOf(before.now))) / seconds : 0;
  return {
    requests: rate(({ requests }) => requests),
    failed: rate(({ failed }) => failed),
    tokens: rate(({ totalTokens }) => totalTokens),
    costNanoUsd: rate(({ costNanoUsd }) => costNanoUsd),
  };
}

type Counts = Pick<LiveCounts, 'requests' | 'failed' | 'totalTokens' | 'costNanoUsd'>;

function ownCountsOf({ requests, outcomes, tokens, costNanoUsd }: HubStats): Counts {
  return { requests, failed: outcomes.error + outcomes.partial, totalTokens: tokens.total, costNanoUsd };
}

/** One who watches: the latest moment it has not read. */
class Watcher {
  #unread: LiveStats | undefined;
  #isOver = false;
  #wake: (() => void) | undefined;

  constructor(latest: LiveStats | undefined) {
    this.#unread = latest;
  }

  show(moment: LiveStats): void {
    this.#unread = moment;
    this.#wake?.();
  }

  readonly end = (): void => {
    this.#isOver = true;
    this.#wake?.();
  };

  async next(): Promise<LiveStats | undefined> {
    if (!this.#unread && !this.#isOver)
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    const moment = this.#isOver ? undefined : this.#unread;
    this.#unread = undefined;
    return moment;
  }
}
