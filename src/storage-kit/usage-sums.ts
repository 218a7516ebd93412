import type { AttemptLine, LedgerTotals, Outcome, UsageRow } from '../ports/index.ts';
import { Histogram } from './histogram.ts';

/** Sums over lines of a ledger, and how long they took: what counts as what is said here. */
export class UsageSums {
  readonly latency = new Histogram();
  readonly firstContent = new Histogram();
  readonly #outcomes: Record<Outcome, number> = { ok: 0, error: 0, aborted: 0, partial: 0 };
  #requests = 0;
  #attempts = 0;
  #prompt = 0;
  #cached = 0;
  #completion = 0;
  #reasoning = 0;
  #unmeasured = 0;
  #costNanoUsd = 0;
  #unpriced = 0;

  add(line: AttemptLine): void {
    if (line.requestOutcome !== null) {
      this.#requests++;
      this.#outcomes[line.requestOutcome]++;
    }
    if (line.attempt === 0) return;
    this.#attempts++;
    this.latency.add(line.durationMs);
    if (line.firstContentMs !== null) this.firstContent.add(line.firstContentMs);
    if (line.promptTokens === null && line.completionTokens === null) this.#unmeasured++;
    else if (line.costNanoUsd === null) this.#unpriced++;
    this.#prompt += line.promptTokens ?? 0;
    this.#cached += line.cachedTokens ?? 0;
    this.#completion += line.completionTokens ?? 0;
    this.#reasoning += line.reasoningTokens ?? 0;
    this.#costNanoUsd += line.costNanoUsd ?? 0;
  }

  totals(): LedgerTotals {
    return {
      requests: this.#requests,
      attempts: this.#attempts,
      outcomes: { ...this.#outcomes },
      tokens: {
        prompt: this.#prompt,
        cached: this.#cached,
        completion: this.#completion,
        reasoning: this.#reasoning,
        total: this.#prompt + this.#completion,
      },
      unmeasured: this.#unmeasured,
      costNanoUsd: this.#costNanoUsd,
      unpriced: this.#unpriced,
    };
  }

  row(group: UsageRow['group']): UsageRow {
    const latencyMs = this.latency.percentiles();
    const firstContentMs = this.firstContent.percentiles();
    return { group, ...this.totals(), latencyMs, firstContentMs };
  }
}
