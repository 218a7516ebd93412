import { existsSync } from 'node:fs';
import { postgresBackup, postgresDatabase, postgresLedger } from 'nexusai-hub/adapters/postgres';
import { sqliteBackup, sqliteDatabase, sqliteLedger } from 'nexusai-hub/adapters/sqlite';
import type { DatabaseBackup, Database as NexusDatabase, Ledger } from 'nexusai-hub/ports';
import { readEnvironment, type Variables } from './environment.ts';
import { ledgerFile } from './ledger-file.ts';
import { Problem } from './problem.ts';

/** The database of the environment a command runs in. */
export interface Database {
  /** For people. */
  readonly name: string;
  readonly dataDir: string;
  readonly backup: DatabaseBackup;
  /**
   * Opened when it is first used; whoever takes it closes it.
   *
   * @param thread whether the database gets threads of its own: a server's requests shall not wait for its disk, while a
   *   command has nothing else to do.
   */
  ledger(thread: boolean): Required<Ledger>;
  /** All of it. Opened and closed in the same way. */
  whole(thread: boolean): Required<NexusDatabase>;
}

/**
 * What a server with these variables uses: the database of `DATABASE_URL`, or else the file in `NEXUS_DATA_DIR`.
 * @throws Problem
 */
export function databaseOf(variables: Variables): Database {
  const { dataDir } = readEnvironment(variables);
  const url = variables['DATABASE_URL']?.trim();
  if (url) return postgresAt(url, variables['DATABASE_REPLICA_URL']?.trim() || undefined, dataDir);
  const file = ledgerFile(dataDir);
  return {
    name: file,
    dataDir,
    backup: sqliteBackup({ file, thread: false }),
    ledger: (thread) => sqliteLedger({ file, thread }),
    whole: (thread) => sqliteDatabase({ file, thread }),
  };
}

/**
 * The same, for what makes no database: a folder that was mistyped has none.
 * @throws Problem
 */
export function databaseThere(variables: Variables): Database {
  const database = databaseOf(variables);
  if (database.name === ledgerFile(database.dataDir) && !existsSync(database.name))
    throw new Problem(`${database.name}: there is no such database. NEXUS_DATA_DIR says where it is.`);
  return database;
}

function postgresAt(url: string, replicaUrl: string | undefined, dataDir: string): Database {
  try {
    const name = 'the database of DATABASE_URL';
    const ledger = (): Required<Ledger> => postgresLedger(all);
    const all = replicaUrl === undefined ? { url } : { url, replicaUrl };
    const whole = (): Required<NexusDatabase> => postgresDatabase(all);
    return { name, dataDir, backup: postgresBackup({ url }), ledger, whole };
  } catch (cause) {
    // Its message shows no URL.
    if (cause instanceof TypeError) throw new Problem(`DATABASE_URL: ${cause.message}`, { cause });
    throw cause;
  }
}
