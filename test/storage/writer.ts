/** A process that writes to a ledger until it is stopped, and says what was acknowledged: the number of entries, a line each. */
import { setTimeout as pause } from 'node:timers/promises';

import { sqliteLedger } from 'nexusai-hub/adapters/sqlite';

import { entry } from './entries.ts';

const [file = '', name = '', perSecond = '', batches = ''] = process.argv.slice(2);
const EVERY_MS = 10;
const size = Math.max(1, Math.round((Number(perSecond) * EVERY_MS) / 1000));

const ledger = sqliteLedger({ file });
await ledger.open();
process.stdout.write('0\n');
const startedAtMs = performance.now();
let written = 0;
for (let batch = 0; batch < Number(batches); batch++) {
  await ledger.append(Array.from({ length: size }, () => ({ ...entry(), id: `${name}-${++written}` })));
  process.stdout.write(`${written}\n`);
  await pause(Math.max(0, startedAtMs + (batch + 1) * EVERY_MS - performance.now()));
}
await ledger.close();
