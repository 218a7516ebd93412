import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { masterKeyProblem } from 'nexusai-hub';
import { codeOf } from './code-of.ts';
import type { Environment } from './environment.ts';
import { Problem } from './problem.ts';
import { writeFirst } from './write-first.ts';

/** Where a key is kept that nobody gave, in the data folder. */
const FILE = 'master-key';

const KEEP_IT =
  'Keep a copy of it apart from the database: whoever has both can read the stored secrets, and without it nobody can. Servers that share a database need the same one: set NEXUS_MASTER_KEY.';

/**
 * The master keys of a server, the one that seals first. Without any a file in the data folder has one, which is made at
 * the first start. Where another one is given later, what was sealed with the file's still opens.
 * @throws Problem naming variable or file; never a key.
 */
export function masterKeysOf(
  { masterKeys, dataDir }: Pick<Environment, 'masterKeys' | 'dataDir'>,
  tell: (line: string) => void,
): string[] {
  const { key, file, previous } = masterKeys;
  const newest = key ?? (file === undefined ? undefined : keyIn(file));
  const own = resolve(dataDir, FILE);
  if (newest === undefined) return [existsSync(own) ? ownKey(own, tell) : makeKey(own, tell), ...previous];
  const older = existsSync(own) ? [ownKey(own, tell)] : [];
  return [...new Set([newest, ...previous, ...older])];
}

/**
 * The same for commands: they make none, as nothing was sealed with one that is made now.
 * @throws Problem
 */
export function masterKeysThere(
  environment: Pick<Environment, 'masterKeys' | 'dataDir'>,
  tell: (line: string) => void,
): string[] {
  const { masterKeys, dataDir } = environment;
  const own = resolve(dataDir, FILE);
  if ((masterKeys.key ?? masterKeys.file) === undefined && !existsSync(own))
    throw new Problem(`There is no master key: set NEXUS_MASTER_KEY or NEXUS_MASTER_KEY_FILE, as ${own} is not there.`);
  return masterKeysOf(environment, tell);
}

function ownKey(file: string, tell: (line: string) => void): string {
  const isOpen = process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0;
  if (isOpen) tell(`WARNING: ${file} can be read by others than its owner. Close it: chmod 600 ${file}`);
  return keyIn(file);
}

function keyIn(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8').trim();
  } catch (cause) {
    throw new Problem(`${file}: the master key cannot be read (${codeOf(cause)}).`, { cause });
  }
  const problem = masterKeyProblem(text);
  if (problem !== undefined) throw new Problem(`${file}: ${problem}`);
  return text;
}

/** Of several that are started at once one makes it, and all have the same. */
function makeKey(file: string, tell: (line: string) => void): string {
  try {
    if (writeFirst(file, `${randomBytes(32).toString('base64')}\n`))
      tell(`WARNING: no NEXUS_MASTER_KEY is set, so a master key was made: ${file}. ${KEEP_IT}`);
  } catch (cause) {
    const mend = 'Set NEXUS_DATA_DIR to a folder that can be written, or NEXUS_MASTER_KEY.';
    throw new Problem(`${file}: the master key cannot be stored (${codeOf(cause)}). ${mend}`, { cause });
  }
  return keyIn(file);
}
