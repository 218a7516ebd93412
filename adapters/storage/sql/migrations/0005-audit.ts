import { CHAIN_START } from 'nexusai-hub/storage-kit';
import { sql } from 'kysely';
import type { LedgerTransaction, SqlDialect } from '../dialect.ts';

/** The audit log. Its entries cannot be changed, and be deleted only up to the checkpoint. */
export async function createAudit(db: LedgerTransaction, dialect: SqlDialect): Promise<void> {
  await db.schema
    .createTable('audit_entries')
    .addColumn('sequence', dialect.keyType, (column) => column.primaryKey().notNull())
    .addColumn('id', dialect.ordered, (column) => column.notNull().unique())
    .addColumn('at_ms', 'bigint', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('actor', 'text')
    .addColumn('role', 'text')
    .addColumn('action', 'text', (column) => column.notNull())
    .addColumn('target', 'text')
    .addColumn('outcome', 'text', (column) => column.notNull())
    .addColumn('status', 'integer')
    .addColumn('code', 'text')
    .addColumn('request_id', 'text')
    .addColumn('address', 'text')
    .addColumn('duration_ms', 'bigint')
    .addColumn('details', 'text')
    .addColumn('previous_hash', 'text', (column) => column.notNull())
    .addColumn('hash', 'text', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('audit_chain')
    .addColumn('id', 'integer', (column) => column.primaryKey().notNull())
    .addColumn('last_sequence', 'bigint', (column) => column.notNull())
    .addColumn('last_hash', 'text', (column) => column.notNull())
    .addColumn('checkpoint_sequence', 'bigint', (column) => column.notNull())
    .addColumn('checkpoint_hash', 'text', (column) => column.notNull())
    .execute();
  const { sequence, hash } = CHAIN_START;
  const start = { last_sequence: sequence, last_hash: hash, checkpoint_sequence: sequence, checkpoint_hash: hash };
  await db
    .insertInto('audit_chain')
    .values({ id: 1, ...start })
    .execute();
  for (const text of GUARDS[dialect.name]) await sql.raw(text).execute(db);
}

const KEPT = 'sequence > (select checkpoint_sequence from audit_chain)';

/**
 * Against mistakes, and whoever has no right to change tables; the chain shows the rest. PostgreSQL has rules for it, as
 * its triggers need functions, which a dump of our tables would leave behind.
 */
const GUARDS: Readonly<Record<SqlDialect['name'], readonly string[]>> = {
  sqlite: [
    `create trigger audit_entries_unchanged before update on audit_entries
     begin select raise(abort, 'Entries of the audit log are never changed.'); end`,
    `create trigger audit_entries_kept before delete on audit_entries when old.${KEPT}
     begin select raise(abort, 'Entries of the audit log are kept until retention takes them out.'); end`,
    `create trigger audit_chain_kept before delete on audit_chain
     begin select raise(abort, 'The end of the audit log is never forgotten.'); end`,
  ],
  postgres: [
    'create rule audit_entries_unchanged as on update to audit_entries do instead nothing',
    `create rule audit_entries_kept as on delete to audit_entries where old.${KEPT} do instead nothing`,
    'create rule audit_chain_kept as on delete to audit_chain do instead nothing',
  ],
};
