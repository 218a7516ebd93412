import { sqliteBackup, sqliteLedger } from 'nexusai-hub/adapters/sqlite';
import type { DatabaseBackup, Ledger } from 'nexusai-hub/ports';
import { readEnvironment, type Variables } from './environment.ts';
import { ledgerFile } from './ledger-file.ts';

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
 * What a server with these variables uses: the file in `NEXUS_DATA_DIR`.
 * @throws Problem
 */
export function databaseOf(variables: Variables): Database {
  const { dataDir } = readEnvironment(variables);
  const file = ledgerFile(dataDir);
  return {
    name: file,
    dataDir,
    backup: sqliteBackup({ file, thread: false }),
    ledger: () => sqliteLedger({ file, thread: false }),
  };
}
