import {
  type CompiledQuery,
  type DatabaseConnection,
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import { postgresLedger } from 'nexusai-hub/adapters/postgres';
import { describe, expect, it } from 'vitest';

import { POSTGRES } from '../../adapters/storage/postgres/postgres-dialect.ts';
import type { LedgerDatabase } from '../../adapters/storage/sql/dialect.ts';
import { stepsOver, type StorageSteps } from '../../adapters/storage/sql/storage-steps.ts';
import type { LedgerTables } from '../../adapters/storage/sql/tables.ts';
import { openDatabase } from '../../adapters/storage/sqlite/open-database.ts';
import { SQLITE } from '../../adapters/storage/sqlite/sqlite-dialect.ts';
import { createDatabase, hasPostgres } from '../services/postgres-server.ts';

const CALLERS = 1_000;
const MANY = 20_000;

/** What is asked of a caller's conversations, and must not read those of others. */
const QUESTIONS: [what: string, ask: (steps: StorageSteps) => Promise<unknown>][] = [
  ['a summary of one caller', (steps) => steps.summary({ callerId: 'k-7' })],
  ['a summary of one caller in a range', (steps) => steps.summary({ callerId: 'k-7', fromMs: 5_000, toMs: 9_000 })],
  ['a list of one caller', (steps) => steps.conversations({ callerId: 'k-7', limit: 20 })],
];

/** The statements about conversations that a question becomes. */
async function statementsOf(
  db: 'sqlite' | 'postgres',
  ask: (steps: StorageSteps) => Promise<unknown>,
): Promise<readonly CompiledQuery[]> {
  const seen: CompiledQuery[] = [];
  class RecordingDriver extends DummyDriver {
    override async acquireConnection(): Promise<DatabaseConnection> {
      const executeQuery: DatabaseConnection['executeQuery'] = async (query) => {
        seen.push(query);
        return { rows: [] };
      };
      return { executeQuery, streamQuery: () => expect.unreachable() };
    }
  }
  const kysely: LedgerDatabase = new Kysely<LedgerTables>({
    dialect: {
      createDriver: () => new RecordingDriver(),
      createAdapter: () => (db === 'sqlite' ? new SqliteAdapter() : new PostgresAdapter()),
      createIntrospector: (one) => (db === 'sqlite' ? new SqliteIntrospector(one) : new PostgresIntrospector(one)),
      createQueryCompiler: () => (db === 'sqlite' ? new SqliteQueryCompiler() : new PostgresQueryCompiler()),
    },
  });
  await ask(stepsOver(kysely, db === 'sqlite' ? SQLITE : POSTGRES));
  return seen.filter(({ sql }) => /\bfrom "?conversations\b/.test(sql));
}

describe('SQLite', () => {
  it.each(QUESTIONS)('%s reads its own conversations only', async (_, ask) => {
    const { connection, close } = await openDatabase({ file: ':memory:', synchronous: 'normal', busyTimeoutMs: 1_000 });
    try {
      const statements = await statementsOf('sqlite', ask);
      expect(statements).toHaveLength(1);
      for (const { sql, parameters } of statements) {
        const plan = connection.prepare(`explain query plan ${sql}`).all(parameters as (string | number)[]);
        const steps = plan.map(({ detail }) => String(detail));
        expect(steps[0]).toMatch(/SEARCH conversations USING (COVERING )?INDEX conversations_by_caller \(caller_id=\?/);
        if (sql.includes('count(')) expect(steps[0]).toMatch(/COVERING/);
        expect(steps.join('\n')).not.toMatch(/SCAN/);
      }
    } finally {
      await close();
    }
  });
});

describe.skipIf(!hasPostgres)('PostgreSQL', () => {
  it('questions about one caller read its own conversations only', async () => {
    const database = await createDatabase();
    try {
      const ledger = postgresLedger({ url: database.url });
      await ledger.open();
      await ledger.close();
      await database.query(
        `insert into conversations (id, caller_id, started_at_ms, last_at_ms, models, providers)
         select 'c-' || n, 'k-' || n % ${CALLERS}, n, n + 10, '[]', '[]' from generate_series(1, ${MANY}) n`,
      );
      await database.query('vacuum analyze conversations');
      for (const [what, ask] of QUESTIONS) {
        const statements = await statementsOf('postgres', ask);
        expect(statements).toHaveLength(1);
        for (const { sql, parameters } of statements) {
          const rows = await database.query(`explain ${withValues(sql, parameters)}`);
          const plan = rows.map((row) => String(row['QUERY PLAN'])).join('\n');
          expect(plan, what).toMatch(/conversations_by_caller/);
          expect(plan, what).not.toMatch(/Seq Scan/);
        }
      }
    } finally {
      await database.drop();
    }
  }, 60_000);
});

/** All values are ours. */
function withValues(sql: string, parameters: readonly unknown[]): string {
  return sql.replace(/\$(\d+)/g, (_, place: string) => {
    const value = parameters[Number(place) - 1];
    return typeof value === 'number' ? String(value) : `'${String(value)}'`;
  });
}
