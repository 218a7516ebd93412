import { basename } from 'node:path';
import { verifyArchive, verifyBackup } from 'nexusai-hub';
import type { Command } from './command.ts';
import { databaseOf } from './database.ts';
import { oneFile, parsedParameters } from './parsed-parameters.ts';
import { Problem } from './problem.ts';

const HELP = `nexusai-hub verify: reads a whole backup or archive, and says whether it can be restored

Usage: nexusai-hub verify FILE

  FILE     a backup, or an archive (its name ends in .jsonl.gz); its manifest lies beside it
  --help   print this

Ends with 0 where all is right, else with 1. Nothing is changed.`;

/** `nexusai-hub verify` */
export const verify: Command = {
  help: HELP,
  async run(parameters, { variables, print, tell }) {
    const file = oneFile(parsedParameters(parameters, {}, HELP).positionals, HELP);
    if (/^audit-.*\.jsonl\.gz$/.test(basename(file)))
      throw new Problem(`${file} is an archive of the audit log: use "nexusai-hub audit verify ${file}".`);
    tell(`Reading ${file} ...`);
    if (file.endsWith('.jsonl.gz')) {
      const { entries, attempts, messages, month } = await verifyArchive(file);
      print(`${file} is right: ${entries} entries of ${month} with ${attempts} attempts and ${messages} messages.`);
    } else {
      const { database, bytes, createdAt } = await verifyBackup(databaseOf(variables).backup, file);
      print(`${file} is right: a backup of ${database} of ${createdAt} with ${bytes} bytes.`);
    }
  },
};
