import { LedgerError } from '../sql/ledger-error.ts';
import { NEWEST_SCHEMA, schemaNewer } from '../sql/migrate.ts';
import type { SqliteConnection, SqliteDriver } from './driver.ts';
import { sqliteError } from './sqlite-error.ts';

/**
 * Reads a whole database that nobody writes to, and resolves with the version of its tables; 0 where it has none.
 * @throws LedgerError `corrupt`, `schema_newer`
 */
export function checkCopy({ open }: SqliteDriver, file: string): number {
  let connection: SqliteConnection | undefined;
  try {
    connection = open(file);
    // A copy has the log of the one it was made of, and would lay files beside itself when it is read.
    connection.exec('pragma journal_mode = delete');
    const problems = connection.prepare('pragma integrity_check(1)').all([]);
    const problem = String(problems[0]?.['integrity_check'] ?? 'it says nothing');
    if (problem !== 'ok') throw new LedgerError('corrupt', `The database "${file}" is damaged: ${problem}`);
    const version = schemaVersionOf(connection);
    if (version > NEWEST_SCHEMA) throw schemaNewer(version);
    return version;
  } catch (cause) {
    throw sqliteError(cause, file);
  } finally {
    connection?.close();
  }
}

/** The version of its tables; 0 where it has none. */
export function schemaVersionOf(connection: SqliteConnection): number {
  const tables = connection
    .prepare(`select 1 from sqlite_master where type = 'table' and name = 'nexus_schema'`)
    .all([]);
  if (tables.length === 0) return 0;
  return Number(connection.prepare('select max(version) as version from nexus_schema').all([])[0]?.['version'] ?? 0);
}
