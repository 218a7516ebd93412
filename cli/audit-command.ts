import { existsSync } from 'node:fs';
import { verifyChain } from 'nexusai-hub';
import type { AuditLink } from 'nexusai-hub/ports';
import type { Command } from './command.ts';
import { databaseOf } from './database.ts';
import { ledgerFile } from './ledger-file.ts';
import { parsedParameters } from './parsed-parameters.ts';
import { Problem } from './problem.ts';

const HELP = `nexusai-hub audit: looks at every link of the audit log, also while a server writes to it

Usage: nexusai-hub audit verify [--from NUMBER] [--to NUMBER] [--expect NUMBER:HASH] [--data-dir FOLDER]

  --from, --to    only the entries with these sequence numbers
  --expect        a link that was noted earlier, elsewhere: it must still stand there
  --data-dir      the folder of the database, in place of NEXUS_DATA_DIR
  --help          print this

Ends with 0 where every link holds, and prints the last one: note it where nobody can change it. Else it names the first
that does not hold, and ends with 1. "nexusai-hub export audit" writes the entries into a file.

Environment: DATABASE_URL (PostgreSQL), or else NEXUS_DATA_DIR (./data), says which database.`;

const FLAGS = {
  from: { type: 'string' },
  to: { type: 'string' },
  expect: { type: 'string' },
  'data-dir': { type: 'string' },
} as const;

/** `nexusai-hub audit` */
export const audit: Command = {
  help: HELP,
  async run(parameters, { variables, print, tell }) {
    const { values, positionals } = parsedParameters(parameters, FLAGS, HELP);
    if (positionals.join(' ') !== 'verify') throw new Problem(`What is to be done? There is: verify.\n\n${HELP}`);
    const folder = values['data-dir'];
    const range = {
      from: numberIn('--from', values.from),
      to: numberIn('--to', values.to),
      expect: values.expect === undefined ? undefined : linkIn(values.expect),
    };
    const database = databaseOf(folder === undefined ? variables : { NEXUS_DATA_DIR: folder });
    if (database.name === ledgerFile(database.dataDir) && !existsSync(database.name))
      throw new Problem(`${database.name}: there is no such database. NEXUS_DATA_DIR says where it is.`);
    const whole = database.whole(false);
    try {
      await whole.open();
      tell(`Reading the audit log of ${database.name} ...`);
      const { broken, checked, to } = await verifyChain(whole.audit, range);
      if (broken)
        throw new Problem(`The audit log is broken at ${broken.sequence} (${broken.problem}): ${broken.message}`);
      print(`Every link holds: ${checked} entries, up to ${to.sequence}:${to.hash}`);
    } finally {
      await whole.close();
    }
  },
};

function numberIn(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new Problem(`${flag}: expected the sequence number of an entry.`);
}

function linkIn(text: string): AuditLink {
  const [, sequence, hash] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text) ?? [];
  if (sequence === undefined || hash === undefined)
    throw new Problem('--expect: expected a sequence number and its hash, as 1234:ab12…, as this command prints it.');
  return { sequence: Number(sequence), hash };
}
