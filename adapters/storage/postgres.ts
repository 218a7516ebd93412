import type { Database, DatabaseBackup, Ledger } from 'nexusai-hub/ports';
import { checkCount } from 'nexusai-hub/provider-kit';
import { databaseOver } from './sql/database-over.ts';
import { ledgerOver } from './sql/ledger-over.ts';
import type { OpenableSteps } from './sql/openable-steps.ts';
import { Opening } from './sql/opening.ts';
import { stepsBy, type TakeStep } from './sql/steps-by.ts';
import type { OpenServers, Servers } from './postgres/postgres-steps.ts';

export type { LedgerErrorCode } from './sql/ledger-error.ts';
export { LedgerError } from './sql/ledger-error.ts';

/** Options of {@link postgresDatabase} and {@link postgresLedger}. */
export interface PostgresDatabaseOptions {
  /** `postgresql://user:password@host:5432/database`. Its tables are made where they are not there. */
  readonly url: string;
  /** A replica of it, for what is shown: sums, lists and exports. Where it is away or too far behind the primary is asked. */
  readonly replicaUrl?: string;
  /** How far the replica may be behind, in milliseconds. @default 10000 */
  readonly maxLagMs?: number;
  /** Connections to each server at most. @default 10 */
  readonly connections?: number;
  /** Until a server has taken a connection, in milliseconds. @default 5000 */
  readonly connectTimeoutMs?: number;
  /** How long one question may take, in milliseconds. @default 30000 */
  readonly statementTimeoutMs?: number;
}

/**
 * A ledger in PostgreSQL 12 or newer, which any number of processes share.
 *
 * It connects when it is first used. Where that fails the next use tries again.
 * @throws TypeError naming the option that is wrong; never the URL, which may hold a password.
 */
export function postgresLedger(options: PostgresDatabaseOptions): Required<Ledger> {
  const { open, close, ...steps } = stepsAt('postgresLedger', options);
  return { ...ledgerOver(steps), open, close };
}

/**
 * Everything of a hub in PostgreSQL 12 or newer, which any number of processes share: its ledger, and what is configured
 * at run time.
 *
 * It connects when it is first used. Where that fails the next use tries again.
 * @throws TypeError naming the option that is wrong; never the URL, which may hold a password.
 */
export function postgresDatabase(options: PostgresDatabaseOptions): Required<Database> {
  return databaseOver(stepsAt('postgresDatabase', options));
}

/** Options of {@link postgresBackup}. */
export interface PostgresBackupOptions {
  /** `postgresql://user:password@host:5432/database`, of the primary. */
  readonly url: string;
  /** The folder of `pg_dump` and `pg_restore`. @default where the system looks for programs */
  readonly programs?: string;
}

/**
 * Copies of a ledger in PostgreSQL, made by `pg_dump` while others write to it, and put back by `pg_restore`. Both have to
 * be of the version of the server, or newer. Other tables of the database are left alone.
 * @throws TypeError naming the option that is wrong; never the URL, which may hold a password.
 */
export function postgresBackup({ url, programs }: PostgresBackupOptions): DatabaseBackup {
  checkUrl('postgresBackup', 'url', url);
  if (programs !== undefined && (typeof programs !== 'string' || programs === ''))
    throw new TypeError('postgresBackup: programs must be the path of a folder.');
  // Whoever does not use it does not load it.
  const loaded = async (): Promise<DatabaseBackup> => (await import('./postgres/dumps.ts')).dumps({ url, programs });
  return {
    kind: 'postgresql',
    extension: 'dump',
    size: async () => (await (await loaded()).size?.()) ?? 0,
    create: async (file, context) => (await loaded()).create(file, context),
    check: async (file, context) => (await loaded()).check(file, context),
    restore: async (file, options) => (await loaded()).restore(file, options),
  };
}

function checkUrl(owner: string, name: string, url: unknown): void {
  if (typeof url === 'string' && URL.canParse(url) && /^postgres(ql)?:$/.test(new URL(url).protocol)) return;
  throw new TypeError(`${owner}: ${name} must be a postgresql:// URL (what was given is not shown).`);
}

function stepsAt(owner: string, options: PostgresDatabaseOptions): OpenableSteps {
  const { url, replicaUrl, maxLagMs = 10_000 } = options;
  const { connections = 10, connectTimeoutMs = 5_000, statementTimeoutMs = 30_000 } = options;
  checkUrl(owner, 'url', url);
  if (replicaUrl !== undefined) checkUrl(owner, 'replicaUrl', replicaUrl);
  for (const [name, value] of Object.entries({ maxLagMs, connections, connectTimeoutMs, statementTimeoutMs }))
    checkCount(owner, name, value);
  const server = { url, connections, connectTimeoutMs, statementTimeoutMs };
  const replica = replicaUrl === undefined ? undefined : { ...server, url: replicaUrl };
  return openableAt({ primary: server, replica, maxLagMs });
}

function openableAt(servers: Servers): OpenableSteps {
  // Whoever does not use it does not load it.
  const opening = new Opening(async () => {
    const { openServers } = await import('./postgres/postgres-steps.ts');
    return openServers(servers);
  });
  const take = async (...step: Parameters<OpenServers['take']>): Promise<unknown> => {
    const { take: taken } = await opening.done();
    return taken(...step);
  };
  return {
    ...stepsBy(take as TakeStep),
    async open() {
      await opening.done();
    },
    close: () => opening.close(),
  };
}
