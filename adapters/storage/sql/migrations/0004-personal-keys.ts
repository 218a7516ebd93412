import type { LedgerTransaction, SqlDialect } from '../dialect.ts';

/** Personal keys, where their digests lead, and how often any of them was changed. */
export async function createPersonalKeys(db: LedgerTransaction, { ordered }: SqlDialect): Promise<void> {
  await db.schema
    .createTable('personal_keys')
    .addColumn('id', ordered, (column) => column.primaryKey().notNull())
    .addColumn('version', 'integer', (column) => column.notNull())
    .addColumn('document', 'text', (column) => column.notNull())
    .addColumn('last_used_at_ms', 'bigint')
    .execute();
  await db.schema
    .createTable('personal_key_digests')
    .addColumn('digest', ordered, (column) => column.primaryKey().notNull())
    .addColumn('key_id', ordered, (column) => column.notNull())
    .execute();
  await db.schema.createIndex('personal_key_digests_of_key').on('personal_key_digests').column('key_id').execute();
  await db.schema
    .createTable('personal_key_changes')
    .addColumn('id', 'integer', (column) => column.primaryKey().notNull())
    .addColumn('number', 'bigint', (column) => column.notNull())
    .execute();
  await db.insertInto('personal_key_changes').values({ id: 1, number: 0 }).execute();
}
