import type { StoredEntry } from 'nexusai-hub/ports';
import { sql } from 'kysely';
import type { LedgerDatabase, LedgerTransaction } from './dialect.ts';
import { conversationText } from './write-conversations.ts';

type RemovedEntry = Pick<StoredEntry, 'entryId' | 'conversation'>;

/** What is taken from the sums of a conversation. */
interface Taken {
  requests: number;
  messages: number;
  prompt_tokens: number;
  cached_tokens: number;
  completion_tokens: number;
  reasoning_tokens: number;
  cost_nano_usd: number;
}

/** Takes entries out in one transaction; sums by time stay. */
export async function removeEntries(db: LedgerDatabase, entries: readonly RemovedEntry[]): Promise<void> {
  const ids = entries.map(({ entryId }) => entryId);
  if (ids.length === 0) return;
  await db.transaction().execute(async (transaction) => {
    // Whoever writes to one of these conversations now has done so before it is looked whether it is empty, or comes after.
    const keys = await locked(transaction, entries);
    const taken = new Map(keys.map((key) => [key, nothingTaken()]));
    await takeLines(transaction, ids, taken);
    if (keys.length > 0) await takeMessages(transaction, ids, keys, taken);
    for (const [key, sums] of taken) await shrink(transaction, key, sums);
  });
}

/** Keys of the conversations that are there. They are locked in the order in which writers do it. */
async function locked(db: LedgerTransaction, entries: readonly RemovedEntry[]): Promise<number[]> {
  const conversations = new Map(
    entries.flatMap(({ conversation }) =>
      conversation
        ? [[conversationText(conversation.id, conversation.callerId ?? undefined), conversation] as const]
        : [],
    ),
  );
  const sorted = [...conversations].sort(([one], [other]) => (one < other ? -1 : 1));
  const keys: number[] = [];
  for (const [, { id, callerId }] of sorted) {
    const row = await db
      .updateTable('conversations')
      .set({ requests: sql<number>`requests` })
      .where('id', '=', id)
      .where('caller_id', '=', callerId ?? '')
      .returning('key')
      .executeTakeFirst();
    if (row) keys.push(row.key);
  }
  return keys;
}

async function takeLines(db: LedgerTransaction, ids: readonly string[], taken: Map<number, Taken>): Promise<void> {
  const lines = await db
    .deleteFrom('chat_stats')
    .where('entry_id', 'in', ids)
    .returning(['conversation_key', 'attempt', 'cost_nano_usd'])
    .returning(['prompt_tokens', 'cached_tokens', 'completion_tokens', 'reasoning_tokens'])
    .execute();
  for (const line of lines) {
    const sums = line.conversation_key === null ? undefined : taken.get(line.conversation_key);
    if (!sums) continue;
    if (line.attempt <= 1) sums.requests++;
    sums.prompt_tokens += line.prompt_tokens ?? 0;
    sums.cached_tokens += line.cached_tokens ?? 0;
    sums.completion_tokens += line.completion_tokens ?? 0;
    sums.reasoning_tokens += line.reasoning_tokens ?? 0;
    sums.cost_nano_usd += line.cost_nano_usd ?? 0;
  }
}

async function takeMessages(
  db: LedgerTransaction,
  ids: readonly string[],
  keys: readonly number[],
  taken: Map<number, Taken>,
): Promise<void> {
  const messages = await db
    .deleteFrom('chat_messages')
    .where('conversation_key', 'in', keys)
    .where('entry_id', 'in', ids)
    .returning('conversation_key')
    .execute();
  for (const { conversation_key: key } of messages) {
    const sums = taken.get(key);
    if (sums) sums.messages++;
  }
}

/** What is left of a conversation. One of which nothing is left goes. */
async function shrink(db: LedgerTransaction, key: number, sums: Taken): Promise<void> {
  await db
    .updateTable('conversations')
    .set(
      Object.fromEntries(Object.entries(sums).map(([column, value]) => [column, sql`${sql.ref(column)} - ${value}`])),
    )
    .where('key', '=', key)
    .execute();
  await db
    .deleteFrom('conversations')
    .where('key', '=', key)
    .where(sql<boolean>`not exists (select 1 from chat_stats where conversation_key = ${key})`)
    .execute();
}

function nothingTaken(): Taken {
  return {
    requests: 0,
    messages: 0,
    prompt_tokens: 0,
    cached_tokens: 0,
    completion_tokens: 0,
    reasoning_tokens: 0,
    cost_nano_usd: 0,
  };
}
