import { createWriteStream, existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { exportAudit, exportLedger, momentOf } from 'nexusai-hub';
import type { Command } from './command.ts';
import { databaseThere } from './database.ts';
import { parsedParameters } from './parsed-parameters.ts';
import { Problem } from './problem.ts';

const HELP = `nexusai-hub export: writes what was said, or what it cost, into a file, also while a server uses the database

Usage: nexusai-hub export stats|conversations|audit --out FILE [--format csv|json|jsonl] [--from TIME] [--to TIME]
                          [--caller NAME] [--model NAME] [--provider ID] [--bom]

  stats           a line for each attempt
  conversations   a line for each message, by conversation
  audit           a line for each entry of the audit log, with its hash
  --out FILE      what is written; it must not be there yet
  --format        csv, json or jsonl   (csv)
  --from, --to    from then on, and up to then: 2026-01-31, 2026-01-31T08:00:00Z or Unix seconds
  --caller, --model, --provider
                  only those of this key, of this model's name, of this provider; not for audit
  --bom           begin CSV with a mark by which Excel knows it for UTF-8
  --help          print this

The file bears its name when it is complete. Prints the name.

Environment: DATABASE_URL (PostgreSQL), or else NEXUS_DATA_DIR (./data), says which database.`;

const FLAGS = {
  out: { type: 'string' },
  format: { type: 'string' },
  from: { type: 'string' },
  to: { type: 'string' },
  caller: { type: 'string' },
  model: { type: 'string' },
  provider: { type: 'string' },
  bom: { type: 'boolean' },
} as const;

const WHATS = ['stats', 'conversations', 'audit'] as const;

/** Rows between two words on how far it is. */
const TOLD_EVERY = 100_000;

/** `nexusai-hub export` */
export const exportCommand: Command = {
  help: HELP,
  async run(parameters, { variables, print, tell }) {
    const { values, positionals } = parsedParameters(parameters, FLAGS, HELP);
    const what = WHATS.find((known) => known === positionals[0]);
    if (!what || positionals.length > 1) throw new Problem(`Which one, stats, conversations or audit?\n\n${HELP}`);
    const { out, format = 'csv', caller, model, provider, bom } = values;
    if (!out) throw new Problem(`--out: expected a file.\n\n${HELP}`);
    if (existsSync(out)) throw new Problem(`${out}: there is such a file already. Name another one, or move it away.`);
    const database = databaseThere(variables);
    const range = { fromMs: timeIn('--from', values.from), toMs: timeIn('--to', values.to) };
    const narrowed = { callerId: caller, model, providerId: provider };
    let rows = 0;
    const told = (written: number): void => {
      if (Math.floor(written / TOLD_EVERY) > Math.floor(rows / TOLD_EVERY)) tell(`${written} rows`);
      rows = written;
    };
    if (what === 'audit' && (caller ?? model ?? provider) !== undefined)
      throw new Problem('--caller, --model, --provider: the audit log is exported as a whole, or --from and --to.');
    const { ledger, audit, open, close } = database.whole(false);
    try {
      await open();
      const query = { ...range, format: format as 'csv', bom, told };
      // Checked at once: a wrong one leaves no file.
      const pieces =
        what === 'audit' ? exportAudit(audit, query) : exportLedger(ledger, what, { ...narrowed, ...query });
      tell(`Exporting ${what} of ${database.name} ...`);
      await writeWhole(pieces, out);
    } finally {
      await close();
    }
    tell(`Done: ${rows} rows.`);
    print(out);
  },
};

/** Under another name until it is complete: nothing looks whole that is not. For its owner alone, as people said it. */
async function writeWhole(pieces: AsyncIterable<string>, file: string): Promise<void> {
  const partial = `${file}.partial`;
  try {
    await pipeline(pieces, createWriteStream(partial, { mode: 0o600 }));
    await rename(partial, file);
  } catch (cause) {
    await rm(partial, { force: true });
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'EACCES' || code === 'ENOSPC' || code === 'EROFS' || code === 'ENOTDIR')
      throw new Problem(`${file}: it cannot be written (${code}).`, { cause });
    throw cause;
  }
}

function timeIn(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = momentOf(text);
  if (ms !== undefined) return ms;
  throw new Problem(`${flag}: expected a time such as 2026-01-31, 2026-01-31T08:00:00Z or Unix seconds.`);
}
