import type { LedgerSteps } from './ledger-steps.ts';

/** Takes a step, wherever the ledger is. */
export type TakeStep = <Step extends keyof LedgerSteps>(
  step: Step,
  ...values: Parameters<LedgerSteps[Step]>
) => ReturnType<LedgerSteps[Step]>;

/** Steps that all are taken in one way. */
export function stepsBy(take: TakeStep): LedgerSteps {
  return {
    append: (entries) => take('append', entries),
    summary: (filter) => take('summary', filter),
    usage: (query) => take('usage', query),
    conversations: (query) => take('conversations', query),
    conversation: (id, callerId) => take('conversation', id, callerId),
    attemptPage: (filter, cursor) => take('attemptPage', filter, cursor),
    messagePage: (filter, cursor) => take('messagePage', filter, cursor),
    spentSince: (sinceMs) => take('spentSince', sinceMs),
    runs: (mine) => take('runs', mine),
    endRuns: (ids) => take('endRuns', ids),
    expiredPage: (beforeMs, cursor) => take('expiredPage', beforeMs, cursor),
    remove: (entries) => take('remove', entries),
    restore: (entries) => take('restore', entries),
    claim: (claim) => take('claim', claim),
  };
}
