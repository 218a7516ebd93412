import type { AuditEntry, LinkedAuditEntry } from 'nexusai-hub/ports';
import { linkedTo } from 'nexusai-hub/storage-kit';
import type { LedgerDatabase, LedgerTransaction, SqlDialect } from '../dialect.ts';
import { knownIds } from '../known-ids.ts';
import { RowWriter } from '../row-writer.ts';
import { lockedHead } from './head-of.ts';

const ENTRIES = new RowWriter({
  table: 'audit_entries',
  columns: [
    ...['sequence', 'id', 'at_ms', 'kind', 'actor', 'role', 'action', 'target', 'outcome', 'status', 'code'],
    ...['request_id', 'address', 'duration_ms', 'details', 'previous_hash', 'hash'],
  ],
});

const IN_ASCII = /^[\x20-\x7e]*$/;

/** Puts entries behind the last one in one transaction, but for those that are known already. */
export async function appendAudit(
  db: LedgerDatabase,
  dialect: SqlDialect,
  entries: readonly AuditEntry[],
): Promise<void> {
  const byId = new Map(entries.map((entry) => [entry.id, entry]));
  if (byId.size === 0) return;
  await db.transaction().execute(async (transaction) => {
    const { last } = await lockedHead(transaction, dialect);
    for (const id of await knownOf(transaction, dialect, [...byId.keys()])) byId.delete(id);
    const linked = linkedTo(last, [...byId.values()]);
    const end = linked.at(-1);
    if (!end) return;
    await ENTRIES.write(transaction, dialect, linked.map(rowOf));
    await transaction
      .updateTable('audit_chain')
      .set({ last_sequence: end.sequence, last_hash: end.hash })
      .where('id', '=', 1)
      .execute();
  });
}

/**
 * Which of these ids are there. Those that would come behind the last one are not, which is nearly all of them, as ids grow
 * with time: one look at the end of their index in place of one for each.
 */
async function knownOf(db: LedgerTransaction, dialect: SqlDialect, ids: readonly string[]): Promise<string[]> {
  const { last } = await db
    .selectFrom('audit_entries')
    .select(({ fn }) => fn.max<string | null>('id').as('last'))
    .executeTakeFirstOrThrow();
  if (last === null) return [];
  // Letters of ASCII sort here as they do in the database.
  const mayBeThere = ids.filter((id) => id <= last || !IN_ASCII.test(id + last));
  return knownIds(db, dialect, { table: 'audit_entries', column: 'id' }, mayBeThere);
}

function rowOf(entry: LinkedAuditEntry): unknown[] {
  return [
    entry.sequence,
    entry.id,
    entry.atMs,
    entry.kind,
    entry.actor,
    entry.role,
    entry.action,
    entry.target,
    entry.outcome,
    entry.status,
    entry.code,
    entry.requestId,
    entry.address,
    entry.durationMs,
    entry.details,
    entry.previousHash,
    entry.hash,
  ];
}
