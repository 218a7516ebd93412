import type { AuditEntry, LinkedAuditEntry } from 'nexusai-hub/ports';
import { linkedTo } from 'nexusai-hub/storage-kit';
import type { LedgerDatabase, SqlDialect } from '../dialect.ts';
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
    const ids = { table: 'audit_entries', column: 'id' };
    for (const id of await knownIds(transaction, dialect, ids, [...byId.keys()])) byId.delete(id);
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
