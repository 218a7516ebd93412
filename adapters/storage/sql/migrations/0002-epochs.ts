import type { LedgerTransaction } from '../dialect.ts';

/** The sequence of configurations. */
export async function createEpochs(db: LedgerTransaction): Promise<void> {
  await db.schema
    .createTable('config_epochs')
    .addColumn('number', 'bigint', (column) => column.primaryKey().notNull())
    .addColumn('at_ms', 'bigint', (column) => column.notNull())
    .addColumn('by_caller', 'text', (column) => column.notNull())
    .addColumn('note', 'text', (column) => column.notNull())
    .addColumn('document', 'text', (column) => column.notNull())
    .addColumn('base', 'text', (column) => column.notNull())
    .execute();
}
