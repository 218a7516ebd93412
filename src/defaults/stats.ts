import type { AttemptRecord, Outcome, RequestRecord, StatsSink } from '../ports/stats-sink.ts';
import { answeringPlace } from '../storage-kit/answering-attempt.ts';

/** Tokens of many requests together. */
export interface TokenTotals {
  readonly prompt: number;
  readonly completion: number;
  readonly total: number;
}

/** Counts since the hub started. */
export interface Totals {
  readonly requests: number;
  readonly attempts: number;
  readonly outcomes: Readonly<Record<Outcome, number>>;
  readonly tokens: TokenTotals;
  /** Requests whose tokens nobody measured; they are not in `tokens`, and not in `costNanoUsd`. */
  readonly unmeasured: number;
  /** What was priced, in nano-dollars. */
  readonly costNanoUsd: number;
  /** Requests that used tokens nobody has a price for; they are not in `costNanoUsd`. */
  readonly unpriced: number;
  /** Requests answered out of the cache; what those answers had used and cost is in the next two only. */
  readonly cacheHits: number;
  readonly savedTokens: number;
  readonly savedNanoUsd: number;
}

/** Totals of the hub, and the same by model and by provider. */
export interface StatsSnapshot extends Totals {
  readonly conversations: number;
  readonly byModel: Readonly<Record<string, Totals>>;
  readonly byProvider: Readonly<Record<string, Totals>>;
}

/** Statistics in the memory of this process. */
export interface MemoryStats extends StatsSink {
  snapshot(): StatsSnapshot;
}

/** Names kept apart before further ones are counted together: model names come from callers. */
const MOST_NAMES = 1_000;
const OTHERS = '(others)';

/** Sums up every request since the hub started. */
export function memoryStats(): MemoryStats {
  const all = new Sum();
  const byModel = new SumsByName();
  const byProvider = new SumsByName();
  let conversations = 0;
  return {
    record(record) {
      if (record.newConversation) conversations++;
      all.add(record);
      byModel.of(record.model).add(record);
      const answering = answeringPlace(record.attempts);
      record.attempts.forEach((attempt, place) => {
        byProvider.of(attempt.providerId).addAttempt(attempt, place === answering ? record.outcome : undefined);
      });
      if (record.cached) byProvider.of(record.cached.providerId).add(record);
    },
    snapshot() {
      return { ...all.totals(), conversations, byModel: byModel.totals(), byProvider: byProvider.totals() };
    },
  };
}

class Sum {
  #attempts = 0;
  #requests = 0;
  #unmeasured = 0;
  #costNanoUsd = 0;
  #unpriced = 0;
  #cacheHits = 0;
  #savedTokens = 0;
  #savedNanoUsd = 0;
  readonly #outcomes: Record<Outcome, number> = { ok: 0, error: 0, aborted: 0, partial: 0 };
  readonly #tokens = { prompt: 0, completion: 0, total: 0 };

  add(record: RequestRecord): void {
    this.#requests++;
    this.#attempts += record.attempts.length;
    this.#outcomes[record.outcome]++;
    if (record.cached) {
      this.#cacheHits++;
      this.#savedTokens += record.usage?.total_tokens ?? 0;
      this.#savedNanoUsd += record.cached.savedNanoUsd ?? 0;
      return;
    }
    if (!record.usage) this.#unmeasured++;
    this.#addUsed(record);
  }

  /** @param outcome of the request, where this attempt is the one that answered it. */
  addAttempt(attempt: AttemptRecord, outcome: Outcome | undefined): void {
    this.#attempts++;
    this.#addUsed(attempt);
    if (!outcome) return;
    this.#requests++;
    this.#outcomes[outcome]++;
    if (!attempt.usage) this.#unmeasured++;
  }

  totals(): Totals {
    return {
      requests: this.#requests,
      attempts: this.#attempts,
      outcomes: { ...this.#outcomes },
      tokens: { ...this.#tokens },
      unmeasured: this.#unmeasured,
      costNanoUsd: this.#costNanoUsd,
      unpriced: this.#unpriced,
      cacheHits: this.#cacheHits,
      savedTokens: this.#savedTokens,
      savedNanoUsd: this.#savedNanoUsd,
    };
  }

  #addUsed({ usage, costNanoUsd }: Pick<AttemptRecord, 'usage' | 'costNanoUsd'>): void {
    if (!usage) return;
    if (costNanoUsd === null) this.#unpriced++;
    else this.#costNanoUsd += costNanoUsd;
    this.#tokens.prompt += usage.prompt_tokens;
    this.#tokens.completion += usage.completion_tokens;
    this.#tokens.total += usage.total_tokens;
  }
}

class SumsByName {
  readonly #sums = new Map<string, Sum>();

  of(name: string): Sum {
    const known = this.#sums.get(name);
    if (known) return known;
    const kept = this.#sums.size < MOST_NAMES ? name : OTHERS;
    let sum = this.#sums.get(kept);
    if (!sum) this.#sums.set(kept, (sum = new Sum()));
    return sum;
  }

  totals(): Record<string, Totals> {
    return Object.fromEntries([...this.#sums].map(([name, sum]) => [name, sum.totals()]));
  }
}
