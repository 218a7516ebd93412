import type { AttemptLine, LedgerTotals, UsageRow } from '../ports/index.ts';
import { Histogram } from './histogram.ts';

/** What is summed up, by the names that tables have for it, in the order in which it is written. */
export const USAGE_SUMS = [
  'requests',
  'attempts',
  'ok',
  'error',
  'aborted',
  'partial',
  'prompt_tokens',
  'cached_tokens',
  'completion_tokens',
  'reasoning_tokens',
  'unmeasured',
  'cost_nano_usd',
  'unpriced',
  'cache_hits',
  'saved_tokens',
  'saved_nano_usd',
] as const;

/** One number for each of them. */
export type UsageNumbers = Record<(typeof USAGE_SUMS)[number], number>;

/** Sums over lines of a ledger, and how long they took: what counts as what is said here. */
export class UsageSums {
  readonly sums: UsageNumbers = {
    requests: 0,
    attempts: 0,
    ok: 0,
    error: 0,
    aborted: 0,
    partial: 0,
    prompt_tokens: 0,
    cached_tokens: 0,
    completion_tokens: 0,
    reasoning_tokens: 0,
    unmeasured: 0,
    cost_nano_usd: 0,
    unpriced: 0,
    cache_hits: 0,
    saved_tokens: 0,
    saved_nano_usd: 0,
  };
  readonly latency = new Histogram();
  readonly firstContent = new Histogram();

  add(line: AttemptLine): void {
    const { sums } = this;
    if (line.requestOutcome !== null) {
      sums.requests++;
      sums[line.requestOutcome]++;
    }
    if (line.provenance === 'cached') {
      sums.cache_hits++;
      sums.saved_tokens += (line.promptTokens ?? 0) + (line.completionTokens ?? 0);
      sums.saved_nano_usd += line.savedNanoUsd ?? 0;
    }
    if (line.attempt === 0) return;
    sums.attempts++;
    this.latency.add(line.durationMs);
    if (line.firstContentMs !== null) this.firstContent.add(line.firstContentMs);
    if (line.promptTokens === null && line.completionTokens === null) sums.unmeasured++;
    else if (line.costNanoUsd === null) sums.unpriced++;
    sums.prompt_tokens += line.promptTokens ?? 0;
    sums.cached_tokens += line.cachedTokens ?? 0;
    sums.completion_tokens += line.completionTokens ?? 0;
    sums.reasoning_tokens += line.reasoningTokens ?? 0;
    sums.cost_nano_usd += line.costNanoUsd ?? 0;
  }

  /** Adds sums that were made before, without their times. */
  addSums(sums: Readonly<UsageNumbers>): void {
    for (const name of USAGE_SUMS) this.sums[name] += sums[name];
  }

  addAll(other: UsageSums): void {
    this.addSums(other.sums);
    this.latency.addAll(other.latency);
    this.firstContent.addAll(other.firstContent);
  }

  /** Begins anew. What {@link totals} and {@link row} gave stays as it is. */
  clear(): void {
    for (const name of USAGE_SUMS) this.sums[name] = 0;
    this.latency.clear();
    this.firstContent.clear();
  }

  totals(): LedgerTotals {
    const { sums } = this;
    return {
      requests: sums.requests,
      attempts: sums.attempts,
      outcomes: { ok: sums.ok, error: sums.error, aborted: sums.aborted, partial: sums.partial },
      tokens: {
        prompt: sums.prompt_tokens,
        cached: sums.cached_tokens,
        completion: sums.completion_tokens,
        reasoning: sums.reasoning_tokens,
        total: sums.prompt_tokens + sums.completion_tokens,
      },
      unmeasured: sums.unmeasured,
      costNanoUsd: sums.cost_nano_usd,
      unpriced: sums.unpriced,
      cacheHits: sums.cache_hits,
      savedTokens: sums.saved_tokens,
      savedNanoUsd: sums.saved_nano_usd,
    };
  }

  row(group: UsageRow['group']): UsageRow {
    return {
      group,
      ...this.totals(),
      latencyMs: this.latency.percentiles(),
      firstContentMs: this.firstContent.percentiles(),
    };
  }
}
