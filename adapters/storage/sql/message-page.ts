import type { LedgerFilter, MessageLine } from 'nexusai-hub/ports';
import { type Selectable, sql } from 'kysely';
import type { LedgerDatabase } from './dialect.ts';
import { MESSAGE_COLUMNS, messageOfRow } from './read-rows.ts';
import type { LedgerTables } from './tables.ts';

/** Where a reader of messages has got to. Messages that are written after it began are none of its. */
export interface MessageCursor {
  readonly lastId: number;
  /** The conversation it is in, or has read last. */
  readonly startedAtMs: number;
  readonly key: number;
  /** In the middle of that conversation. */
  readonly within?: { readonly atMs: number; readonly id: number };
}

/** Some messages, and where to go on; absent where there are no more. */
export interface MessagePage {
  readonly messages: readonly MessageLine[];
  readonly next?: MessageCursor;
}

/** Messages of a page. */
const PAGE = 200;
/** What they may weigh together, unless one weighs more by itself: each may be megabytes. */
const PAGE_BYTES = 8 * 1024 * 1024;
/** Conversations that are looked at for a page. */
const MOST_CONVERSATIONS = 100;

type Conversation = Pick<Selectable<LedgerTables['conversations']>, 'key' | 'id' | 'caller_id' | 'started_at_ms'>;
/** A message that is not read yet. */
type Unread = Pick<Selectable<LedgerTables['chat_messages']>, 'id' | 'conversation_key' | 'at_ms'> & {
  readonly bytes: number;
};

/**
 * The next messages of a part: by conversation, those that began first in front, and in the order in which they were
 * said. A page is as many conversations as are not too much together, or a part of one that is.
 */
export async function messagePage(
  db: LedgerDatabase,
  filter: LedgerFilter,
  cursor: MessageCursor | undefined,
  mostBytes: number = PAGE_BYTES,
): Promise<MessagePage> {
  const from = cursor ?? { lastId: await lastOf(db), startedAtMs: await firstStart(db, filter), key: 0 };
  const listed = await conversationsFrom(db, filter, from);
  const chosen = asManyAsFit(listed);
  const [first] = chosen;
  if (!first) return { messages: [] };
  const { lastId, within } = from;
  const found = inOrder(chosen, await messagesOf(db, filter, chosen, lastId, within));
  const light = asManyAsAreLight(found, mostBytes);
  const messages = await read(db, light);
  const last = light.at(-1);
  if (last && (light.length < found.length || (chosen.length === 1 && found.length === PAGE))) {
    const [{ started_at_ms: startedAtMs, key }, { at_ms: atMs, id }] = last;
    return { messages, next: { lastId, startedAtMs, key, within: { atMs, id } } };
  }
  const end = chosen.at(-1) ?? first;
  if (chosen.length === listed.length && listed.length < MOST_CONVERSATIONS) return { messages };
  return { messages, next: { lastId, startedAtMs: end.started_at_ms, key: end.key } };
}

/** From the one the reader is in the middle of, or from after the one it has read. */
function conversationsFrom(
  db: LedgerDatabase,
  filter: LedgerFilter,
  { startedAtMs, key, within }: MessageCursor,
): Promise<(Conversation & { messages: number })[]> {
  const { fromMs, toMs, callerId } = filter;
  const operator = sql.raw(within ? '>=' : '>');
  let query = db
    .selectFrom('conversations')
    .select(['key', 'id', 'caller_id', 'started_at_ms', 'messages'])
    .where(sql<boolean>`(started_at_ms, key) ${operator} (${startedAtMs}, ${key})`)
    .where('messages', '>', 0);
  if (fromMs !== undefined) query = query.where('last_at_ms', '>=', fromMs);
  if (toMs !== undefined) query = query.where('started_at_ms', '<', toMs);
  if (callerId !== undefined) query = query.where('caller_id', '=', callerId);
  return query.orderBy('started_at_ms').orderBy('key').limit(MOST_CONVERSATIONS).execute();
}

