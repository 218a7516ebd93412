import { isSaid } from 'nexusai-hub/storage-kit';
import { sql } from 'kysely';
import type { LedgerDatabase, SqlDialect } from './dialect.ts';

/**
 * Keys of those of these conversations that have a text in one of their messages, whether in small or in capital letters,
 * or whose ids begin with it.
 */
export async function matching(
  db: LedgerDatabase,
  dialect: SqlDialect,
  conversations: readonly { readonly key: number; readonly id: string }[],
  search: string,
): Promise<ReadonlySet<number>> {
  const found = new Set(conversations.filter(({ id }) => id.startsWith(search)).map(({ key }) => key));
  const others = conversations.map(({ key }) => key).filter((key) => !found.has(key));
  if (others.length === 0) return found;
  const patterns = formsInJson(search).map((form) => `%${form.replace(/[\\%_]/g, '\\$&')}%`);
  const rows = await db
    .selectFrom('chat_messages')
    .select(['conversation_key', 'json'])
    .where('conversation_key', 'in', others)
    .where((expression) =>
      expression.or(patterns.map((pattern) => sql<boolean>`json ${dialect.like} ${pattern} escape '\\'`)),
    )
    .execute();
  // The pattern also matches names of members: what was said decides.
  for (const { conversation_key: key, json } of rows) if (!found.has(key) && isSaid(json, search)) found.add(key);
  return found;
}

/** A text as it is written in JSON: as it is, and by those who write nothing but ASCII. */
function formsInJson(text: string): string[] {
  const plain = JSON.stringify(text).slice(1, -1);
  const ascii = plain.replace(/[^\u0000-\u007f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return [...new Set([plain, ascii])];
}
