import { sql } from 'kysely';
import type { SqlDialect } from '../sql/dialect.ts';

/** Any number of our own: processes that start at once wait for each other by it. */
const MIGRATION_LOCK = 7_302_118_441;

/** PostgreSQL's own words. */
export const POSTGRES: SqlDialect = {
  name: 'postgres',
  placeholder: (place) => `$${place}`,
  keyType: 'bigint',
  ordered: sql`text collate "C"`,
  numbered: (column) => column.primaryKey().generatedAlwaysAsIdentity(),
  clustered: sql``,
  joined: (texts) => sql`string_agg(${texts}, '')`,
  contains: (text, part) => sql`strpos(${text}, ${part}) > 0`,
  like: sql`ilike`,
  lock: (transaction) => sql`select pg_advisory_xact_lock(${sql.lit(MIGRATION_LOCK)})`.execute(transaction),
  async tables(db) {
    const query = sql<{ name: string }>`select tablename as name from pg_tables where schemaname = current_schema()`;
    return (await query.execute(db)).rows.map(({ name }) => name);
  },
};
