import { type BrokenLink, verifyAuditArchives, verifyChain } from 'nexusai-hub';
import type { AuditLink, AuditLog } from 'nexusai-hub/ports';
import type { Command, CommandContext } from './command.ts';
import { databaseThere } from './database.ts';
import { parsedParameters } from './parsed-parameters.ts';
import { Problem } from './problem.ts';

const HELP = `nexusai-hub audit: looks at every link of the audit log, also while a server writes to it

Usage: nexusai-hub audit verify [--from NUMBER] [--to NUMBER] [--expect NUMBER:HASH] [--data-dir FOLDER]
       nexusai-hub audit verify ARCHIVE... [--expect NUMBER:HASH] [--data-dir FOLDER | --alone]

  ARCHIVE         archives of the log (audit-….jsonl.gz, with their manifests beside them), in any order: each link in them,
                  from one to the next, and to the log, which is looked at too
  --alone         only the archives, without a database
  --from, --to    only the entries with these sequence numbers
  --expect        a link that was noted earlier, elsewhere: it must still stand there
  --data-dir      the folder of the database, in place of NEXUS_DATA_DIR
  --help          print this

Ends with 0 where every link holds, and prints the last one: note it where nobody can change it. Else it names the first
that does not hold, and ends with 1. "nexusai-hub export audit" writes the entries into a file.

Environment: DATABASE_URL (PostgreSQL), or else NEXUS_DATA_DIR (./data), says which database.`;

/** Which part of a log is looked at. */
interface Range {
  readonly from: number | undefined;
  readonly to: number | undefined;
  readonly expect: AuditLink | undefined;
}

const FLAGS = {
  from: { type: 'string' },
  to: { type: 'string' },
  expect: { type: 'string' },
  'data-dir': { type: 'string' },
  alone: { type: 'boolean' },
} as const;

/** `nexusai-hub audit` */
export const audit: Command = {
  help: HELP,
  async run(parameters, context) {
    const { values, positionals } = parsedParameters(parameters, FLAGS, HELP);
    const [word, ...archives] = positionals;
    if (word !== 'verify') throw new Problem(`What is to be done? There is: verify.\n\n${HELP}`);
    const { from, to, alone = false } = values;
    if (archives.length === 0 && alone) throw new Problem(`--alone: which archives?\n\n${HELP}`);
    if (archives.length > 0 && (from ?? to) !== undefined)
      throw new Problem('--from and --to go without archives: of those every link is looked at.');
    const expect = values.expect === undefined ? undefined : linkIn(values.expect);
    const range = { from: numberIn('--from', from), to: numberIn('--to', to), expect };
    if (alone) await verifyArchives(archives, { expect }, context);
    else await withLog(values['data-dir'], context, (log) => verifyAll(archives, log, range, context));
  },
};

/** The archives first: what stands in them is older. */
async function verifyAll(
  archives: readonly string[],
  log: AuditLog,
  { expect, ...part }: Range,
  context: CommandContext,
): Promise<void> {
  const last = archives.length > 0 ? await verifyArchives(archives, { log, expect }, context) : undefined;
  const isArchived = last !== undefined && expect !== undefined && expect.sequence <= last.sequence;
  context.tell('Reading the audit log ...');
  const { broken, checked, to } = await verifyChain(log, { ...part, expect: isArchived ? undefined : expect });
  if (broken) throw brokenAt(broken, 'The audit log');
  context.print(`Every link holds: ${checked} entries, up to ${to.sequence}:${to.hash}`);
}

/** Where they end. */
async function verifyArchives(
  archives: readonly string[],
  against: { readonly log?: AuditLog; readonly expect: AuditLink | undefined },
  { print, tell }: CommandContext,
): Promise<AuditLink> {
  tell(`Reading ${archives.length} archives ...`);
  const { broken, checked, from, to } = await verifyAuditArchives(archives, against);
  if (broken) throw brokenAt(broken, broken.file ?? 'The audit log, between its archives and what is in the database,');
  print(`Every link holds: ${checked} archived entries behind ${from.sequence}, up to ${to.sequence}:${to.hash}`);
  return to;
}

function brokenAt({ sequence, problem, message }: BrokenLink, where: string): Problem {
  return new Problem(`${where} is broken at ${sequence} (${problem}): ${message}`);
}

async function withLog(
  folder: string | undefined,
  { variables, tell }: CommandContext,
  use: (log: AuditLog) => Promise<void>,
): Promise<void> {
  const database = databaseThere(folder === undefined ? variables : { NEXUS_DATA_DIR: folder });
  const whole = database.whole(false);
  try {
    await whole.open();
    tell(`The audit log is that of ${database.name}.`);
    await use(whole.audit);
  } finally {
    await whole.close();
  }
}

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
