import type { StoredEntry } from 'nexusai-hub/ports';
import { knownOf, writeEntries } from './append.ts';
import type { LedgerDatabase, SqlDialect } from './dialect.ts';
import { type EntryLines, restoreConversations } from './write-conversations.ts';

/** Puts entries back in one transaction, but for those that are there; sums by time stay. Resolves with how many. */
export async function restoreEntries(
  db: LedgerDatabase,
  dialect: SqlDialect,
  entries: readonly StoredEntry[],
): Promise<number> {
  const byId = new Map(entries.map((entry) => [entry.entryId, entry]));
  if (byId.size === 0) return 0;
  return db.transaction().execute(async (transaction) => {
    for (const id of await knownOf(transaction, dialect, [...byId.keys()])) byId.delete(id);
    const fresh = [...byId.values()];
    if (fresh.length === 0) return 0;
    const conversations = fresh.flatMap(({ conversation }) => (conversation ? [conversation] : []));
    await restoreConversations(transaction, dialect, conversations);
    await writeEntries(transaction, dialect, fresh.map(entryLinesOf));
    return fresh.length;
  });
}

/** An entry as it was when it was written. */
function entryLinesOf({
  entryId: id,
  conversation,
  attemptLines: lines,
  messageLines: messages,
}: StoredEntry): EntryLines {
  const [line] = lines;
  const startedAtMs = messages[0]?.atMs ?? line?.startedAtMs ?? 0;
  const { requestId = '', model = '', callerId } = line ?? {};
  const ids = { conversationId: conversation?.id, callerId: conversation?.callerId ?? callerId ?? undefined };
  return { entry: { id, record: { requestId, model, startedAtMs, ...ids }, messages }, lines };
}
