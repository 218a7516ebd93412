import type { LedgerTransaction, SqlDialect } from '../dialect.ts';

/** Secrets, sealed. */
export async function createSecrets(db: LedgerTransaction, { ordered }: SqlDialect): Promise<void> {
  await db.schema
    .createTable('secrets')
    .addColumn('id', ordered, (column) => column.primaryKey().notNull())
    .addColumn('sealed', 'text', (column) => column.notNull())
    .execute();
}
