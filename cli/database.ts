import { postgresBackup, postgresLedger } from 'nexusai-hub/adapters/postgres';
import { sqliteBackup, sqliteLedger } from 'nexusai-hub/adapters/sqlite';
import type { DatabaseBackup, Ledger } from 'nexusai-hub/ports';
import { readEnvironment, type Variables } from './environment.ts';
import { ledgerFile } from './ledger-file.ts';
import { Problem } from './problem.ts';

/** The database of the environment a command runs in. */
export interface Database {
  /** For people. */
  readonly name: string;
  readonly dataDir: string;
  readonly backup: DatabaseBackup;
  /** Opened when it is first used; whoever takes it closes it. */
  ledger(): Required<Ledger>;
}

/**
 * What a server with these variables uses: the database of `DATABASE_URL`, or else the file in `NEXUS_DATA_DIR`.
 * @throws Problem
 */
export function databaseOf(variables: Variables): Database {
  const { dataDir } = readEnvironment(variables);
  const url = variables['DATABASE_URL']?.trim();
  if (url) return postgresAt(url, dataDir);
  const file = ledgerFile(dataDir);
  return {
    name: file,
    dataDir,
    backup: sqliteBackup({ file, thread: false }),
    ledger: () => sqliteLedger({ file, thread: false }),
  };
}

function postgresAt(url: string, dataDir: string): Database {
  try {
    const name = 'the database of DATABASE_URL';
    return { name, dataDir, backup: postgresBackup({ url }), ledger: () => postgresLedger({ url }) };
  } catch (cause) {
    // Its message shows no URL.
    if (cause instanceof TypeError) throw new Problem(`DATABASE_URL: ${cause.message}`, { cause });
    throw cause;
  }
}
