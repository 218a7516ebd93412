import type { Account } from './attempt-accounts.ts';
import type { Caller, RequestRecord, Session } from './ports/index.ts';

/** What a visit knows of its request from the beginning. */
interface Recorded extends Pick<RequestRecord, 'requestId' | 'model' | 'streamed' | 'startedAtMs'> {
  readonly caller: Caller | undefined;
  readonly session: Session | undefined;
  readonly firstContentMs: number | undefined;
}

/** What is known of it at its end, beside what it took. */
type Ended = Pick<RequestRecord, 'operation' | 'durationMs' | 'outcome' | 'error' | 'candidates'>;

/** The record a request leaves. Written out: one put together by spreads takes five times as long and as much memory. */
export function recordOf(visit: Recorded, ended: Ended, account: Account): RequestRecord {
  const { caller, session } = visit;
  return {
    requestId: visit.requestId,
    operation: ended.operation,
    callerId: caller?.id,
    conversationId: session?.id,
    newConversation: session?.isNew ?? false,
    conversationMatchedBy: session?.matchedBy,
    conversationScore: session?.score,
    model: visit.model,
    streamed: visit.streamed,
    startedAtMs: visit.startedAtMs,
    firstContentMs: visit.firstContentMs,
    durationMs: ended.durationMs,
    outcome: ended.outcome,
    error: ended.error,
    attempts: account.attempts,
    candidates: ended.candidates,
    usage: account.usage,
    usageProvenance: account.usageProvenance,
    usageIsExact: account.usageIsExact,
    costNanoUsd: account.costNanoUsd,
    priceVersion: account.priceVersion,
    cached: account.cached,
  };
}
