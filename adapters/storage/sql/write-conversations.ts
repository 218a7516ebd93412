import type { AttemptLine, LedgerEntry, RequestRecord, StoredEntry } from 'nexusai-hub/ports';
import type { LedgerTransaction, SqlDialect } from './dialect.ts';
import { previewOf } from 'nexusai-hub/storage-kit';
import { RowWriter } from './row-writer.ts';

const ADDED = [
  'requests',
  'messages',
  'prompt_tokens',
  'cached_tokens',
  'completion_tokens',
  'reasoning_tokens',
  'cost_nano_usd',
] as const;

interface StoredRow {
  key: number;
  id: string;
  caller_id: string;
  models: string;
  providers: string;
}

const CHANGES = [
  `started_at_ms = case when excluded.started_at_ms < conversations.started_at_ms
    then excluded.started_at_ms else conversations.started_at_ms end`,
  `last_at_ms = case when excluded.last_at_ms > conversations.last_at_ms
    then excluded.last_at_ms else conversations.last_at_ms end`,
  'preview = coalesce(conversations.preview, excluded.preview)',
  ...ADDED.map((column) => `${column} = conversations.${column} + excluded.${column}`),
].join(', ');

/** Adds to conversations, which from then on nobody else writes, and tells what is in them. */
const ADD = new RowWriter<StoredRow>({
  table: 'conversations',
  columns: ['id', 'caller_id', 'started_at_ms', 'last_at_ms', 'models', 'providers', 'preview', ...ADDED],
  tail: `on conflict (id, caller_id) do update set ${CHANGES} returning key, id, caller_id, models, providers`,
});

const PUT_NAMES = new RowWriter({
  table: 'conversations',
  columns: ['id', 'caller_id', 'started_at_ms', 'last_at_ms', 'models', 'providers'],
  tail: 'on conflict (id, caller_id) do update set models = excluded.models, providers = excluded.providers',
});

/** What entries add to one conversation. */
interface Addition {
  readonly id: string;
  readonly callerId: string;
  startedAtMs: number;
  lastAtMs: number;
  preview: string | null;
  readonly models: Set<string>;
  readonly providers: Set<string>;
  readonly sums: Record<(typeof ADDED)[number], number>;
}

/** An entry, as far as its lines do not tell it, and its lines. */
export interface EntryLines {
  readonly entry: Pick<LedgerEntry, 'id' | 'messages'> & {
    readonly record: Pick<RequestRecord, 'requestId' | 'model' | 'callerId' | 'conversationId' | 'startedAtMs'>;
  };
  readonly lines: readonly AttemptLine[];
}

/**
 * Adds entries to their conversations, and returns the keys of those: by {@link conversationText}. Rows are written in
 * one order by everybody, as those of the rollups are.
 */
export async function writeConversations(
  db: LedgerTransaction,
  dialect: SqlDialect,
  entries: readonly EntryLines[],
): Promise<ReadonlyMap<string, number>> {
  const additions = additionsOf(entries);
  const sorted = [...additions.entries()].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, added]) => added);
  const stored = await ADD.write(db, dialect, sorted.map(rowOf));
  const keys = new Map<string, number>();
  const grown: unknown[][] = [];
  for (const row of stored) {
    const text = conversationText(row.id, row.caller_id);
    keys.set(text, row.key);
    const added = additions.get(text);
    if (!added) continue;
    const models = withNames(row.models, added.models);
    const providers = withNames(row.providers, added.providers);
    if (models !== row.models || providers !== row.providers)
      grown.push([row.id, row.caller_id, added.startedAtMs, added.lastAtMs, models, providers]);
  }
  await PUT_NAMES.write(db, dialect, grown);
  return keys;
}

/** Sees to it that conversations are there to which entries are put back, with what those do not tell of them. */
export async function restoreConversations(
  db: LedgerTransaction,
  dialect: SqlDialect,
  conversations: readonly NonNullable<StoredEntry['conversation']>[],
): Promise<void> {
  const byText = new Map(conversations.map((one) => [conversationText(one.id, one.callerId ?? undefined), one]));
  const sorted = [...byText.entries()].sort(([one], [other]) => (one < other ? -1 : 1));
  const rows = sorted.map(([, { id, callerId, startedAtMs, lastAtMs, preview }]) =>
    rowOf({ ...newAddition(id, callerId ?? '', startedAtMs), lastAtMs, preview }),
  );
  await ADD.write(db, dialect, rows);
}

/** One text for an id and its caller. */
export function conversationText(id: string, callerId: string | undefined): string {
  return `${id}\u0000${callerId ?? ''}`;
}

function additionsOf(entries: readonly EntryLines[]): Map<string, Addition> {
  const additions = new Map<string, Addition>();
  const inOrder = [...entries].sort((one, other) => one.entry.record.startedAtMs - other.entry.record.startedAtMs);
  for (const { entry, lines } of inOrder) {
    const { conversationId, callerId = '', startedAtMs, model } = entry.record;
    if (conversationId === undefined) continue;
    const atMs = Math.round(startedAtMs);
    const text = conversationText(conversationId, callerId);
    let added = additions.get(text);
    if (!added) {
      added = newAddition(conversationId, callerId, atMs);
      additions.set(text, added);
    }
    added.lastAtMs = atMs;
    added.preview ??= previewOf(entry.messages);
    added.models.add(model);
    added.sums.requests++;
    added.sums.messages += entry.messages.length;
    for (const line of lines) addLine(added, line);
  }
  return additions;
}

function newAddition(id: string, callerId: string, atMs: number): Addition {
  return {
    id,
    callerId,
    startedAtMs: atMs,
    lastAtMs: atMs,
    preview: null,
    models: new Set(),
    providers: new Set(),
    sums: {
      requests: 0,
      messages: 0,
      prompt_tokens: 0,
      cached_tokens: 0,
      completion_tokens: 0,
      reasoning_tokens: 0,
      cost_nano_usd: 0,
    },
  };
}

function addLine({ providers, sums }: Addition, line: AttemptLine): void {
  if (line.providerId !== null) providers.add(line.providerId);
  // What came out of the cache used nothing.
  if (line.attempt === 0) return;
  sums.prompt_tokens += line.promptTokens ?? 0;
  sums.cached_tokens += line.cachedTokens ?? 0;
  sums.completion_tokens += line.completionTokens ?? 0;
  sums.reasoning_tokens += line.reasoningTokens ?? 0;
  sums.cost_nano_usd += line.costNanoUsd ?? 0;
}

function rowOf({ id, callerId, startedAtMs, lastAtMs, models, providers, preview, sums }: Addition): unknown[] {
  return [
    id,
    callerId,
    startedAtMs,
    lastAtMs,
    withNames('[]', models),
    withNames('[]', providers),
    preview,
    ...ADDED.map((column) => sums[column]),
  ];
}

/** A JSON list with these names in it, too: sorted, and the same text where they are there already. */
function withNames(json: string, names: ReadonlySet<string>): string {
  const there = new Set(JSON.parse(json) as string[]);
  if ([...names].every((name) => there.has(name))) return json;
  return JSON.stringify([...there, ...[...names].filter((name) => !there.has(name))].sort());
}
