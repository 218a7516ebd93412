import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { LedgerError } from '../sql/ledger-error.ts';

/** A program of PostgreSQL, and how it is run. */
export interface ProgramRun {
  readonly program: 'pg_dump' | 'pg_restore';
  /** The folder it is in. `undefined`: where the system looks for programs. */
  readonly folder: string | undefined;
  readonly parameters: readonly string[];
  readonly variables?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/** Kept of what it says. */
const MOST_SAID = 64 * 1024;

/**
 * Runs a program to its end, and resolves with the beginning of what it printed.
 * @throws LedgerError with its own words where it fails, `driver_missing` where it is not installed.
 */
export async function runProgram({ program, folder, parameters, variables, signal }: ProgramRun): Promise<string> {
  signal?.throwIfAborted();
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('PG'));
  const child = spawn(folder === undefined ? program : join(folder, program), parameters, {
    // Its words are read by people and by us: in one language.
    env: { ...Object.fromEntries(inherited), LC_ALL: 'C', ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const end = (): boolean => child.kill();
  signal?.addEventListener('abort', end);
  let printed = '';
  let said = '';
  child.stdout.on('data', (bytes: Buffer) => (printed += bytes.toString().slice(0, MOST_SAID - printed.length)));
  child.stderr.on('data', (bytes: Buffer) => (said += bytes.toString().slice(0, MOST_SAID - said.length)));
  try {
    const [code] = (await once(child, 'close')) as [number | null];
    signal?.throwIfAborted();
    if (code === 0) return printed;
    const reason = said.trim().split('\n').slice(0, 3).join(' ');
    const kind = /no space left|could not write/i.test(reason) ? 'full' : 'unavailable';
    throw new LedgerError(
      kind,
      `${program} failed (${String(code)}): ${reason === '' ? 'it did not say why' : reason}`,
    );
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'ENOENT')) throw cause;
    throw new LedgerError(
      'driver_missing',
      `${program} was not found. Install the client programs of PostgreSQL (Debian: postgresql-client), or name their folder.`,
      cause,
    );
  } finally {
    signal?.removeEventListener('abort', end);
  }
}

/** The major version of a program: `15`. */
export async function majorVersionOf(program: ProgramRun['program'], folder: string | undefined): Promise<number> {
  const printed = await runProgram({ program, folder, parameters: ['--version'] });
  return Number(/(\d+)(\.\d+)?/.exec(printed)?.[1] ?? 0);
}
