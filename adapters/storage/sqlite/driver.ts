/** A value of a row. Whole numbers above 2^53 are not in use. */
export type SqliteValue = string | number | Uint8Array | null;

/** A statement that may be run many times. */
export interface SqliteStatement {
  /** Whether it gives rows: then it is asked by `all`, else by `run`. */
  readonly returnsRows: boolean;
  all(values: readonly SqliteValue[]): Record<string, SqliteValue>[];
  run(values: readonly SqliteValue[]): void;
}

/** An open database. Its verbs are done when they return; what they throw is what the database said. */
export interface SqliteConnection {
  /** Runs one or more statements that are given no values. */
  exec(sql: string): void;
  prepare(sql: string): SqliteStatement;
  /**
   * Copies the database into a file that is not there yet, while others go on writing.
   * @param onProgress is told the share that is copied, from 0 to 1, where the driver tells; what it throws ends the copy.
   */
  backup(file: string, onProgress?: (share: number) => void): Promise<void>;
  close(): void;
}

/** A package that opens SQLite databases. */
export interface SqliteDriver {
  /** For messages. */
  readonly name: string;
  /** @param file a path, or `:memory:`. */
  readonly open: (file: string) => SqliteConnection;
}
