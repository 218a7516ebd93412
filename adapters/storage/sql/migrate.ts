import type { LedgerDatabase, LedgerTransaction, SqlDialect } from './dialect.ts';
import { LedgerError } from './ledger-error.ts';
import { createLedger } from './migrations/0001-ledger.ts';
import { createEpochs } from './migrations/0002-epochs.ts';
import { createSecrets } from './migrations/0003-secrets.ts';
import { createPersonalKeys } from './migrations/0004-personal-keys.ts';
import { createAudit } from './migrations/0005-audit.ts';

interface Migration {
  readonly name: string;
  readonly run: (db: LedgerTransaction, dialect: SqlDialect) => Promise<void>;
}

/** All there ever were, in their order. One that was published is never changed: what is to be otherwise comes after. */
const MIGRATIONS: readonly Migration[] = [
  { name: 'ledger', run: createLedger },
  { name: 'epochs', run: createEpochs },
  { name: 'secrets', run: createSecrets },
  { name: 'personal keys', run: createPersonalKeys },
  { name: 'audit', run: createAudit },
];

/** The latest version of the tables that is known here. */
export const NEWEST_SCHEMA: number = MIGRATIONS.length;

/**
 * Brings the tables up to date, in one transaction: all or nothing. Several processes may do it at once, and one does.
 * @throws LedgerError `schema_newer` for a database that a newer version of this package made. Nothing is changed then.
 */
export async function migrate(db: LedgerDatabase, dialect: SqlDialect): Promise<void> {
  if ((await versionOf(db, dialect)) === MIGRATIONS.length) return;
  await db.transaction().execute(async (transaction) => {
    await dialect.lock(transaction);
    const version = await versionOf(transaction, dialect);
    for (const [place, { name, run }] of MIGRATIONS.entries()) {
      if (place < version) continue;
      if (place === 0) await createVersions(transaction);
      await run(transaction, dialect);
      const row = { version: place + 1, name, applied_at_ms: Date.now() };
      await transaction.insertInto('nexus_schema').values(row).execute();
    }
  });
}

/**
 * The number of migrations a database has had.
 * @throws LedgerError `schema_newer`
 */
export async function versionOf(db: LedgerDatabase, dialect: SqlDialect): Promise<number> {
  if (!(await dialect.tables(db)).includes('nexus_schema')) return 0;
  const row = await db
    .selectFrom('nexus_schema')
    .select(({ fn }) => fn.max('version').as('version'))
    .executeTakeFirst();
  const version = row?.version ?? 0;
  if (version > NEWEST_SCHEMA) throw schemaNewer(version);
  return version;
}

/** What is said of a database with tables of a version that is not known yet. */
export function schemaNewer(version: number): LedgerError {
  return new LedgerError(
    'schema_newer',
    `The database has tables of a newer version of nexusai-hub (schema ${version}; this one knows ${NEWEST_SCHEMA}). ` +
      'Use that version, or a database of its own. Nothing was changed.',
  );
}

async function createVersions(db: LedgerTransaction): Promise<void> {
  await db.schema
    .createTable('nexus_schema')
    .addColumn('version', 'integer', (column) => column.primaryKey().notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('applied_at_ms', 'bigint', (column) => column.notNull())
    .execute();
}
