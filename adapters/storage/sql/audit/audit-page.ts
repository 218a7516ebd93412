import type { AuditPage, AuditQuery, LinkedAuditEntry } from 'nexusai-hub/ports';
import { type Selectable, sql } from 'kysely';
import type { LedgerDatabase, SqlDialect } from '../dialect.ts';
import type { LedgerTables } from '../tables.ts';

const SEARCHED = ['actor', 'action', 'target', 'code', 'request_id', 'address'] as const;

/** A part of the audit log, the newest first. */
export async function auditPage(db: LedgerDatabase, dialect: SqlDialect, query: AuditQuery): Promise<AuditPage> {
  const { fromMs, toMs, search, before, limit } = query;
  let rows = db.selectFrom('audit_entries').selectAll();
  for (const name of ['actor', 'action', 'target', 'outcome', 'status'] as const) {
    const value = query[name];
    if (value !== undefined) rows = rows.where(name, '=', value);
  }
  if (fromMs !== undefined) rows = rows.where('at_ms', '>=', Math.ceil(fromMs));
  if (toMs !== undefined) rows = rows.where('at_ms', '<', Math.ceil(toMs));
  if (before !== undefined) rows = rows.where('sequence', '<', before);
  if (search !== undefined) {
    const pattern = `%${search.replace(/[\\%_]/g, '\\$&')}%`;
    rows = rows.where((expression) =>
      expression.or(SEARCHED.map((name) => sql<boolean>`${sql.ref(name)} ${dialect.like} ${pattern} escape '\\'`)),
    );
  }
  const found = await rows
    .orderBy('sequence', 'desc')
    .limit(limit + 1)
    .execute();
  return { data: found.slice(0, limit).map(entryOf), hasMore: found.length > limit };
}

/** An entry as it went in. */
export function entryOf(row: Selectable<LedgerTables['audit_entries']>): LinkedAuditEntry {
  return {
    id: row.id,
    atMs: row.at_ms,
    kind: row.kind,
    actor: row.actor,
    role: row.role,
    action: row.action,
    target: row.target,
    outcome: row.outcome,
    status: row.status,
    code: row.code,
    requestId: row.request_id,
    address: row.address,
    durationMs: row.duration_ms,
    details: row.details,
    sequence: row.sequence,
    previousHash: row.previous_hash,
    hash: row.hash,
  };
}
