import type { AttemptLine, MessageLine, StoredEntry } from 'nexusai-hub/ports';
import { type Selectable, sql } from 'kysely';
import type { LedgerDatabase } from './dialect.ts';
import { LINE_COLUMNS, lineOfRow, MESSAGE_COLUMNS, messageOfRow } from './read-rows.ts';
import type { LedgerTables } from './tables.ts';

/** Where a reader of old entries has got to: conversations come first, then what belongs to none. */
export type ExpiredCursor =
  | {
      readonly among: 'conversations';
      readonly lastAtMs: number;
      readonly key: number;
      /** In the middle of that conversation. */
      readonly within?: EntryPlace;
    }
  | { readonly among: 'others'; readonly within?: EntryPlace };

/** Some entries, and where to go on; absent where there are no more. */
export interface ExpiredPage {
  readonly entries: readonly StoredEntry[];
  readonly next?: ExpiredCursor;
}

/** An entry by its first line. */
interface EntryPlace {
  readonly startedAtMs: number;
  readonly id: number;
}

type Conversation = Pick<
  Selectable<LedgerTables['conversations']>,
  'key' | 'id' | 'caller_id' | 'started_at_ms' | 'last_at_ms' | 'requests' | 'preview'
>;

/** The first line of an entry: each has one. */
interface Entry {
  readonly id: number;
  readonly entry_id: string;
  readonly conversation_key: number | null;
  readonly started_at_ms: number;
}

/** Entries of a page. */
const PAGE = 200;
/** What was said in them may weigh so much, unless that in one weighs more by itself: each message may be megabytes. */
const PAGE_BYTES = 8 * 1024 * 1024;
/** Conversations that are looked at for a page. */
const MOST_CONVERSATIONS = 100;

/** The next old entries: those that are idle for longest first, and those of a conversation behind each other. */
export async function expiredPage(
  db: LedgerDatabase,
  beforeMs: number,
  cursor?: ExpiredCursor,
  mostBytes: number = PAGE_BYTES,
): Promise<ExpiredPage> {
  if (cursor?.among !== 'others') {
    const page = await pageOfConversations(db, beforeMs, cursor, mostBytes);
    if (page) return page;
  }
  const within = cursor?.among === 'others' ? cursor.within : undefined;
  const rows = await firstLines(db, within)
    .where('conversation_key', 'is', null)
    .where('started_at_ms', '<', beforeMs)
    .limit(PAGE)
    .execute();
  const entries = await entriesOf(db, rows, []);
  const last = rows.at(-1);
  if (!last || rows.length < PAGE) return { entries };
  return { entries, next: { among: 'others', within: placeOf(last) } };
}

/** As many conversations as are not too much together, or a part of one that is. `undefined`: there are no more. */
async function pageOfConversations(
  db: LedgerDatabase,
  beforeMs: number,
  cursor: ExpiredCursor | undefined,
  mostBytes: number,
): Promise<ExpiredPage | undefined> {
  const { lastAtMs, key, within } = cursor?.among === 'conversations' ? cursor : { lastAtMs: -1, key: 0 };
  const operator = sql.raw(within ? '>=' : '>');
  const listed = await db
    .selectFrom('conversations')
    .select(['key', 'id', 'caller_id', 'started_at_ms', 'last_at_ms', 'requests', 'preview'])
    .where('last_at_ms', '<', beforeMs)
    .where(sql<boolean>`(last_at_ms, key) ${operator} (${lastAtMs}, ${key})`)
    .orderBy('last_at_ms')
    .orderBy('key')
    .limit(MOST_CONVERSATIONS)
    .execute();
  // The rest of the one it is in the middle of comes alone, if nobody has spoken in it meanwhile.
  const chosen = within && listed[0]?.key === key ? listed.slice(0, 1) : asManyAsFit(listed);
  const [first] = chosen;
  const end = chosen.at(-1);
  if (!first || !end) return undefined;
  const isRest = first.key === key;
  let query = firstLines(db, isRest ? within : undefined).where(
    'conversation_key',
    'in',
    chosen.map((one) => one.key),
  );
  if (chosen.length === 1) query = query.limit(PAGE);
  const rows = byConversation(await query.execute(), chosen);
  const light = await asManyAsAreLight(db, rows, chosen, mostBytes);
  const entries = await entriesOf(db, light, chosen);
  const last = light.at(-1);
  const isInTheMiddle = light.length < rows.length || (chosen.length === 1 && rows.length === PAGE);
  if (!last || !isInTheMiddle)
    return { entries, next: { among: 'conversations', lastAtMs: end.last_at_ms, key: end.key } };
  const its = chosen.find((one) => one.key === last.conversation_key) ?? end;
  return {
    entries,
    next: { among: 'conversations', lastAtMs: its.last_at_ms, key: its.key, within: placeOf(last) },
  };
}

/** Entries of a conversation behind each other. */
function byConversation(rows: readonly Entry[], conversations: readonly Conversation[]): readonly Entry[] {
  const places = new Map(conversations.map(({ key }, place) => [key, place]));
  const placeIn = ({ conversation_key: key }: Entry): number => (key === null ? 0 : (places.get(key) ?? 0));
  return rows.toSorted((one, other) => placeIn(one) - placeIn(other));
}

