import type { AttemptLine, LedgerFilter } from 'nexusai-hub/ports';
import { sql } from 'kysely';
import type { LedgerDatabase } from './dialect.ts';
import { LINE_COLUMNS, lineOfRow } from './read-rows.ts';

/** Where a reader of lines has got to. Lines that are written after it began are none of its. */
export interface AttemptCursor {
  readonly lastId: number;
  readonly startedAtMs: number;
  readonly id: number;
}

/** Some lines, and where to go on; absent where there are no more. */
export interface AttemptPage {
  readonly lines: readonly AttemptLine[];
  readonly next?: AttemptCursor;
}

const PAGE = 500;

/**
 * The next lines of a part, in the order of time. Each page is a question of its own: nothing is held in between, so that
 * a reader that takes hours is in nobody's way.
 */
export async function attemptPage(
  db: LedgerDatabase,
  filter: LedgerFilter,
  cursor: AttemptCursor | undefined,
): Promise<AttemptPage> {
  const { fromMs, toMs, callerId, model, providerId } = filter;
  const { lastId, startedAtMs, id } = cursor ?? { lastId: await lastOf(db), startedAtMs: fromMs ?? 0, id: 0 };
  let query = db
    .selectFrom('chat_stats')
    .leftJoin('conversations', 'conversations.key', 'chat_stats.conversation_key')
    .select(LINE_COLUMNS)
    .select('conversations.id as conversation_id')
    .where(sql<boolean>`(chat_stats.started_at_ms, chat_stats.id) > (${startedAtMs}, ${id})`)
    .where('chat_stats.id', '<=', lastId);
  if (toMs !== undefined) query = query.where('chat_stats.started_at_ms', '<', toMs);
  if (callerId !== undefined) query = query.where('chat_stats.caller_id', '=', callerId);
  if (model !== undefined) query = query.where('chat_stats.model', '=', model);
  if (providerId !== undefined) query = query.where('chat_stats.provider_id', '=', providerId);
  const rows = await query.orderBy('chat_stats.started_at_ms').orderBy('chat_stats.id').limit(PAGE).execute();
  const lines = rows.map(lineOfRow);
  const last = rows.at(-1);
  if (!last || rows.length < PAGE) return { lines };
  return { lines, next: { lastId, startedAtMs: last.started_at_ms, id: last.id } };
}

async function lastOf(db: LedgerDatabase): Promise<number> {
  const row = await db
    .selectFrom('chat_stats')
    .select(({ fn }) => fn.max('id').as('id'))
    .executeTakeFirst();
  return row?.id ?? 0;
}
