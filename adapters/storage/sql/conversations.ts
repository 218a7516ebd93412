import type {
  ConversationHistory,
  ConversationQuery,
  ConversationSummary,
  HistoryPart,
  LedgerFilter,
  LedgerPage,
} from 'nexusai-hub/ports';
import { type Selectable, sql } from 'kysely';
import type { LedgerDatabase, SqlDialect } from './dialect.ts';
import { LINE_COLUMNS, lineOfRow, MESSAGE_COLUMNS, messageOfRow } from './read-rows.ts';
import { matching } from './search.ts';
import type { LedgerTables } from './tables.ts';

type ConversationRow = Selectable<LedgerTables['conversations']>;
/** Where a page ended. */
type Place = NonNullable<ConversationQuery['after']>;

/** Of one conversation at once, and what they may weigh, unless somebody asks for another part. */
const MOST_MESSAGES = 10_000;
const MOST_BYTES = 8 * 1024 * 1024;
/** Conversations that are looked through by one question of a search. */
const SEARCHED_AT_ONCE = 100;

/** A page of conversations, those with the latest request first. */
export async function conversations(
  db: LedgerDatabase,
  dialect: SqlDialect,
  query: ConversationQuery,
): Promise<LedgerPage<ConversationSummary>> {
  const { search, after, limit } = query;
  const found: ConversationRow[] = [];
  let place = after;
  // One more than is asked for tells whether the list goes on.
  while (found.length <= limit) {
    const many = search === undefined ? limit + 1 : SEARCHED_AT_ONCE;
    const rows = await listed(db, dialect, query, place, many);
    const wanted = search === undefined ? undefined : await matching(db, dialect, rows, search);
    found.push(...rows.filter(({ key }) => wanted?.has(key) ?? true));
    const last = rows.at(-1);
    if (!last || rows.length < many) break;
    place = { lastAtMs: last.last_at_ms, id: last.id, callerId: last.caller_id };
  }
  return { data: found.slice(0, limit).map(summaryOf), hasMore: found.length > limit };
}

/** How many conversations belong to a part. */
export async function countConversations(
  db: LedgerDatabase,
  dialect: SqlDialect,
  filter: LedgerFilter,
): Promise<number> {
  const { callerId, model, providerId } = filter;
  if (callerId === undefined && model === undefined && providerId === undefined) return countWithin(db, filter);
  const row = await conversationsIn(db, dialect, filter)
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirst();
  return row?.count ?? 0;
}

/**
 * All but those that were over before and those that began after it: each of these is counted in an index, where to count
 * those in between reads each of them.
 */
async function countWithin(
  db: LedgerDatabase,
  { fromMs = -1, toMs = Number.MAX_SAFE_INTEGER }: LedgerFilter,
): Promise<number> {
  if (fromMs >= toMs) return 0;
  const { rows } = await sql<{ count: number }>`select (select count(*) from conversations)
    - (select count(*) from conversations where last_at_ms < ${fromMs})
    - (select count(*) from conversations where started_at_ms >= ${toMs}) as count`.execute(db);
  return rows[0]?.count ?? 0;
}

/** Conversations of this id with what was said in them, of whichever callers. */
export async function conversation(
  db: LedgerDatabase,
  id: string,
  callerId: string | undefined,
  { skip = 0, limit = MOST_MESSAGES, maxBytes = MOST_BYTES }: HistoryPart = {},
): Promise<ConversationHistory[]> {
  let query = db.selectFrom('conversations').selectAll().where('id', '=', id).orderBy('caller_id');
  if (callerId !== undefined) query = query.where('caller_id', '=', callerId);
  const histories: ConversationHistory[] = [];
  let room = maxBytes;
  for (const row of await query.execute()) {
    const { messages, bytes, hasMore } = await messagesOf(db, row.key, skip, limit, room);
    room -= bytes;
    const lines = await db
      .selectFrom('chat_stats')
      .select(LINE_COLUMNS)
      .where('conversation_key', '=', row.key)
      .orderBy('started_at_ms')
      .orderBy('id')
      .limit(limit)
      .execute();
    histories.push({
      ...summaryOf(row),
      ...(hasMore ? { hasMore } : {}),
      messageLines: messages.map((message) => messageOfRow(message, row)),
      attemptLines: lines.map((line) => lineOfRow({ ...line, conversation_id: row.id })),
    });
  }
  return histories;
}

