import { devNull } from 'node:os';
import { LedgerError } from '../sql/ledger-error.ts';
import { NEWEST_SCHEMA, schemaNewer } from '../sql/migrate.ts';
import { runProgram } from './run-program.ts';

/** What is in a dump. */
export interface DumpFacts {
  readonly schemaVersion: number;
  readonly tables: readonly string[];
}

/**
 * Reads a whole dump.
 * @throws LedgerError `corrupt`, `schema_newer`, `driver_missing`
 */
export async function checkDump(dump: string, folder: string | undefined, signal?: AbortSignal): Promise<DumpFacts> {
  const read = (...parameters: string[]): Promise<string> =>
    runProgram({ program: 'pg_restore', folder, parameters: [...parameters, dump], signal }).catch((cause: unknown) => {
      const isRefusal = cause instanceof LedgerError && cause.code !== 'driver_missing';
      throw isRefusal
        ? new LedgerError('corrupt', `The dump "${dump}" cannot be read: ${cause.message}`, cause)
        : cause;
    });
  const list = await read('--list');
  const tables = [...list.matchAll(/^\d+; \d+ \d+ TABLE \S+ (\S+) /gm)].map(([, name = '']) => name);
  // All of it is unpacked, and written nowhere.
  await read(`--file=${devNull}`);
  const versions = tables.includes('nexus_schema') ? await read('--data-only', '--table=nexus_schema', '--file=-') : '';
  const rows = /^COPY .*;\n([^]*?)\n?\\\.$/m.exec(versions)?.[1] ?? '';
  const schemaVersion = Math.max(0, ...rows.split('\n').map((row) => Number(row.split('\t')[0])));
  if (schemaVersion > NEWEST_SCHEMA) throw schemaNewer(schemaVersion);
  return { schemaVersion, tables };
}
