import { CompiledQuery } from 'kysely';
import type { LedgerTransaction, SqlDialect } from './dialect.ts';

/** Rows of one statement at most: under 32,766 values with the widest table, and few enough not to be held up by. */
const MOST_ROWS = 256;

/** What is written row by row, many rows by one statement. */
export interface RowStatement {
  readonly table: string;
  readonly columns: readonly string[];
  /** What comes after the values: what to do with rows that are there, what to return. */
  readonly tail?: string;
}

/**
 * Writes rows by prepared statements. They come in powers of two, so that a handful of them serves any number of rows
 * and stays prepared.
 */
export class RowWriter<Returned = never> {
  readonly #statement: RowStatement;
  readonly #texts = new Map<string, string>();

  constructor(statement: RowStatement) {
    this.#statement = statement;
  }

  /** Returns what the statement returns, in any order. */
  async write(db: LedgerTransaction, dialect: SqlDialect, rows: readonly (readonly unknown[])[]): Promise<Returned[]> {
    const returned: Returned[] = [];
    for (let place = 0; place < rows.length;) {
      const count = largestPower(Math.min(rows.length - place, MOST_ROWS));
      const values: unknown[] = [];
      for (const row of rows.slice(place, place + count)) values.push(...row);
      const answer = await db.executeQuery(CompiledQuery.raw(this.#textFor(dialect, count), values));
      returned.push(...(answer.rows as Returned[]));
      place += count;
    }
    return returned;
  }

  #textFor(dialect: SqlDialect, count: number): string {
    const name = `${dialect.name} ${count}`;
    let text = this.#texts.get(name);
    if (text === undefined) {
      text = this.#print(dialect, count);
      this.#texts.set(name, text);
    }
    return text;
  }

  #print(dialect: SqlDialect, count: number): string {
    const { table, columns, tail = '' } = this.#statement;
    let place = 0;
    const row = (): string => `(${columns.map(() => dialect.placeholder(++place)).join(', ')})`;
    const rows = Array.from({ length: count }, row).join(', ');
    return `insert into ${table} (${columns.join(', ')}) values ${rows} ${tail}`;
  }
}

function largestPower(count: number): number {
  return 2 ** Math.floor(Math.log2(count));
}
