import type { Outcome } from '../stats-sink.ts';

/**
 * Which part of a ledger: times in Unix milliseconds, the end not included. What is left out does not limit.
 *
 * An attempt belongs to the time at which it began, a request to its last attempt, a message to the time at which its
 * request began and to the provider that answered it. A conversation belongs to all times from its first request to its
 * latest, and to every model and provider it had.
 */
export interface LedgerFilter {
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
  readonly callerId?: string | undefined;
  /** The model name callers used. */
  readonly model?: string | undefined;
  readonly providerId?: string | undefined;
}

/** Tokens as they are billed and shown: `cached` is a part of `prompt`, `reasoning` a part of `completion`. */
export interface LedgerTokens {
  readonly prompt: number;
  readonly cached: number;
  readonly completion: number;
  readonly reasoning: number;
  readonly total: number;
}

/** Sums over attempts and the requests they were made for. */
export interface LedgerTotals {
  readonly requests: number;
  readonly attempts: number;
  /** How requests ended. */
  readonly outcomes: Readonly<Record<Outcome, number>>;
  readonly tokens: LedgerTokens;
  /** Attempts whose tokens nobody measured; they are in no sum of tokens. */
  readonly unmeasured: number;
  /** What was priced, in nano-dollars. */
  readonly costNanoUsd: number;
  /** Attempts that used tokens nobody has a price for; they are in no sum of costs. */
  readonly unpriced: number;
  /** Requests whose answers came out of the cache. Nothing of them is in the sums above but the request itself. */
  readonly cacheHits: number;
  /** Tokens those answers had used when they were made, as far as that is known. */
  readonly savedTokens: number;
  /** What those answers had cost when they were made, in nano-dollars, as far as that is known. */
  readonly savedNanoUsd: number;
}

/** Totals of a ledger, and its conversations. */
export interface LedgerSummary extends LedgerTotals {
  readonly conversations: number;
}

/** By what usage is told apart. `key`: by caller. Hours and days are those of UTC. */
export type UsageGroup = 'model' | 'provider' | 'key' | 'hour' | 'day';

/** Which usage, told apart by what; by several, each combination has its row. */
export interface UsageQuery extends LedgerFilter {
  readonly groupBy: readonly UsageGroup[];
}

/** How long things took, in milliseconds, off by 5 % at the most. `undefined` percentiles: nothing was measured. */
export interface Percentiles {
  readonly count: number;
  readonly p50: number | undefined;
  readonly p90: number | undefined;
  readonly p95: number | undefined;
  readonly p99: number | undefined;
}

/** Usage of one group. */
export interface UsageRow extends LedgerTotals {
  /**
   * What it is the usage of, a member for each of `groupBy`. Times are the beginning of their hour or day as ISO 8601. `null`:
   * nobody was asked (`provider`), or nobody known asked (`key`).
   */
  readonly group: Readonly<Partial<Record<UsageGroup, string | null>>>;
  /** How long the attempts took, from their start to their end. */
  readonly latencyMs: Percentiles;
  /** How long the attempts took until their first content. */
  readonly firstContentMs: Percentiles;
}
