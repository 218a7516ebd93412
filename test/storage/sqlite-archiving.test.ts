import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, it } from 'vitest';

import { sqliteLedger } from 'nexusai-hub/adapters/sqlite';
import { archivableLedgerCases, type LedgerPlace } from 'nexusai-hub/testing';

function place(): LedgerPlace {
  const folder = mkdtempSync(join(tmpdir(), 'nexusai-hub-archiving-'));
  return {
    open: () => sqliteLedger({ file: join(folder, 'ledger.db') }),
    close: () => rmSync(folder, { recursive: true }),
  };
}

describe('SQLite does what every ledger has to do out of which things are taken', () => {
  for (const { name, run } of archivableLedgerCases(place)) it(name, run);
});
