import { archivableLedgerCases, ledgerCases } from 'nexusai-hub/testing';
import { describe, it } from 'vitest';

import { databases } from './databases.ts';

describe.each(databases)('$name does what every ledger has to do', ({ make }) => {
  for (const { name, run, skipped } of [...ledgerCases(make), ...archivableLedgerCases(make)])
    it.skipIf(skipped !== undefined)(name, run);
});
