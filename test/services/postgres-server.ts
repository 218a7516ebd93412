import { randomUUID } from 'node:crypto';

import pg from 'pg';

/** Where the PostgreSQL of this machine is. Its databases are not touched: tests make their own. */
const SERVER = process.env['NEXUS_TEST_POSTGRES'] ?? 'postgresql://postgres@127.0.0.1:5432/postgres';

/** Whether there is one. Where services are required their absence fails a test, and skips none. */
export const hasPostgres: boolean = process.env['NEXUS_REQUIRE_SERVICES'] === '1' || (await answers());

if (!hasPostgres) process.stderr.write('SKIPPED: tests against a real PostgreSQL: none answers here.\n');

/** A database of a test's own. */
export interface TestDatabase {
  readonly url: string;
  query(sql: string): Promise<Record<string, unknown>[]>;
  /** Cuts all who use it off, and removes it. */
  drop(): Promise<void>;
}

/** Makes an empty one. */
export async function createDatabase(): Promise<TestDatabase> {
  const name = `nexus_test_${randomUUID().replaceAll('-', '')}`;
  await ask(SERVER, `create database ${name}`);
  const url = new URL(SERVER);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    query: (sql) => ask(url.href, sql),
    drop: async () => {
      await ask(SERVER, `drop database ${name} with (force)`);
    },
  };
}

/** Asks a server one thing. */
export async function ask(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  // One that is ended under it is told of by the question.
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query<Record<string, unknown>>(sql);
    return rows;
  } finally {
    await client.end();
  }
}

async function answers(): Promise<boolean> {
  try {
    await ask(SERVER, 'select 1');
    return true;
  } catch {
    return false;
  }
}
