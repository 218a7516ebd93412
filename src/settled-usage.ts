import type { Account, AttemptAccounts } from './attempt-accounts.ts';
import type { DisconnectPolicy } from './parts.ts';
import type { Outcome, Settlement, Usage } from './ports/index.ts';

/** Usage of a request that came to nothing. */
const NOTHING: Usage = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 };

/**
 * What a limiter is told of a request. What was reserved is given back where nothing was produced, or nobody was asked: no
 * provider charges for that, nor for what was made before. It is, too, where the owner charges nothing for what callers
 * left.
 */
export function settlementOf(
  { usage, usageProvenance, costNanoUsd, attempts }: Account,
  outcome: Outcome,
  policy: DisconnectPolicy,
  accounts: AttemptAccounts,
): Settlement {
  if (usageProvenance === 'cached') return { usage: NOTHING, costNanoUsd: 0 };
  if (usage) return { usage, costNanoUsd };
  const isFree = outcome === 'error' || attempts.length === 0 || (outcome === 'aborted' && policy === 'none');
  if (isFree) return { usage: NOTHING, costNanoUsd: 0 };
  const isUnmeasured = outcome === 'ok' && !accounts.isUncounted();
  return isUnmeasured ? { usage, costNanoUsd, isUnmeasured } : { usage, costNanoUsd };
}
