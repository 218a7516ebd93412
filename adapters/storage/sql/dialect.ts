import type { ColumnDefinitionBuilder, Expression, Kysely, RawBuilder, Transaction } from 'kysely';
import type { LedgerTables } from './tables.ts';

/** A ledger's database, to ask or to write to. */
export type LedgerDatabase = Kysely<LedgerTables>;

/** In the middle of a transaction. */
export type LedgerTransaction = Transaction<LedgerTables>;

/** All in which the two databases differ. */
export interface SqlDialect {
  readonly name: 'sqlite' | 'postgres';
  /** How the n-th value of a statement is written, from 1. */
  placeholder(place: number): string;
  /** Makes a column the table's key, which numbers its rows by itself. */
  numbered(column: ColumnDefinitionBuilder): ColumnDefinitionBuilder;
  readonly keyType: 'integer' | 'bigint';
  /** Type of texts that are sorted by their bytes, whatever language the server speaks. */
  readonly ordered: RawBuilder<unknown>;
  /** Said at the end of a table whose rows are to lie in the order of its key. */
  readonly clustered: RawBuilder<unknown>;
  /** All texts of a group behind each other. */
  joined(texts: Expression<string>): RawBuilder<string | null>;
  /** Truth whether a text has this one in it, in exactly these letters. */
  contains(text: Expression<string>, part: string): RawBuilder<number | boolean>;
  /** The operator that matches a pattern in small and in capital letters. */
  readonly like: RawBuilder<unknown>;
  /** Lets one process at a time go on, until its transaction ends. */
  lock(transaction: LedgerTransaction): Promise<unknown>;
  /** The tables there are, whoever made them. */
  tables(db: LedgerDatabase): Promise<readonly string[]>;
}
