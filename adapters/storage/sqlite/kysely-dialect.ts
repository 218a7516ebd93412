import {
  CompiledQuery,
  type DatabaseConnection,
  SqliteAdapter,
  type SqliteDatabase,
  type Dialect,
  type SqliteStatement as KyselyStatement,
  SqliteDriver as KyselyDriver,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import { bindable } from './bindable.ts';
import type { SqliteConnection, SqliteStatement } from './driver.ts';
import { sqliteError } from './sqlite-error.ts';

/** Statements that stay prepared. The ledger has fewer; those of searches and lists have as many forms as filters. */
const MOST_PREPARED = 200;

/** Kysely over one of our connections. Its errors are those of a ledger. */
export function kyselyDialect(connection: SqliteConnection, file: string): Dialect {
  const database = new PreparingDatabase(connection, file);
  return {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new ImmediateDriver({ database }),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  };
}

/**
 * Takes the right to write when a transaction begins. One that asks for it in its middle is refused at once where another
 * has written meanwhile, whatever the busy timeout is.
 */
class ImmediateDriver extends KyselyDriver {
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'));
  }

  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    try {
      await super.rollbackTransaction(connection);
    } catch {
      // A full disk has rolled it back already. Why it is rolled back says more than that.
    }
  }
}

class PreparingDatabase implements SqliteDatabase {
  readonly #connection: SqliteConnection;
  readonly #file: string;
  readonly #prepared = new Map<string, KyselyStatement>();

  constructor(connection: SqliteConnection, file: string) {
    this.#connection = connection;
    this.#file = file;
  }

  prepare(sql: string): KyselyStatement {
    let statement = this.#prepared.get(sql);
    if (statement) this.#prepared.delete(sql);
    else statement = this.#guarded(() => this.#statementOf(this.#connection.prepare(sql)));
    this.#prepared.set(sql, statement);
    const [oldest] = this.#prepared.keys();
    if (this.#prepared.size > MOST_PREPARED && oldest !== undefined) this.#prepared.delete(oldest);
    return statement;
  }

  close(): void {
    this.#prepared.clear();
    this.#connection.close();
  }

  #statementOf(statement: SqliteStatement): KyselyStatement {
    return {
      reader: statement.returnsRows,
      all: (values) => this.#guarded(() => statement.all(values.map(bindable))),
      run: (values) => {
        this.#guarded(() => statement.run(values.map(bindable)));
        return { changes: 0, lastInsertRowid: 0 };
      },
      iterate: () => {
        throw new Error('Rows are read page by page.');
      },
    };
  }

  #guarded<Result>(run: () => Result): Result {
    try {
      return run();
    } catch (cause) {
      throw sqliteError(cause, this.#file);
    }
  }
}
