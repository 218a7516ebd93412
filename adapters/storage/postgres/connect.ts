import { Socket } from 'node:net';
import { Kysely, PostgresDialect, type PostgresPool, type PostgresPoolClient, type PostgresQueryResult } from 'kysely';
import type Driver from 'pg';
import type { Pool, PoolClient } from 'pg';
import type { LedgerDatabase } from '../sql/dialect.ts';
import { LedgerError } from '../sql/ledger-error.ts';
import type { LedgerTables } from '../sql/tables.ts';
import { bindable } from './bindable.ts';
import { postgresError } from './postgres-error.ts';

/** Which server, and how long it may take. */
export interface ConnectionOptions {
  readonly url: string;
  readonly connections: number;
  readonly connectTimeoutMs: number;
  readonly statementTimeoutMs: number;
}

/** Types that come as texts, because not all of them fit into a number. All of ours do. */
const NUMBERS = new Set([20 /* int8 */, 1700 /* numeric */]);

/**
 * A database over connections of its own. They are made when they are needed.
 * @throws LedgerError `driver_missing`
 */
export async function connect(options: ConnectionOptions): Promise<LedgerDatabase> {
  const { Pool, types } = await loadDriver();
  const sockets = new Set<Socket>();
  const pool = new Pool({
    connectionString: options.url,
    max: options.connections,
    connectionTimeoutMillis: options.connectTimeoutMs,
    statement_timeout: options.statementTimeoutMs,
    // Also where the server is silent, and so cannot end it itself.
    query_timeout: options.statementTimeoutMs + options.connectTimeoutMs,
    application_name: 'nexusai-hub',
    stream: () => socketIn(sockets),
    keepAlive: true,
    types: {
      getTypeParser: ((oid: never): unknown =>
        NUMBERS.has(oid) ? Number : types.getTypeParser(oid)) as typeof types.getTypeParser,
    },
  });
  // A connection that breaks while nobody uses it would end the process. Whoever needs one next is told.
  pool.on('error', () => undefined);
  return new Kysely<LedgerTables>({
    dialect: new PostgresDialect({ pool: guarded(pool, () => endWithin(options.connectTimeoutMs, pool, sockets)) }),
  });
}

async function loadDriver(): Promise<typeof Driver> {
  try {
    // It was made for `require`: whoever imports it may find all it exports in `default` alone.
    return (await import('pg')).default;
  } catch (cause) {
    throw new LedgerError('driver_missing', 'The driver of PostgreSQL was not found. Run "npm install pg".', cause);
  }
}

/** A socket that stands in this set for as long as it is open. */
function socketIn(sockets: Set<Socket>): Socket {
  const socket = new Socket();
  sockets.add(socket);
  return socket.once('close', () => sockets.delete(socket));
}

/** Ends all connections. A server that is silent, or busy, is waited for no longer than this: then they are cut. */
async function endWithin(ms: number, pool: Pool, sockets: ReadonlySet<Socket>): Promise<void> {
  const gone = [...sockets].map((socket) => new Promise((resolve) => socket.once('close', resolve)));
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([Promise.all([pool.end(), ...gone]), late]);
  clearTimeout(timer);
  for (const socket of sockets) socket.destroy();
}

/** A pool whose values are ours, and whose errors are those of a ledger. */
function guarded(pool: Pool, end: () => Promise<void>): PostgresPool {
  return {
    connect: async () => guardedClient(await said(pool.connect())),
    end,
  };
}

function guardedClient(client: PoolClient): PostgresPoolClient {
  // One that breaks while it is in use tells whoever waits for an answer; it also says it to everybody.
  const ignore = (): undefined => undefined;
  client.on('error', ignore);
  let isBroken = false;
  const query = async (text: string, values: readonly unknown[]): Promise<PostgresQueryResult<never>> => {
    try {
      return (await client.query(text, values.map(bindable))) as unknown as PostgresQueryResult<never>;
    } catch (cause) {
      const error = postgresError(cause);
      isBroken ||= error instanceof LedgerError && error.code === 'unavailable';
      throw error;
    }
  };
  return {
    // Kysely's other form, with a cursor, is for streams, which we read page by page.
    query: query as unknown as PostgresPoolClient['query'],
    release() {
      client.off('error', ignore);
      client.release(isBroken);
    },
  };
}

async function said<Result>(work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (cause) {
    throw postgresError(cause);
  }
}
