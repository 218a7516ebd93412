import { backupsOf, type Config, type NexusHubOptions, retentionOf } from 'nexusai-hub';
import { LedgerError } from 'nexusai-hub/adapters/sqlite';
import { databaseOf } from './database.ts';
import { Problem } from './problem.ts';
import type { Plan } from './setup.ts';

/** What a server keeps. */
export interface KeptRecords {
  /** What of a hub's options is about it. */
  readonly options: Pick<NexusHubOptions, 'ledger' | 'backups' | 'retention'>;
  /** Gives the database back, where no hub does. */
  close(): Promise<void>;
}

/**
 * Opens the database of a server, with copies and an archive of what is old as its file says: without one, copies every hour
 * and six months. Without a driver for it the server starts all the same, and says that it keeps nothing.
 * @throws Problem where the database is there and cannot be used, or has to be there.
 */
export async function keptRecords({
  variables,
  source,
  tell,
}: Pick<Plan, 'variables' | 'source' | 'tell'>): Promise<KeptRecords> {
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
    checkNotNeeded(source, cause);
    tell(`WARNING: what is said and what it costs is not kept. ${cause.message}`);
    return { options: {}, close: async () => undefined };
  }
  tell(`What is said and what it costs is kept in ${name}.`);
  const { retention, backups } = source?.config ?? {};
  const copies = backupsOf(backups, dataDir);
  return {
    options: {
      ledger,
      retention: retentionOf(retention, dataDir),
      ...(copies && { backups: { database: backup, ...copies } }),
    },
    close: async () => ledger.close(),
  };
}

/** Who asks for records that are sure must not be served without any. */
function checkNotNeeded(source: Plan['source'], { message }: Error): void {
  const records: Config['records'] = source?.config.records;
  if (records?.durability === 'acknowledged')
    throw new Problem(`${source?.file ?? 'settings'}: records.durability: acknowledged needs a database. ${message}`);
}