/** Messages of a conversation: as many as there is room for, and the first of them whatever it weighs. */
async function messagesOf(db: LedgerDatabase, key: number, skip: number, limit: number, mostBytes: number) {
  const weighed = await db
    .selectFrom('chat_messages')
    .select(['id', sql<number>`octet_length(json)`.as('bytes')])
    .where('conversation_key', '=', key)
    .orderBy('at_ms')
    .orderBy('id')
    .limit(limit + 1)
    .offset(skip)
    .execute();
  let bytes = 0;
  const ids: number[] = [];
  for (const message of weighed.slice(0, limit)) {
    if (bytes + message.bytes > mostBytes && (ids.length > 0 || mostBytes <= 0)) break;
    bytes += message.bytes;
    ids.push(message.id);
  }
  const messages =
    ids.length === 0
      ? []
      : await db
          .selectFrom('chat_messages')
          .select(MESSAGE_COLUMNS)
          .where('id', 'in', ids)
          .orderBy('at_ms')
          .orderBy('id')
          .execute();
  return { messages, bytes, hasMore: weighed.length > ids.length };
}

function listed(
  db: LedgerDatabase,
  dialect: SqlDialect,
  filter: LedgerFilter,
  place: Place | undefined,
  many: number,
): Promise<ConversationRow[]> {
  let query = conversationsIn(db, dialect, filter).selectAll();
  if (place) {
    const { lastAtMs, id, callerId } = place;
    query = query.where('last_at_ms', '<=', lastAtMs);
    query = query.where(sql<boolean>`(last_at_ms < ${lastAtMs} or (id, caller_id) > (${id}, ${callerId ?? ''}))`);
  }
  return query.orderBy('last_at_ms', 'desc').orderBy('id').orderBy('caller_id').limit(many).execute();
}

function conversationsIn(db: LedgerDatabase, dialect: SqlDialect, filter: LedgerFilter) {
  const { fromMs, toMs, callerId, model, providerId } = filter;
  let query = db.selectFrom('conversations');
  // From a beginning to an end before it there is nothing, not what goes on at both.
  if (fromMs !== undefined && toMs !== undefined && fromMs >= toMs) query = query.where(sql<boolean>`1 = 0`);
  if (fromMs !== undefined) query = query.where('last_at_ms', '>=', fromMs);
  if (toMs !== undefined) query = query.where('started_at_ms', '<', toMs);
  if (callerId !== undefined) query = query.where('caller_id', '=', callerId);
  // The lists are JSON: with its quotes a name is found whole.
  if (model !== undefined)
    query = query.where(dialect.contains(sql.ref('models'), JSON.stringify(model)).$castTo<boolean>());
  if (providerId !== undefined)
    query = query.where(dialect.contains(sql.ref('providers'), JSON.stringify(providerId)).$castTo<boolean>());
  return query;
}

function summaryOf(row: ConversationRow): ConversationSummary {
  return {
    id: row.id,
    callerId: row.caller_id || null,
    startedAtMs: row.started_at_ms,
    lastAtMs: row.last_at_ms,
    requests: row.requests,
    messages: row.messages,
    tokens: {
      prompt: row.prompt_tokens,
      cached: row.cached_tokens,
      completion: row.completion_tokens,
      reasoning: row.reasoning_tokens,
      total: row.prompt_tokens + row.completion_tokens,
    },
    costNanoUsd: row.cost_nano_usd,
    models: JSON.parse(row.models) as string[],
    providers: JSON.parse(row.providers) as string[],
    preview: row.preview,
  };
}
