import {
  auditOptionsOf,
  auditRetentionOf,
  backupsOf,
  type Config,
  type NexusHubOptions,
  retentionOf,
} from 'nexusai-hub';
import { LedgerError } from 'nexusai-hub/adapters/sqlite';
import { databaseOf } from './database.ts';
import { masterKeysOf } from './master-key.ts';
import { Problem } from './problem.ts';
import type { Plan } from './setup.ts';

/** What a server keeps. */
export interface KeptRecords {
  /** What of a hub's options is about it. */
  readonly options: Pick<NexusHubOptions, 'database' | 'backups' | 'retention' | 'audit' | 'control'>;
  /** Gives the database back, where no hub does. */
  close(): Promise<void>;
}

/**
 * Opens the database of a server, with copies and an archive of what is old as its file says: without one, copies every hour,
 * six months, and two years of the audit log. Without a driver for it the server starts all the same, and says that it keeps nothing.
 * @throws Problem where the database is there and cannot be used, or has to be there.
 */
export async function keptRecords({
  environment,
  variables,
  source,
  tell,
}: Pick<Plan, 'environment' | 'variables' | 'source' | 'tell'>): Promise<KeptRecords> {
  const database = databaseOf(variables);
  const { name, dataDir, backup } = database;
  const masterKeys = masterKeysOf(environment, tell);
  const whole = database.whole(true);
  try {
    await whole.open();
  } catch (cause) {
    await whole.close();
    if (!(cause instanceof Error)) throw cause;
    if (!(cause instanceof LedgerError && cause.code === 'driver_missing'))
      throw new Problem(`${name}: ${cause.message}`, { cause });
    checkNotNeeded(source, cause);
    tell(`WARNING: what is said and what it costs is not kept. ${cause.message}`);
    return { options: {}, close: async () => undefined };
  }
  tell(`What is said and what it costs is kept in ${name}.`);
  const { retention, backups, audit = {} } = source?.config ?? {};
  const copies = backupsOf(backups, dataDir);
  return {
    options: {
      database: whole,
      control: { masterKeys },
      retention: retentionOf(retention, dataDir),
      audit: { ...auditOptionsOf(audit), retention: auditRetentionOf(audit.retention, retention, dataDir) },
      ...(copies && { backups: { database: backup, ...copies } }),
    },
    close: async () => whole.close(),
  };
}

/** Who asks for records that are sure must not be served without any. */
function checkNotNeeded(source: Plan['source'], { message }: Error): void {
  const records: Config['records'] = source?.config.records;
  if (records?.durability === 'acknowledged')
    throw new Problem(`${source?.file ?? 'settings'}: records.durability: acknowledged needs a database. ${message}`);
}
