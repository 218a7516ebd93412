import type { SqliteConnection, SqliteDriver, SqliteStatement, SqliteValue } from './driver.ts';

/** What is used of `node:sqlite`, and of packages that have its shape. */
export interface NodeSqlite {
  readonly DatabaseSync: new (file: string) => NodeDatabase;
  /** Node has it from 22.16 on. */
  readonly backup?: ((database: never, file: string, options: BackupOptions) => Promise<unknown>) | undefined;
}

interface BackupOptions {
  readonly rate: number;
  readonly progress: (pages: { readonly totalPages: number; readonly remainingPages: number }) => void;
}

/** Copied between two words about it: 4 MB. */
const PAGES_AT_ONCE = 1_000;

interface NodeDatabase {
  exec(sql: string): void;
  prepare(sql: string): NodeStatement;
  close(): void;
}

interface NodeStatement {
  all(...values: SqliteValue[]): unknown[];
  run(...values: SqliteValue[]): unknown;
  columns?(): readonly unknown[];
}

/** A driver over `node:sqlite`, or over a package of its shape. */
export function nodeDriver(name: string, { DatabaseSync, backup }: NodeSqlite): SqliteDriver {
  return {
    name,
    open(file): SqliteConnection {
      const database = new DatabaseSync(file);
      return {
        exec: (sql) => database.exec(sql),
        prepare: (sql) => statementOf(database.prepare(sql)),
        async backup(copy, onProgress) {
          const progress: BackupOptions['progress'] = ({ totalPages, remainingPages }) =>
            onProgress?.(1 - remainingPages / totalPages);
          // A version that cannot copy page by page writes a new file in one go.
          if (backup) await backup(database as never, copy, { rate: PAGES_AT_ONCE, progress });
          else database.prepare('vacuum into ?').run(copy);
        },
        close: () => database.close(),
      };
    },
  };
}

function statementOf(statement: NodeStatement): SqliteStatement {
  return {
    // Asking for all rows of a statement that has none is allowed, so nothing is lost where it cannot be told.
    returnsRows: (statement.columns?.().length ?? 1) > 0,
    all: (values) => statement.all(...values) as Record<string, SqliteValue>[],
    run: (values) => void statement.run(...values),
  };
}
