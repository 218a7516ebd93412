import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { postgresLedger } from 'nexusai-hub/adapters/postgres';
import { sqliteLedger } from 'nexusai-hub/adapters/sqlite';
import type { Ledger } from 'nexusai-hub/ports';

import { createDatabase, hasPostgres } from '../services/postgres-server.ts';

/** An empty database. */
interface Place {
  /** A ledger over it, as another process would have it. */
  readonly open: () => Required<Ledger>;
  readonly close: () => Promise<void> | void;
}

/** The databases a ledger can be in, as far as they are here. */
export const databases: { name: string; make: () => Promise<Place> | Place }[] = [
  { name: 'SQLite', make: sqlitePlace },
];

if (hasPostgres) databases.push({ name: 'PostgreSQL', make: postgresPlace });

function sqlitePlace(): Place {
  const folder = mkdtempSync(join(tmpdir(), 'nexusai-hub-ledger-'));
  return {
    open: () => sqliteLedger({ file: join(folder, 'ledger.sqlite'), thread: false }),
    close: () => rmSync(folder, { recursive: true }),
  };
}

async function postgresPlace(): Promise<Place> {
  const database = await createDatabase();
  return { open: () => postgresLedger({ url: database.url }), close: () => database.drop() };
}
