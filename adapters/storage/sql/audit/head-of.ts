import type { AuditHead } from 'nexusai-hub/ports';
import type { LedgerDatabase, LedgerTransaction, SqlDialect } from '../dialect.ts';

/** Between what the chain runs. */
export async function headOf(db: LedgerDatabase): Promise<AuditHead> {
  return headIn(await db.selectFrom('audit_chain').selectAll().executeTakeFirstOrThrow());
}

/** The same, and nobody else appends to the chain until the transaction ends. */
export async function lockedHead(db: LedgerTransaction, dialect: SqlDialect): Promise<AuditHead> {
  const row = db.selectFrom('audit_chain').selectAll();
  // In SQLite a transaction that writes has that right from its beginning.
  return headIn(await (dialect.name === 'postgres' ? row.forUpdate() : row).executeTakeFirstOrThrow());
}

function headIn(row: {
  readonly last_sequence: number;
  readonly last_hash: string;
  readonly checkpoint_sequence: number;
  readonly checkpoint_hash: string;
}): AuditHead {
  return {
    checkpoint: { sequence: row.checkpoint_sequence, hash: row.checkpoint_hash },
    last: { sequence: row.last_sequence, hash: row.last_hash },
  };
}
