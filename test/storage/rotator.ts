/** A process that seals all secrets of a file anew: the new key first, then the old one. It says how far it has got. */
import { sqliteDatabase } from 'nexusai-hub/adapters/sqlite';

import { Vault } from '../../src/control/vault.ts';
import { Sealer } from '../../src/control/vault/sealer.ts';
import { systemClock } from '../../src/defaults/clock.ts';
import { silentLogger } from '../../src/defaults/logger.ts';

const [file = '', ...keys] = process.argv.slice(2);
const database = sqliteDatabase({ file });
const vault = new Vault({
  sealer: new Sealer(keys),
  store: database.secrets,
  clock: systemClock,
  logger: silentLogger,
});
const { state } = await vault.rotate({
  onProgress: ({ rotated }) => {
    process.stdout.write(`${rotated}\n`);
  },
});
process.stdout.write(`${state}\n`);
await database.close();
