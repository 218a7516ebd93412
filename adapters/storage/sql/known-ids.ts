import { CompiledQuery } from 'kysely';
import type { LedgerTransaction, SqlDialect } from './dialect.ts';

/** Ids that one question asks for. */
const MOST_ASKED = 256;

/** Where ids are looked for. */
interface IdColumn {
  readonly table: string;
  readonly column: string;
  /** What else must be so. */
  readonly and?: string;
}

/** Which of these ids are there. The list is filled up with its last id, so that few statements serve all lengths. */
export async function knownIds(
  db: LedgerTransaction,
  dialect: SqlDialect,
  { table, column, and }: IdColumn,
  ids: readonly string[],
): Promise<string[]> {
  const known: string[] = [];
  for (let place = 0; place < ids.length; place += MOST_ASKED) {
    const asked = ids.slice(place, place + MOST_ASKED);
    const count = 2 ** Math.ceil(Math.log2(asked.length));
    const places = Array.from({ length: count }, (_, number) => dialect.placeholder(number + 1)).join(', ');
    const more = and === undefined ? '' : ` and ${and}`;
    const text = `select ${column} as id from ${table} where ${column} in (${places})${more}`;
    const values = Array.from({ length: count }, (_, number) => asked[number] ?? asked.at(-1));
    const { rows } = await db.executeQuery(CompiledQuery.raw(text, values));
    known.push(...(rows as { id: string }[]).map(({ id }) => id));
  }
  return known;
}
