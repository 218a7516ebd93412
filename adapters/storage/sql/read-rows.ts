import type { AttemptLine, MessageLine } from 'nexusai-hub/ports';
import type { Selectable } from 'kysely';
import type { LedgerTables } from './tables.ts';

type StatsRow = Selectable<LedgerTables['chat_stats']>;
type MessageRow = Selectable<LedgerTables['chat_messages']>;

/** What is read of a line. Its conversation is joined. */
export const LINE_COLUMNS = [
  ...(['chat_stats.id', 'entry_id', 'attempt', 'is_last', 'request_id', 'operation', 'model', 'provider_id'] as const),
  ...(['chat_stats.caller_id', 'provider_kind', 'upstream_model', 'key_id', 'reason', 'streamed'] as const),
  ...(['chat_stats.started_at_ms', 'first_content_ms', 'duration_ms', 'outcome', 'error', 'provenance'] as const),
  ...(['chat_stats.prompt_tokens', 'chat_stats.cached_tokens', 'chat_stats.completion_tokens'] as const),
  ...(['chat_stats.reasoning_tokens', 'chat_stats.cost_nano_usd', 'price_version', 'request_outcome'] as const),
  ...(['saved_nano_usd', 'request_duration_ms'] as const),
] as const;

/** What is read of a message. */
export const MESSAGE_COLUMNS = [
  ...(['id', 'conversation_key', 'request_id', 'position', 'role', 'from_model', 'json', 'at_ms', 'model'] as const),
  'provider_id',
] as const;

/** A line as the port has it. */
export function lineOfRow(
  row: Omit<StatsRow, 'conversation_key'> & { readonly conversation_id: string | null },
): AttemptLine {
  return {
    entryId: row.entry_id,
    attempt: row.attempt,
    isLast: row.is_last === 1,
    requestId: row.request_id,
    operation: row.operation,
    callerId: row.caller_id,
    conversationId: row.conversation_id,
    model: row.model,
    providerId: row.provider_id,
    providerKind: row.provider_kind,
    upstreamModel: row.upstream_model,
    keyId: row.key_id,
    reason: row.reason,
    streamed: row.streamed === 1,
    startedAtMs: row.started_at_ms,
    firstContentMs: row.first_content_ms,
    durationMs: row.duration_ms,
    outcome: row.outcome,
    error: row.error,
    promptTokens: row.prompt_tokens,
    cachedTokens: row.cached_tokens,
    completionTokens: row.completion_tokens,
    reasoningTokens: row.reasoning_tokens,
    provenance: row.provenance,
    costNanoUsd: row.cost_nano_usd,
    savedNanoUsd: row.saved_nano_usd,
    priceVersion: row.price_version,
    requestOutcome: row.request_outcome,
    requestDurationMs: row.request_duration_ms,
  };
}

/** A message as the port has it. */
export function messageOfRow(
  row: Omit<MessageRow, 'entry_id'>,
  conversation: { readonly id: string; readonly caller_id: string },
): MessageLine {
  const isAnswer = row.from_model === 1;
  return {
    conversationId: conversation.id,
    callerId: conversation.caller_id || null,
    requestId: row.request_id,
    position: row.position,
    role: row.role,
    from: isAnswer ? 'model' : 'caller',
    json: row.json,
    atMs: row.at_ms,
    model: row.model,
    providerId: isAnswer ? row.provider_id : null,
  };
}
