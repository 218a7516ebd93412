/** A process that appends to an audit log until it is told to end, batch by batch, and says how many entries are in. */
import { postgresDatabase } from 'nexusai-hub/adapters/postgres';
import { sqliteDatabase } from 'nexusai-hub/adapters/sqlite';

import { auditEntry } from './audit-entry.ts';

const [place = '', name = '', batches = ''] = process.argv.slice(2);
const BATCH = 25;

const database = place.startsWith('postgres')
  ? postgresDatabase({ url: place })
  : sqliteDatabase({ file: place, thread: false });
await database.open();
process.stdout.write('0\n');
let written = 0;
for (let batch = 0; batch < Number(batches); batch++) {
  const entries = Array.from({ length: BATCH }, () => auditEntry(`${name}-${String(++written).padStart(6, '0')}`));
  await database.audit.append(entries);
  process.stdout.write(`${written}\n`);
}
await database.close();