/** The first is taken whatever was said in it. */
async function asManyAsAreLight(
  db: LedgerDatabase,
  rows: readonly Entry[],
  conversations: readonly Conversation[],
  mostBytes: number,
): Promise<readonly Entry[]> {
  if (rows.length < 2) return rows;
  const weighed = await db
    .selectFrom('chat_messages')
    .select(['entry_id', sql<number>`cast(sum(octet_length(json)) as double precision)`.as('bytes')])
    .where(
      'conversation_key',
      'in',
      conversations.map(({ key }) => key),
    )
    .where(
      'entry_id',
      'in',
      rows.map((row) => row.entry_id),
    )
    .groupBy('entry_id')
    .execute();
  const bytes = new Map(weighed.map((row) => [row.entry_id, row.bytes]));
  let room = mostBytes;
  const tooMuch = rows.findIndex(({ entry_id: id }) => (room -= bytes.get(id) ?? 0) < 0);
  return rows.slice(0, tooMuch < 0 ? undefined : Math.max(tooMuch, 1));
}

function asManyAsFit(listed: readonly Conversation[]): readonly Conversation[] {
  let room = PAGE;
  const tooMuch = listed.findIndex(({ requests }) => (room -= requests) < 0);
  return listed.slice(0, tooMuch < 0 ? undefined : Math.max(tooMuch, 1));
}

function firstLines(db: LedgerDatabase, after: EntryPlace | undefined) {
  let query = db
    .selectFrom('chat_stats')
    .select(['id', 'entry_id', 'conversation_key', 'started_at_ms'])
    .where('attempt', '<=', 1);
  if (after) query = query.where(sql<boolean>`(started_at_ms, id) > (${after.startedAtMs}, ${after.id})`);
  return query.orderBy('started_at_ms').orderBy('id');
}

function placeOf({ started_at_ms: startedAtMs, id }: Entry): EntryPlace {
  return { startedAtMs, id };
}

/** Entries with all that belongs to them, by conversation. */
async function entriesOf(
  db: LedgerDatabase,
  entries: readonly Entry[],
  conversations: readonly Conversation[],
): Promise<StoredEntry[]> {
  if (entries.length === 0) return [];
  const byKey = new Map(conversations.map((one) => [one.key, one]));
  const ids = entries.map((entry) => entry.entry_id);
  const lines = await linesOf(db, ids, byKey);
  const messages = await messagesOf(db, ids, byKey);
  return entries.map((entry): StoredEntry => {
    const conversation = entry.conversation_key === null ? undefined : byKey.get(entry.conversation_key);
    return {
      entryId: entry.entry_id,
      idleSinceMs: conversation?.last_at_ms ?? entry.started_at_ms,
      conversation: conversation ? factsOf(conversation) : null,
      attemptLines: lines.get(entry.entry_id) ?? [],
      messageLines: messages.get(entry.entry_id) ?? [],
    };
  });
}

async function linesOf(
  db: LedgerDatabase,
  entryIds: readonly string[],
  conversations: ReadonlyMap<number, Conversation>,
): Promise<ReadonlyMap<string, AttemptLine[]>> {
  const rows = await db
    .selectFrom('chat_stats')
    .select(LINE_COLUMNS)
    .select('conversation_key')
    .where('entry_id', 'in', entryIds)
    .orderBy('entry_id')
    .orderBy('attempt')
    .execute();
  return grouped(
    rows,
    ({ entry_id: id }) => id,
    ({ conversation_key: key, ...row }) =>
      lineOfRow({ ...row, conversation_id: key === null ? null : (conversations.get(key)?.id ?? null) }),
  );
}

/** Looked up by their conversations, which have an index. */
async function messagesOf(
  db: LedgerDatabase,
  entryIds: readonly string[],
  conversations: ReadonlyMap<number, Conversation>,
): Promise<ReadonlyMap<string, MessageLine[]>> {
  if (conversations.size === 0) return new Map();
  const rows = await db
    .selectFrom('chat_messages')
    .select(MESSAGE_COLUMNS)
    .select('entry_id')
    .where('conversation_key', 'in', [...conversations.keys()])
    .where('entry_id', 'in', entryIds)
    .orderBy('id')
    .execute();
  return grouped(
    rows,
    ({ entry_id: id }) => id,
    (row) => {
      const { id, caller_id } = conversations.get(row.conversation_key) ?? { id: '', caller_id: '' };
      return messageOfRow(row, { id, caller_id });
    },
  );
}

function grouped<Row, Item>(
  rows: readonly Row[],
  groupOf: (row: Row) => string,
  itemOf: (row: Row) => Item,
): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const row of rows) {
    const group = groups.get(groupOf(row));
    if (group) group.push(itemOf(row));
    else groups.set(groupOf(row), [itemOf(row)]);
  }
  return groups;
}

function factsOf(row: Conversation): StoredEntry['conversation'] {
  const { id, caller_id: callerId, started_at_ms: startedAtMs, last_at_ms: lastAtMs, preview } = row;
  return { id, callerId: callerId || null, startedAtMs, lastAtMs, preview };
}
