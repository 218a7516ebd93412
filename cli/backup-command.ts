import { join, resolve } from 'node:path';
import { BackupFolder } from 'nexusai-hub';
import type { Command } from './command.ts';
import { databaseOf } from './database.ts';
import { parsedParameters } from './parsed-parameters.ts';
import { Problem } from './problem.ts';
import { progress } from './progress.ts';

const HELP = `nexusai-hub backup: copies the database, also while a server uses it

Usage: nexusai-hub backup [--out DIR]

  --out DIR   the folder the copy goes to   (backups in NEXUS_DATA_DIR)
  --help      print this

The copy is read again as a whole before it gets its name. Beside it lies a manifest with its SHA-256; keep both. Prints the
path of the copy. Older copies are not removed.

Environment: DATABASE_URL (PostgreSQL; needs pg_dump and pg_restore), or else NEXUS_DATA_DIR (./data), says which
database.`;

/** `nexusai-hub backup` */
export const backup: Command = {
  help: HELP,
  async run(parameters, { variables, print, tell }) {
    const { values, positionals } = parsedParameters(parameters, { out: { type: 'string' } }, HELP);
    if (positionals.length > 0) throw new Problem(`"${positionals[0] ?? ''}" is too much. See --out.\n\n${HELP}`);
    if (values.out === '') throw new Problem('--out: expected a folder.');
    const database = databaseOf(variables);
    const folder = values.out ?? join(database.dataDir, 'backups');
    tell(`Copying ${database.name} ...`);
    const copied = progress('copied', tell);
    const checked = progress('checked', tell);
    const { name, bytes } = await new BackupFolder(database.backup, folder).create({
      onProgress: (step, share) => (step === 'copy' ? copied : checked)(share),
    });
    tell(`Done: ${bytes} bytes.`);
    print(resolve(folder, name));
  },
};
