import { sql } from 'kysely';
import type { SqlDialect } from '../sql/dialect.ts';

/** SQLite's own words. */
export const SQLITE: SqlDialect = {
  name: 'sqlite',
  placeholder: () => '?',
  keyType: 'integer',
  ordered: sql`text`,
  numbered: (column) => column.primaryKey(),
  clustered: sql`without rowid`,
  joined: (texts) => sql`group_concat(${texts}, '')`,
  contains: (text, part) => sql`instr(${text}, ${part})`,
  like: sql`like`,
  // Its transactions that write have taken the right to do so when they begin.
  lock: async () => undefined,
  async tables(db) {
    const { rows } = await sql<{ name: string }>`select name from sqlite_master where type = 'table'`.execute(db);
    return rows.map(({ name }) => name);
  },
};
