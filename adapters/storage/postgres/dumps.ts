import { sql } from 'kysely';
import type { DatabaseBackup, RestoreReport } from 'nexusai-hub/ports';
import type { LedgerDatabase } from '../sql/dialect.ts';
import { LedgerError } from '../sql/ledger-error.ts';
import { versionOf } from '../sql/migrate.ts';
import { TABLE_NAMES } from '../sql/table-names.ts';
import { checkDump } from './check-dump.ts';
import { connect } from './connect.ts';
import { connectionVariables } from './connection-variables.ts';
import { POSTGRES } from './postgres-dialect.ts';
import { majorVersionOf, runProgram } from './run-program.ts';

/** Which database, and where PostgreSQL's programs are. */
export interface DumpOptions {
  readonly url: string;
  readonly programs: string | undefined;
}

/** Dumps are packed, and have no indexes: tables take at least so many times as much. */
const PACKED = 2;

/** Copies of our tables in this database by `pg_dump`, put back by `pg_restore`. */
export function dumps({ url, programs: folder }: DumpOptions): DatabaseBackup {
  const variables = connectionVariables(url);
  const dumpTo = async (file: string, signal?: AbortSignal): Promise<void> => {
    const tables = TABLE_NAMES.map((name) => `--table=${name}`);
    const parameters = [
      '--format=custom',
      '--no-password',
      '--no-owner',
      '--no-privileges',
      `--file=${file}`,
      ...tables,
    ];
    await runProgram({ program: 'pg_dump', folder, parameters, variables, signal });
  };
  return {
    kind: 'postgresql',
    extension: 'dump',
    size: () =>
      withDatabase(url, async (db) => {
        const { rows } = await sql<{ bytes: number }>`
          select coalesce(sum(pg_table_size(oid)), 0) as bytes from pg_class
          where oid in (select to_regclass(name) from unnest(${TABLE_NAMES}::text[]) as name)`.execute(db);
        return (rows[0]?.bytes ?? 0) / PACKED;
      }),
    async create(file, { signal, onProgress }) {
      await withDatabase(url, (db) => checkVersion(db, 'pg_dump', folder));
      await dumpTo(file, signal);
      onProgress?.(1);
    },
    async check(file, { signal, onProgress }) {
      const { schemaVersion } = await checkDump(file, folder, signal);
      onProgress?.(1);
      return { schemaVersion };
    },
    async restore(file, { force = false, signal, onProgress }): Promise<RestoreReport> {
      const { tables } = await checkDump(file, folder, signal);
      const hasRecords = await withDatabase(url, async (db) => {
        await checkVersion(db, 'pg_restore', folder);
        return checkTarget(db, tables, force);
      });
      const keptAside = hasRecords
        ? `${file}.replaced-${new Date().toISOString().replace(/[:.]/g, '-')}.dump`
        : undefined;
      if (keptAside !== undefined) await dumpTo(keptAside, signal);
      const how = [
        '--single-transaction',
        '--exit-on-error',
        '--clean',
        '--if-exists',
        '--no-owner',
        '--no-privileges',
      ];
      // Of the connection only the name of the database has to be said.
      const parameters = [...how, '--no-password', `--dbname=${variables['PGDATABASE'] ?? 'postgres'}`, file];
      await runProgram({ program: 'pg_restore', folder, parameters, variables, signal });
      onProgress?.(1);
      return keptAside === undefined ? {} : { keptAside };
    },
  };
}

/** A program reads servers of its own version and of older ones. */
async function checkVersion(
  db: LedgerDatabase,
  program: 'pg_dump' | 'pg_restore',
  folder: string | undefined,
): Promise<void> {
  const { rows } = await sql<{ version: number }>`select current_setting('server_version_num')::int as version`.execute(
    db,
  );
  const server = Math.floor((rows[0]?.version ?? 0) / 10_000);
  const own = await majorVersionOf(program, folder);
  if (own >= server) return;
  throw new LedgerError(
    'driver_missing',
    `${program} ${own} is too old for the server, which is ${server}. Install the client programs of version ${server} ` +
      `(Debian: postgresql-client-${server}), or name their folder.`,
  );
}

/** Whether there are records, which are to be kept aside. */
async function checkTarget(db: LedgerDatabase, tables: readonly string[], force: boolean): Promise<boolean> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and application_name = 'nexusai-hub'`.execute(db);
  if ((rows[0]?.count ?? 0) > 0)
    throw new LedgerError('locked', 'The database is in use. Stop the servers that use it first.');
  // Of a newer version: its other tables would stay, and be in the way of its migrations.
  await versionOf(db, POSTGRES);
  const there = (await POSTGRES.tables(db)).filter((name) => TABLE_NAMES.includes(name));
  const left = there.filter((name) => !tables.includes(name));
  if (left.length > 0)
    throw new LedgerError(
      'not_empty',
      `The database has tables that the dump has not (${left.join(', ')}). Name an empty one.`,
    );
  if (!there.includes('chat_stats')) return false;
  const [last] = await db
    .selectFrom('chat_stats')
    .select('started_at_ms')
    .orderBy('started_at_ms', 'desc')
    .limit(1)
    .execute();
  if (!last) return false;
  if (force) return true;
  throw new LedgerError(
    'not_empty',
    `The database has records up to ${new Date(last.started_at_ms).toISOString()}. To replace it, force it (--force): what is there ` +
      'is kept aside.',
  );
}

async function withDatabase<Result>(url: string, use: (db: LedgerDatabase) => Promise<Result>): Promise<Result> {
  const db = await connect({ url, connections: 1, connectTimeoutMs: 10_000, statementTimeoutMs: 60_000 });
  try {
    return await use(db);
  } finally {
    await db.destroy();
  }
}
