import type { AttemptLine, LedgerEntry } from 'nexusai-hub/ports';
import type { LedgerDatabase, LedgerTransaction, SqlDialect } from './dialect.ts';
import { linesOf } from 'nexusai-hub/storage-kit';
import { knownIds } from './known-ids.ts';
import { RowWriter } from './row-writer.ts';
import { storable } from './storable.ts';
import { conversationText, type EntryLines, writeConversations } from './write-conversations.ts';
import { writeRollups } from './write-rollups.ts';

const LINES = new RowWriter({
  table: 'chat_stats',
  columns: [
    ...['entry_id', 'attempt', 'is_last', 'request_id', 'operation', 'caller_id', 'conversation_key', 'model'],
    ...['provider_id', 'provider_kind', 'upstream_model', 'key_id', 'reason', 'streamed', 'started_at_ms'],
    ...['first_content_ms', 'duration_ms', 'outcome', 'error', 'prompt_tokens', 'cached_tokens', 'completion_tokens'],
    ...['reasoning_tokens', 'provenance', 'cost_nano_usd', 'saved_nano_usd', 'price_version', 'request_outcome'],
    'request_duration_ms',
  ],
});

const MESSAGES = new RowWriter({
  table: 'chat_messages',
  columns: [
    ...['entry_id', 'conversation_key', 'request_id', 'position', 'role', 'from_model', 'json', 'at_ms', 'model'],
    'provider_id',
  ],
});

/** Writes entries in one transaction, but for those that are known already. */
export async function append(db: LedgerDatabase, dialect: SqlDialect, entries: readonly LedgerEntry[]): Promise<void> {
  const byId = new Map(entries.map(storable).map((entry) => [entry.id, { entry, lines: linesOf(entry) }]));
  if (byId.size === 0) return;
  await db.transaction().execute(async (transaction) => {
    for (const id of await knownOf(transaction, dialect, [...byId.keys()])) byId.delete(id);
    const fresh = [...byId.values()];
    if (fresh.length === 0) return;
    await writeEntries(transaction, dialect, fresh);
    await writeRollups(
      transaction,
      dialect,
      fresh.flatMap(({ lines }) => lines),
    );
  });
}

/** Writes entries that are not there, into everything but the sums by time. */
export async function writeEntries(
  db: LedgerTransaction,
  dialect: SqlDialect,
  fresh: readonly EntryLines[],
): Promise<void> {
  const keys = await writeConversations(db, dialect, fresh);
  const keyOf = ({ record }: EntryLines['entry']): number | null =>
    record.conversationId === undefined
      ? null
      : (keys.get(conversationText(record.conversationId, record.callerId)) ?? null);
  const lineRows = fresh.flatMap(({ entry, lines }) => lines.map((line) => lineRow(line, keyOf(entry))));
  await LINES.write(db, dialect, lineRows);
  const messageRows = fresh.flatMap(({ entry, lines }) => {
    const key = keyOf(entry);
    return key === null ? [] : messageRowsOf(entry, key, answeredBy(lines));
  });
  await MESSAGES.write(db, dialect, messageRows);
}

/** Which of these entries are there. */
export function knownOf(db: LedgerTransaction, dialect: SqlDialect, ids: readonly string[]): Promise<string[]> {
  return knownIds(db, dialect, { table: 'chat_stats', column: 'entry_id', and: 'attempt <= 1' }, ids);
}

/** Whose answer was delivered: the last that had content. Where none had, who was asked last. */
function answeredBy(lines: readonly AttemptLine[]): string | null {
  const answering = lines.findLast(({ outcome, firstContentMs }) => outcome === 'ok' || firstContentMs !== null);
  return (answering ?? lines.at(-1))?.providerId ?? null;
}

function lineRow(line: AttemptLine, conversationKey: number | null): unknown[] {
  return [
    line.entryId,
    line.attempt,
    line.isLast,
    line.requestId,
    line.operation,
    line.callerId,
    conversationKey,
    line.model,
    line.providerId,
    line.providerKind,
    line.upstreamModel,
    line.keyId,
    line.reason,
    line.streamed,
    line.startedAtMs,
    line.firstContentMs,
    line.durationMs,
    line.outcome,
    line.error,
    line.promptTokens,
    line.cachedTokens,
    line.completionTokens,
    line.reasoningTokens,
    line.provenance,
    line.costNanoUsd,
    line.savedNanoUsd,
    line.priceVersion,
    line.requestOutcome,
    line.requestDurationMs,
  ];
}

function messageRowsOf(
  { id, record, messages }: EntryLines['entry'],
  key: number,
  providerId: string | null,
): unknown[][] {
  const { requestId, startedAtMs, model } = record;
  return messages.map(({ position, role, from, json }) => [
    ...[id, key, requestId, position, role, from === 'model', json, Math.round(startedAtMs), model],
    providerId,
  ]);
}
