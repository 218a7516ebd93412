import type { AttemptLine, AttemptRecord, LedgerEntry, RequestRecord, Usage } from '../ports/index.ts';

/** The lines of an entry: one for each attempt, or one for a request nobody was asked for. */
export function linesOf({ id, record }: LedgerEntry): AttemptLine[] {
  const { attempts } = record;
  if (attempts.length === 0) return [lineOf(id, record, undefined, 0, true)];
  return attempts.map((attempt, place) => lineOf(id, record, attempt, place + 1, place === attempts.length - 1));
}

function lineOf(
  entryId: string,
  record: RequestRecord,
  made: AttemptRecord | undefined,
  attempt: number,
  isLast: boolean,
): AttemptLine {
  const { requestId, operation, model, streamed, callerId, conversationId, cached } = record;
  const usage = made ? made.usage : cached && record.usage;
  const maker = made ?? cached;
  return {
    entryId,
    attempt,
    isLast,
    requestId,
    operation,
    callerId: callerId ?? null,
    conversationId: conversationId ?? null,
    model,
    providerId: maker?.providerId ?? null,
    providerKind: maker?.providerKind ?? null,
    upstreamModel: maker?.model ?? null,
    keyId: made?.keyId ?? null,
    reason: made?.reason ?? null,
    streamed,
    startedAtMs: Math.round(record.startedAtMs + (made?.startedAfterMs ?? 0)),
    firstContentMs: made?.firstContentMs === undefined ? null : inMicroseconds(made.firstContentMs),
    durationMs: inMicroseconds((made ?? record).durationMs),
    outcome: (made ?? record).outcome,
    error: (made ?? record).error ?? null,
    promptTokens: usage?.prompt_tokens ?? null,
    cachedTokens: usage?.prompt_tokens_details?.cached_tokens ?? null,
    completionTokens: usage?.completion_tokens ?? null,
    reasoningTokens: reasoningOf(usage),
    provenance: made?.usageProvenance ?? (cached ? 'cached' : 'absent'),
    costNanoUsd: (made ?? (cached && record))?.costNanoUsd ?? null,
    savedNanoUsd: cached?.savedNanoUsd ?? null,
    priceVersion: made?.priceVersion ?? null,
    requestOutcome: isLast ? record.outcome : null,
    requestDurationMs: isLast ? inMicroseconds(record.durationMs) : null,
  };
}

function reasoningOf(usage: Usage | undefined): number | null {
  return usage?.completion_tokens_details?.reasoning_tokens ?? null;
}

/** Clocks tell parts of microseconds that mean nothing and take room. */
function inMicroseconds(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
