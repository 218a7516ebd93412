import { restoreArchive, verifyBackup } from 'nexusai-hub';
import type { Command, CommandContext } from './command.ts';
import { databaseOf } from './database.ts';
import { oneFile, parsedParameters } from './parsed-parameters.ts';
import { Problem } from './problem.ts';
import { progress } from './progress.ts';

const HELP = `nexusai-hub restore: puts a backup in the place of the database, or the entries of an archive back into it

Usage: nexusai-hub restore FILE [--force]
       nexusai-hub restore --archive FILE

  FILE             a backup, with its manifest beside it; stop the server first
  --force          replace a database that is not empty; what was there is kept aside
  --archive FILE   an archive (.jsonl.gz); what is in the database already stays as it is
  --help           print this

The file is verified first: of one that is damaged nothing is used. What an archive gives back is still old: a server with
retention archives it again. To look into it, give it a NEXUS_DATA_DIR of its own.

Environment: DATABASE_URL (PostgreSQL; needs pg_dump and pg_restore), or else NEXUS_DATA_DIR (./data), says which
database.`;

/** `nexusai-hub restore` */
export const restore: Command = {
  help: HELP,
  async run(parameters, context) {
    const options = { force: { type: 'boolean' }, archive: { type: 'string' } } as const;
    const { values, positionals } = parsedParameters(parameters, options, HELP);
    const { force = false, archive } = values;
    if (archive === undefined) return restoreBackup(oneFile(positionals, HELP), force, context);
    if (positionals.length > 0 || force) throw new Problem(`--archive goes alone.\n\n${HELP}`);
    return restoreEntries(archive, context);
  },
};

async function restoreBackup(file: string, force: boolean, { variables, print, tell }: CommandContext): Promise<void> {
  const { name, backup } = databaseOf(variables);
  tell(`Verifying ${file} ...`);
  await verifyBackup(backup, file);
  tell(`Restoring ${name} ...`);
  const { keptAside } = await backup.restore(file, { force, onProgress: progress('restored', tell) });
  if (keptAside !== undefined) tell(`What was there is kept: ${keptAside}`);
  print(`${name} is restored from ${file}.`);
}

async function restoreEntries(file: string, { variables, print, tell }: CommandContext): Promise<void> {
  const database = databaseOf(variables);
  const ledger = database.ledger(false);
  try {
    tell(`Verifying ${file} ...`);
    const { entries, restored } = await restoreArchive(ledger, file, progress('restored', tell));
    print(`${database.name}: ${restored} of ${entries} entries are put back; the others were there.`);
  } finally {
    await ledger.close();
  }
}
