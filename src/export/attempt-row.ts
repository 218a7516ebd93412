import type { AttemptLine } from '../ports/index.ts';

/** What each column of an export of statistics has; money in nano-dollars, times as ISO 8601. */
const COLUMNS: Readonly<Record<string, (line: AttemptLine) => string | number | boolean | null>> = {
  entry_id: (line) => line.entryId,
  attempt: (line) => line.attempt,
  is_last: (line) => line.isLast,
  request_id: (line) => line.requestId,
  operation: (line) => line.operation,
  caller: (line) => line.callerId,
  conversation_id: (line) => line.conversationId,
  model: (line) => line.model,
  provider: (line) => line.providerId,
  provider_kind: (line) => line.providerKind,
  upstream_model: (line) => line.upstreamModel,
  provider_key: (line) => line.keyId,
  reason: (line) => line.reason,
  streamed: (line) => line.streamed,
  started_at: (line) => new Date(line.startedAtMs).toISOString(),
  first_content_ms: (line) => line.firstContentMs,
  duration_ms: (line) => line.durationMs,
  outcome: (line) => line.outcome,
  error: (line) => line.error,
  prompt_tokens: (line) => line.promptTokens,
  cached_tokens: (line) => line.cachedTokens,
  completion_tokens: (line) => line.completionTokens,
  reasoning_tokens: (line) => line.reasoningTokens,
  usage_provenance: (line) => line.provenance,
  cost_nano_usd: (line) => line.costNanoUsd,
  saved_nano_usd: (line) => line.savedNanoUsd,
  price_version: (line) => line.priceVersion,
  request_outcome: (line) => line.requestOutcome,
  request_duration_ms: (line) => line.requestDurationMs,
};

/** Names of the columns, in their order. */
export const ATTEMPT_COLUMNS: readonly string[] = Object.keys(COLUMNS);

/** A line of the ledger as it is exported, and shown. */
export function attemptRow(line: AttemptLine): Record<string, string | number | boolean | null> {
  return Object.fromEntries(Object.entries(COLUMNS).map(([name, valueOf]) => [name, valueOf(line)]));
}
