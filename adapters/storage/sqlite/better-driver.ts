import type { SqliteConnection, SqliteDriver, SqliteValue } from './driver.ts';

/** What is used of `better-sqlite3`. */
export type BetterSqlite = new (file: string) => BetterDatabase;

interface BetterDatabase {
  exec(sql: string): unknown;
  prepare(sql: string): BetterStatement;
  backup(file: string, options: BackupOptions): Promise<unknown>;
  close(): unknown;
}

interface BackupOptions {
  /** Returns how many pages come next. */
  readonly progress: (pages: { readonly totalPages: number; readonly remainingPages: number }) => number;
}

/** Few, because they are copied in this thread: a megabyte. */
const PAGES_AT_ONCE = 250;

interface BetterStatement {
  readonly reader: boolean;
  all(values: readonly SqliteValue[]): unknown[];
  run(values: readonly SqliteValue[]): unknown;
}

/** A driver over `better-sqlite3`. */
export function betterDriver(Database: BetterSqlite): SqliteDriver {
  return {
    name: 'better-sqlite3',
    open(file): SqliteConnection {
      const database = new Database(file);
      return {
        exec: (sql) => void database.exec(sql),
        prepare(sql) {
          const statement = database.prepare(sql);
          return {
            returnsRows: statement.reader,
            all: (values) => statement.all(values) as Record<string, SqliteValue>[],
            run: (values) => void statement.run(values),
          };
        },
        async backup(copy, onProgress) {
          await database.backup(copy, {
            progress({ totalPages, remainingPages }) {
              onProgress?.(1 - remainingPages / totalPages);
              return PAGES_AT_ONCE;
            },
          });
        },
        close: () => void database.close(),
      };
    },
  };
}
