import { join } from 'node:path';
import type { NexusHubOptions } from 'nexusai-hub';
import { LedgerError } from 'nexusai-hub/adapters/sqlite';
import { databaseOf } from './database.ts';
import type { Variables } from './environment.ts';
import { Problem } from './problem.ts';

/** What of a hub's options is about what it keeps. */
type KeptRecords = Pick<NexusHubOptions, 'ledger' | 'backups' | 'retention'>;

/**
 * Opens the database of a server, with copies every hour and an archive of what is old beside it. Without a driver for
 * it the server starts all the same, and says that it keeps nothing.
 * @throws Problem where the database is there and cannot be used.
 */
export async function keptRecords(variables: Variables, tell: (line: string) => void): Promise<KeptRecords> {
  const database = databaseOf(variables);
  const { name, dataDir, backup } = database;
  const ledger = database.ledger(true);
  try {
    await ledger.open();
  } catch (cause) {
    await ledger.close();
    if (!(cause instanceof Error)) throw cause;
    if (!(cause instanceof LedgerError && cause.code === 'driver_missing'))
      throw new Problem(`${name}: ${cause.message}`, { cause });
    tell(`WARNING: what is said and what it costs is not kept. ${cause.message}`);
    return {};
  }
  tell(`What is said and what it costs is kept in ${name}.`);
  return {
    ledger,
    backups: { database: backup, folder: join(dataDir, 'backups') },
    retention: { archive: join(dataDir, 'archive') },
  };
}
