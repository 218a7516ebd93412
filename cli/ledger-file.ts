import { join } from 'node:path';

/** The database of a server without `DATABASE_URL`. */
export function ledgerFile(dataDir: string): string {
  return join(dataDir, 'ledger.db');
}
