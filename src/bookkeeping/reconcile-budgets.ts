import type { Clock } from '../ports/clock.ts';
import type { Ledger, LedgerEntry } from '../ports/ledger.ts';
import type { Limiter, Spent } from '../ports/limiter.ts';
import type { Writing } from './writing.ts';

/** By how much the counters of a caller's budget were over what the ledger knows, in nano-dollars; below 0: under it. */
export interface BudgetDrift extends Spent {
  readonly callerId: string;
}

/** Longer than that it is not waited for that all is written: what waits is counted, too. */
const WITHIN_MS = 1_000;

/**
 * Puts what the ledger and the entries on their way to it know in place of what was counted as spent in the present day
 * and month, for these callers and for all the ledger knows.
 * @throws whatever the ledger or the limiter does.
 */
export async function reconcileBudgets(
  ledger: Pick<Ledger, 'spentSince'>,
  writer: Pick<Writing, 'flushed' | 'between' | 'waiting'>,
  limiter: Limiter,
  callers: Iterable<string>,
  clock: Clock,
): Promise<readonly BudgetDrift[]> {
  if (!limiter.rebuild) return [];
  await writer.flushed(WITHIN_MS);
  return writer.between(async () => {
    const now = new Date(clock.now());
    const monthMs = Date.UTC(now.getUTCFullYear(), now.getUTCMonth());
    const dayMs = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate());
    const [ofMonth, ofDay] = await Promise.all([ledger.spentSince(monthMs), ledger.spentSince(dayMs)]);
    // From here on nothing is waited for that could let an answer settle in between, unless counters are elsewhere.
    const month = withWaiting(ofMonth, writer.waiting(), monthMs);
    const day = withWaiting(ofDay, writer.waiting(), dayMs);
    const drifts: BudgetDrift[] = [];
    for (const callerId of new Set([...callers, ...month.keys()])) {
      const spent = { day: day.get(callerId) ?? 0, month: month.get(callerId) ?? 0 };
      drifts.push({ callerId, ...(await limiter.rebuild?.(callerId, spent)) });
    }
    return drifts;
  });
}

/** What is written, and what will be. */
function withWaiting(
  written: ReadonlyMap<string, number>,
  waiting: Iterable<LedgerEntry>,
  sinceMs: number,
): ReadonlyMap<string, number> {
  const spent = new Map(written);
  for (const { record } of waiting) {
    const { callerId, startedAtMs, attempts } = record;
    if (callerId === undefined) continue;
    for (const { startedAfterMs, costNanoUsd } of attempts)
      if (startedAtMs + startedAfterMs >= sinceMs) spent.set(callerId, (spent.get(callerId) ?? 0) + (costNanoUsd ?? 0));
  }
  return spent;
}