function asManyAsFit<Item extends { readonly messages: number }>(listed: readonly Item[]): Item[] {
  let room = PAGE;
  const tooMuch = listed.findIndex(({ messages }) => (room -= messages) < 0);
  return listed.slice(0, tooMuch < 0 ? undefined : Math.max(tooMuch, 1));
}

function messagesOf(
  db: LedgerDatabase,
  filter: LedgerFilter,
  conversations: readonly Conversation[],
  lastId: number,
  within: MessageCursor['within'],
): Promise<Unread[]> {
  const { fromMs, toMs, model, providerId } = filter;
  const keys = conversations.map(({ key }) => key);
  let query = db
    .selectFrom('chat_messages')
    .select(['id', 'conversation_key', 'at_ms', sql<number>`octet_length(json)`.as('bytes')])
    .where('id', '<=', lastId);
  query = query.where('conversation_key', 'in', keys);
  // The rest of the conversation it is in the middle of comes alone: others would come from their middle, too.
  const [first] = keys;
  if (within && first !== undefined)
    query = query.where(sql<boolean>`(conversation_key <> ${first} or (at_ms, id) > (${within.atMs}, ${within.id}))`);
  if (fromMs !== undefined) query = query.where('at_ms', '>=', fromMs);
  if (toMs !== undefined) query = query.where('at_ms', '<', toMs);
  if (model !== undefined) query = query.where('model', '=', model);
  if (providerId !== undefined) query = query.where('provider_id', '=', providerId);
  query = query.orderBy('at_ms').orderBy('id');
  return (keys.length === 1 ? query.limit(PAGE) : query).execute();
}

/** The first is taken whatever it weighs. */
function asManyAsAreLight<Item extends readonly [unknown, Unread]>(
  found: readonly Item[],
  mostBytes: number,
): readonly Item[] {
  let room = mostBytes;
  const tooMuch = found.findIndex(([, { bytes }]) => (room -= bytes) < 0);
  return found.slice(0, tooMuch < 0 ? undefined : Math.max(tooMuch, 1));
}

/** The messages themselves. One that was removed meanwhile is left out. */
async function read(db: LedgerDatabase, light: readonly [Conversation, Unread][]): Promise<MessageLine[]> {
  if (light.length === 0) return [];
  const ids = light.map(([, { id }]) => id);
  const rows = await db.selectFrom('chat_messages').select(MESSAGE_COLUMNS).where('id', 'in', ids).execute();
  const byId = new Map(rows.map((row) => [row.id, row]));
  return light.flatMap(([conversation, { id }]) => {
    const row = byId.get(id);
    return row ? [messageOfRow(row, conversation)] : [];
  });
}

/** Rows in the order of their conversations. */
function inOrder(conversations: readonly Conversation[], rows: readonly Unread[]): [Conversation, Unread][] {
  const byKey = new Map<number, Unread[]>(conversations.map(({ key }) => [key, []]));
  for (const row of rows) byKey.get(row.conversation_key)?.push(row);
  return conversations.flatMap((conversation) =>
    (byKey.get(conversation.key) ?? []).map((row): [Conversation, Unread] => [conversation, row]),
  );
}

/** The beginning of the first conversation that may have messages of the part, so that older ones are not looked at. */
async function firstStart(db: LedgerDatabase, { fromMs }: LedgerFilter): Promise<number> {
  if (fromMs === undefined) return 0;
  const row = await db
    .selectFrom('conversations')
    .select(({ fn }) => fn.min('started_at_ms').as('ms'))
    .where('last_at_ms', '>=', fromMs)
    .executeTakeFirst();
  return row?.ms ?? 0;
}

async function lastOf(db: LedgerDatabase): Promise<number> {
  const row = await db
    .selectFrom('chat_messages')
    .select(({ fn }) => fn.max('id').as('id'))
    .executeTakeFirst();
  return row?.id ?? 0;
}
